import { assert } from '../assert.ts';
import { ChaosError } from '../errors.ts';
import { type Address, type Connection, formatAddress, type Listener, type Network } from '../network.ts';
import { failure, type Outcome, success } from '../outcome.ts';
import type { Random } from '../random.ts';
import type { VirtualClock } from './clock.ts';
import { Endpoint, LOST, Pipe, type TransmissionKind, type Wire } from './connection.ts';
import { type Delays, drawDelayNs } from './delays.ts';
import { type LinkCondition, type LinkTraffic, VirtualLink } from './link.ts';
import type { VirtualProcess } from './process.ts';

export type { LinkCondition, LinkTraffic } from './link.ts';

/** Hosts by name, and connections between them that behave as TCP's do. Everything it draws comes from one seed. */
export interface MemoryNetwork {
  /** The port of a host, for a process on it; a host exists from its first port on. */
  host(name: string, process?: VirtualProcess): Network;
  /** Drops whatever `from` sends to `to`. Cuts add up: as many heals undo them. */
  cut(from: string, to: string): void;
  /** Undoes one cut. Connections go on with their next retransmission, not at once. */
  heal(from: string, to: string): void;
  /**
   * Makes the link worse until `restore` of the same fault; the conditions of several faults add up. Delay and bandwidth
   * keep a connection's order. Loss, repetition and reordering break the contract of the port on purpose, as datagrams
   * would, to hold programs to not relying on it: only links between programs that are made for that should have them
   * (the peers' transport is, client calls are not). They act on whole messages, each what one `write` has written, and
   * never on the opening and the end of a connection. Messages under way keep what they were given.
   */
  degrade(fault: string, from: string, to: string, condition: LinkCondition): void;
  restore(fault: string, from: string, to: string): void;
  /** What has become of the transmissions from `from` to `to` so far. */
  traffic(from: string, to: string): LinkTraffic;
  /** The host's processes die: no event reaches them, listeners go, and peers see their connections end. */
  crash(host: string): void;
  /** As `crash`, and nobody is told: peers find out when they send something and are answered with a reset. */
  powerLoss(host: string): void;
}

export interface MemoryNetworkOptions {
  /** Of one transmission. */
  readonly latency?: Delays;
  /** Decides a transmission on a link that is not cut: nanoseconds until it arrives, or LOST. Instead of `latency`. */
  readonly decide?: (link: VirtualLink, kind: TransmissionKind, byteCount: number) => number;
  /** One piece in so many is received in two. 0: none. */
  readonly splitOneIn?: number;
  /** An unanswered connect is given up after this time, with ETIMEDOUT. */
  readonly connectTimeoutMs?: number;
  /** The longest wait between two retransmissions. */
  readonly retransmitMaxMs?: number;
  /** A connection breaks, with ETIMEDOUT, when what it sent has not been acknowledged for this time. */
  readonly giveUpMs?: number;
}

/** The figures are those of Linux as it comes, but for the latency, which is one of a local network. */
const DEFAULTS = {
  latency: { kind: 'uniform', minNs: 50_000, maxNs: 500_000 },
  splitOneIn: 16,
  connectTimeoutMs: 127_000,
  retransmitMaxMs: 120_000,
  giveUpMs: 924_600,
} satisfies MemoryNetworkOptions;
const RETRANSMIT_FIRST_NS = 200e6;
const CONNECT_AGAIN_FIRST_NS = 1e9;
const FIRST_FREE_PORT = 49_152;
const LAST_PORT = 65_535;

interface Host {
  readonly listeners: Map<number, HostListener>;
  readonly endpoints: Set<Endpoint>;
  nextFreePort: number;
}

interface HostListener {
  readonly process: VirtualProcess;
  readonly accept: (connection: Connection) => void;
  /** The sets that the connections it accepts are in: the host's, and its own. */
  readonly members: readonly Set<Endpoint>[];
}

/** Where a connection is to go, and the links between. */
interface Route {
  readonly address: Address;
  readonly there: VirtualLink;
  readonly back: VirtualLink;
}

