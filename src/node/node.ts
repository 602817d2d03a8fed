import { present } from '../base/assert.ts';
import { type Clock, promised } from '../base/clock.ts';
import type { Disk } from '../base/disk.ts';
import type { Network } from '../base/network.ts';
import { seededRandom } from '../base/random.ts';
import type { RequestServer } from '../base/requests.ts';
import { type DriverEvents, RaftDriver } from '../raft/driver.ts';
import { step } from '../raft/protocol/step.ts';
import { FileStorage } from '../raft/storage/file-storage.ts';
import { PeerTransport } from '../raft/transport/peer-transport.ts';
import { nextBoot } from './boot-count.ts';
import { plantedBug } from './bugs.ts';
import { clientApi } from './client-api.ts';
import { clientPort, type NodeSettings, peerPort } from './settings.ts';
import { StateMachines } from './state-machines.ts';
import { Tracer } from './tracer.ts';

/** The world of a node: real in its container, simulated elsewhere. */
export interface NodePorts {
  readonly clock: Clock;
  readonly disk: Disk;
  readonly network: Network;
  readonly server: RequestServer;
  /** A line for the node's operator. */
  readonly log: (line: string) => void;
  /** A line, or several, of the node's trace; null where nobody will read it: then nothing is made of it. */
  readonly trace: ((lines: string) => void) | null;
  /** The node has failed and stopped: its process ends. */
  readonly exit: (error: Error) => void;
}

export interface RunningNode {
  stop(): void;
}

/** The address that stands for all of a host's. */
const everyAddress = '0.0.0.0';

/** Starts a node: a member of the replicated log and its client API. Rejects with a ChaosError where it cannot. */
export async function startNode(settings: NodeSettings, ports: NodePorts): Promise<RunningNode> {
  const { clock, disk, network } = ports;
  const boot = await nextBoot(clock, disk, settings.dataDirectory);
  const tracer = ports.trace === null ? null : new Tracer(clock, settings.node, boot, ports.trace);
  const machines = new StateMachines();
  const self = present(
    settings.members.find((member) => member.name === settings.node),
    'the node is a member',
  );
  const transport = new PeerTransport(clock, network, {
    clusterId: settings.clusterId,
    id: settings.node,
    boot,
    listen: { host: everyAddress, port: peerPort },
    peers: settings.members
      .filter((member) => member !== self)
      .map((member) => ({ id: member.name, address: { host: member.host, port: peerPort } })),
  });
  const driver = new RaftDriver(
    { id: settings.node, members: settings.members.map((member) => member.name), boot, ...settings.timing },
    {
      clock,
      random: seededRandom(settings.seed).fork(`${settings.node} ${boot}`),
      storage: new FileStorage(clock, disk, settings.dataDirectory),
      transport,
      step: settings.bug === null ? step : plantedBug(settings.bug).plant(step),
    },
    driverEvents(ports, tracer, machines),
  );
  tracer?.started(settings.members.map((member) => member.name));
  await promised<void>(clock, (done) => driver.start(done));
  let changes = 0;
  const nextToken = () => `${settings.node}.${boot}.${++changes}`;
  const api = clientApi({ node: settings.node, boot, clock, driver, machines, nextToken });
  const server = await promised<{ close(): void }>(clock, (done) =>
    ports.server.serve({ host: everyAddress, port: clientPort }, api, done),
  );
  ports.log(`${settings.node} is ready, boot ${boot}, peers on ${peerPort}, clients on ${clientPort}`);
  return {
    stop: () => {
      server.close();
      driver.stop();
    },
  };
}

function driverEvents(ports: NodePorts, trace: Tracer | null, machines: StateMachines): DriverEvents {
  return {
    delivered: (deliveries) => machines.deliver(deliveries),
    noticed: (what) => ports.log(what),
    failed: (error) => {
      ports.log(`stopped: ${error.message}`);
      ports.exit(error);
    },
    trace,
  };
}
