import { promised } from '../../src/base/clock.ts';
import { virtualClock } from '../../src/base/memory/clock.ts';
import { type HostPorts, memoryWorld } from '../../src/base/memory/world.ts';
import { formatAddress, type Listener, type Network, parseAddress } from '../../src/base/network.ts';
import { realClock } from '../../src/base/real/clock.ts';
import { tcpNetwork } from '../../src/base/real/network.ts';
import { tlsNetwork } from '../../src/base/real/tls-network.ts';
import type { NodeId } from '../../src/raft/protocol/entries.ts';
import { MemoryHub } from '../../src/raft/transport/memory-transport.ts';
import { PeerTransport } from '../../src/raft/transport/peer-transport.ts';
import { makeAuthority } from '../support/certificates.ts';
import { needsOpenssl } from '../support/needs.ts';
import { type TransportSubject, transportConformance } from './conformance/transport.ts';

const hosts = ['h1', 'h2', 'h3', 'h4'];
const addresses = hosts.map((host) => `${host}:7000`);
const dispose = (): void => {};

transportConformance('MemoryTransport', () => {
  const clock = virtualClock();
  const hub = new MemoryHub(clock);
  return { clock, addresses, make: (settings) => hub.transport(settings), run: clock.drive, dispose };
});

transportConformance('PeerTransport in memory', () => {
  const world = memoryWorld(1);
  const ports = new Map(hosts.map((host): [string, HostPorts] => [host, world.host(host).start()]));
  const make: TransportSubject['make'] = (settings) => {
    const listen = parseAddress(settings.address);
    const { clock, network } = ports.get(listen.host) as HostPorts;
    return new PeerTransport(clock, network, { ...settings, listen });
  };
  return { clock: world.clock, addresses, make, run: world.clock.drive, dispose };
});

/** On sockets of this machine, each node with a network of its own. */
async function onSockets(networkOf: (id: NodeId) => Network): Promise<TransportSubject> {
  const clock = realClock();
  const make: TransportSubject['make'] = (settings) =>
    new PeerTransport(clock, networkOf(settings.id), { ...settings, listen: parseAddress(settings.address) });
  return { clock, addresses: await freeAddresses(), make, run: (scenario) => scenario, dispose };
}

async function freeAddresses(): Promise<string[]> {
  const listen = (): Promise<Listener> =>
    promised(realClock(), (done) => tcpNetwork().listen({ host: '127.0.0.1', port: 0 }, () => {}, done));
  const listeners = await Promise.all(hosts.map(listen));
  for (const listener of listeners) listener.close();
  return listeners.map(({ address }) => formatAddress(address));
}

transportConformance('PeerTransport over TCP', () => onSockets(() => tcpNetwork()));

if (needsOpenssl()) {
  const authority = makeAuthority();
  const networks = new Map(['a', 'b', 'c', 'x'].map((id) => [id, tlsNetwork(authority.member(id))]));
  transportConformance('PeerTransport over TLS', () => onSockets((id) => networks.get(id) as Network));
}
