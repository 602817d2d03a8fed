import { present } from '../base/assert.ts';
import { type Clock, promised } from '../base/clock.ts';
import type { Disk } from '../base/disk.ts';
import { formatAddress, type Network } from '../base/network.ts';
import type { RequestServer } from '../base/requests.ts';
import type { DriverEvents } from '../raft/driver-ports.ts';
import { assembleMember, type MemberSettings, votersAt } from '../raft/member.ts';
import type { Step } from '../raft/protocol/events.ts';
import { step } from '../raft/protocol/step.ts';
import { type PlantedBug, plantedBug } from './bugs.ts';
import { clientApi } from './client-api.ts';
import { clientPort, type NodeSettings, peerPort } from './settings.ts';
import { StateMachines } from './state-machines.ts';
import { Tracer } from './tracer.ts';
import { planned } from './transaction-plan.ts';

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
  const { clock } = ports;
  const machines = new StateMachines();
  const bug = settings.bug === null ? null : plantedBug(settings.bug);
  const { driver, boot } = await assembleMember(
    memberSettings(settings),
    { clock, disk: ports.disk, network: ports.network, ...plantedStep(bug) },
    machines,
    (boot) => driverEvents(settings, ports, boot),
  );
  await promised<void>(clock, (done) => driver.start(done));
  let changes = 0;
  const nextToken = () => `${settings.node}.${boot}.${++changes}`;
  const planTransaction = bug?.of === 'transactions' ? bug.plan : planned;
  const api = clientApi({ node: settings.node, boot, clock, driver, machines, nextToken, planTransaction });
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

function memberSettings(settings: NodeSettings): MemberSettings {
  const addresses = Object.fromEntries(
    settings.members.map(({ name, host }) => [name, formatAddress({ host, port: peerPort })]),
  );
  return {
    id: settings.node,
    clusterId: settings.clusterId,
    listen: { host: everyAddress, port: peerPort },
    address: present(addresses[settings.node], 'the node is a member'),
    founders: votersAt(addresses),
    directory: settings.dataDirectory,
    timing: settings.timing,
    seed: settings.seed,
    compaction: settings.compaction,
    leaseClockDrift: null,
  };
}

function plantedStep(bug: PlantedBug | null): { readonly step?: Step } {
  return bug?.of === 'protocol' ? { step: bug.plant(step) } : {};
}

function driverEvents(settings: NodeSettings, ports: NodePorts, boot: number): DriverEvents {
  const trace = ports.trace === null ? null : new Tracer(ports.clock, settings.node, boot, ports.trace);
  trace?.started(settings.members.map((member) => member.name));
  return {
    noticed: (what) => ports.log(what),
    failed: (error) => {
      ports.log(`stopped: ${error.message}`);
      ports.exit(error);
    },
    trace,
  };
}