export function memoryNetwork(clock: VirtualClock, random: Random, options: MemoryNetworkOptions = {}): MemoryNetwork {
  const settings = { ...DEFAULTS, ...options };
  const hosts = new Map<string, Host>();
  const links = new Map<string, Map<string, VirtualLink>>();

  const decide =
    options.decide ?? ((_link, kind) => (kind === 'acknowledge' ? 0 : drawDelayNs(settings.latency, random)));

  /** The one place where it is decided when a transmission arrives. */
  const transmit = (link: VirtualLink, kind: TransmissionKind, byteCount: number): number => {
    const { traffic, degradation } = link;
    traffic.sent += 1;
    const delayNs = link.cuts > 0 ? LOST : decide(link, kind, byteCount);
    if (delayNs === LOST) traffic.dropped += 1;
    // Acknowledgements take no time here, so that conditions have nothing to make longer.
    if (degradation === null || delayNs === LOST || kind === 'acknowledge') return delayNs;
    return delayNs + degradation.extraDelayNs(clock.nowNs(), byteCount);
  };

  const wire: Wire = {
    nowNs: clock.nowNs,
    schedule: clock.schedule,
    transmit,
    splitAt: (byteCount) => {
      const splits = settings.splitOneIn > 0 && byteCount > 1 && random.integer(1, settings.splitOneIn) === 1;
      return splits ? random.integer(1, byteCount - 1) : 0;
    },
    retransmitFirstNs: RETRANSMIT_FIRST_NS,
    retransmitMaxNs: settings.retransmitMaxMs * 1e6,
    giveUpNs: settings.giveUpMs * 1e6,
  };

  const linkOf = (from: string, to: string): VirtualLink => {
    const ofSender = entry(links, from, () => new Map<string, VirtualLink>());
    return entry(ofSender, to, () => new VirtualLink(from, to, random.fork(`link ${from} ${to}`)));
  };
  const hostOf = (name: string): Host =>
    entry(hosts, name, () => ({ listeners: new Map(), endpoints: new Set(), nextFreePort: FIRST_FREE_PORT }));

  /** Takes everything from the host's processes; with `end`, their kernel still ends the connections in good order. */
  const halt = (name: string, end: boolean): void => {
    const host = hostOf(name);
    host.listeners.clear();
    for (const endpoint of [...host.endpoints]) endpoint.leave(end);
  };

  const portOf = (name: string, process: VirtualProcess): Network => {
    const host = hostOf(name);
    return {
      listen: (address, accept, done) => {
        if (!process.alive) return;
        const outcome = bind(host, name, process, address, accept);
        clock.schedule(0, () => process.deliver(() => done(outcome)));
      },
      connect: (address, events) => {
        const route = { address, there: linkOf(name, address.host), back: linkOf(address.host, name) };
        const client = new Endpoint(new Pipe(wire, route.there, route.back), process, [host.endpoints], null);
        client.observe(events);
        // What a process still does in the moment it is killed reaches nobody.
        if (!process.alive) client.leave(false);
        openConnection(wire, route, client, hosts.get(address.host), settings.connectTimeoutMs * 1e6);
        return client;
      },
    };
  };

  return {
    host: (name, process) => portOf(name, process ?? clock.startProcess(name).process),
    cut: (from, to) => {
      linkOf(from, to).cuts += 1;
    },
    heal: (from, to) => {
      const link = linkOf(from, to);
      assert(link.cuts > 0, () => `only a link that is cut can be healed: ${from} to ${to}`);
      link.cuts -= 1;
    },
    degrade: (fault, from, to, condition) => linkOf(from, to).degrade(fault, condition),
    restore: (fault, from, to) => linkOf(from, to).restore(fault),
    traffic: (from, to) => ({ ...linkOf(from, to).traffic }),
    crash: (name) => halt(name, true),
    powerLoss: (name) => halt(name, false),
  };
}

function bind(
  host: Host,
  name: string,
  process: VirtualProcess,
  address: Address,
  accept: (connection: Connection) => void,
): Outcome<Listener> {
  const fail = (code: string, reason: string): Outcome<Listener> =>
    failure(new ChaosError(code, `listen on ${formatAddress(address)} at ${name}: ${reason}`));
  if (address.host !== name && address.host !== '0.0.0.0') return fail('EADDRNOTAVAIL', 'not an address of the host');
  const port = address.port === 0 ? host.nextFreePort++ : address.port;
  assert(port <= LAST_PORT, 'a host does not run out of ports');
  if (host.listeners.has(port)) return fail('EADDRINUSE', 'the port is in use');
  const accepted = new Set<Endpoint>();
  const listener = { process, accept, members: [host.endpoints, accepted] };
  host.listeners.set(port, listener);
  const close = (): void => {
    if (host.listeners.get(port) === listener) host.listeners.delete(port);
    for (const endpoint of [...accepted]) endpoint.close();
  };
  return success({ address: { host: address.host, port }, close });
}

/** Opens one connection: asks, is answered, and confirms; without an answer asks again after 1 s, 2 s, 4 s, ... */
function openConnection(wire: Wire, route: Route, client: Endpoint, target: Host | undefined, timeoutNs: number): void {
  const giveUpAtNs = wire.nowNs() + timeoutNs;
  let againNs = CONNECT_AGAIN_FIRST_NS;

  const fail = (code: string, reason: string): void => {
    const error = new ChaosError(code, `connect to ${formatAddress(route.address)}: ${reason}`);
    client.process.deliver(() => client.break(error));
  };
  const ask = (): void => {
    if (client.state !== 'connecting') return;
    if (wire.nowNs() >= giveUpAtNs) {
      fail('ETIMEDOUT', 'no answer');
      return;
    }
    const delayNs = wire.transmit(route.there, 'connect', 0);
    if (delayNs === LOST) askAgain();
    else wire.schedule(delayNs, asked);
  };
  const askAgain = (): void => {
    wire.schedule(Math.max(0, Math.min(againNs, giveUpAtNs - wire.nowNs())), ask);
    againNs *= 2;
  };
  const asked = (): void => {
    const listener = target?.listeners.get(route.address.port);
    const delayNs = wire.transmit(route.back, listener === undefined ? 'reset' : 'accept', 0);
    if (delayNs === LOST) askAgain();
    else wire.schedule(delayNs, () => answered(listener));
  };
  const answered = (listener: HostListener | undefined): void => {
    if (client.state !== 'connecting') return;
    if (listener === undefined) fail('ECONNREFUSED', 'nothing listens there');
    else {
      const { process, accept, members } = listener;
      client.opened(new Endpoint(new Pipe(wire, route.back, route.there), process, members, accept));
    }
  };

  if (target === undefined) wire.schedule(0, () => fail('ENOTFOUND', 'no such host'));
  else ask();
}

function entry<K, V>(map: Map<K, V>, key: K, make: () => V): V {
  const there = map.get(key);
  if (there !== undefined) return there;
  const made = make();
  map.set(key, made);
  return made;
}
