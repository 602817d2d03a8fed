import type { NodeId } from '../../../src/raft/protocol/entries.ts';
import type { Message } from '../../../src/raft/protocol/messages.ts';
import { type Envelope, ProtocolCluster } from './cluster.ts';
import type { ClusterOptions } from './setup.ts';

export const three = ['a', 'b', 'c'];
export const five = ['a', 'b', 'c', 'd', 'e'];

/** A cluster that `a` leads. */
export function led(names: readonly NodeId[], options: ClusterOptions = {}): ProtocolCluster {
  const cluster = new ProtocolCluster(names, options);
  cluster.timeout('a');
  cluster.settle();
  return cluster;
}

/** Broadcasts `m1` to `m<count>` at `name`, one after the other. */
export function broadcastMany(
  cluster: ProtocolCluster,
  name: NodeId,
  count: number,
  apart: readonly NodeId[] = [],
): void {
  const before = cluster.asks.size;
  for (let i = 1; i <= count; i++) {
    cluster.broadcast(name, before + i);
    cluster.settle(apart);
  }
}

/** The leader's heartbeat is due, and all that comes of it. */
export function beat(cluster: ProtocolCluster, leader: NodeId, apart: readonly NodeId[] = []): void {
  cluster.timeout(leader, 'heartbeat');
  cluster.settle(apart);
}

/** Delivers the oldest message of this kind between these two, wherever it stands in the network. */
export function deliverOne(cluster: ProtocolCluster, kind: Message['kind'], from: NodeId, to: NodeId): void {
  const place = cluster.network.findIndex(isOne(kind, from, to));
  if (place === -1) throw new Error(`no ${kind} from ${from} to ${to}`);
  cluster.deliver(place);
}

function isOne(kind: Message['kind'], from: NodeId, to: NodeId): (envelope: Envelope) => boolean {
  return (envelope) => envelope.message.kind === kind && envelope.from === from && envelope.to === to;
}

/** What is under way, as `a>b append-entries`. */
export function inFlight(cluster: ProtocolCluster): string[] {
  return cluster.network.map(({ from, to, message }) => `${from}>${to} ${message.kind}`);
}

/** Counts the messages of a kind that are delivered while `during` runs. */
export function counted(cluster: ProtocolCluster, kind: Message['kind'], during: () => void): number {
  let count = 0;
  const deliver = cluster.deliver.bind(cluster);
  cluster.deliver = (place) => {
    if (cluster.network[place]?.message.kind === kind) count++;
    deliver(place);
  };
  during();
  cluster.deliver = deliver;
  return count;
}

export function roleOf(cluster: ProtocolCluster, name: NodeId): string {
  return cluster.state(name).role.name;
}
