import type { TlsOptions } from '../base/real/tls-network.ts';
import type { DeliveredMessage } from './deliveries.ts';
import type { Compaction } from './member.ts';
import type { NodeId } from './protocol/entries.ts';
import type { Timing } from './timers.ts';

export interface RaftConfig<Result = unknown> {
  /**
   * The nodes that start the cluster, the same on all of them: addresses `host:port`, or names with their addresses. Where
   * `join` is set, only this node need be among them. Who they are is stored at the first start, and counts from then on.
   */
  readonly peers: readonly string[] | Readonly<Record<NodeId, string>>;
  /** This node: one of `peers`, by its name, or by its address where they have no names. */
  readonly self: NodeId;
  /**
   * Directory of the log and the snapshots; made where it is missing. One node uses it at a time, and it belongs to that node
   * of that cluster for good.
   */
  readonly path: string;
  /** Time-outs; the same on all nodes. Heartbeats come every 75 ms, or four in the shortest election time-out. */
  readonly params?: Partial<Timing>;
  /** The same on all nodes: those of another cluster are refused. */
  readonly clusterId?: string;
  /** Where to listen, if not at the address that peers use: `host:port`. */
  readonly listen?: string;
  /** This node is to be added to a cluster that runs, by `changeMembership` of one of its nodes. */
  readonly join?: boolean;
  /** What the messages do. Without it nothing is compacted: `deliveries` has all messages, and memory and disk grow. */
  readonly stateMachine?: StateMachine<Result>;
  /** When the state machine's snapshot is taken and the log compacted; null: never. */
  readonly compaction?: Compaction | null;
  /** How long a request may take before it ends with `timeout`. */
  readonly requestTimeoutMs?: number;
  /** Mutual TLS between the peers: each proves its name by its certificate. */
  readonly tls?: TlsOptions;
  /**
   * Serve reads without a round of messages, given that the clocks of all nodes run at rates that differ by less than this
   * fraction (say 0.1), and that no node is paused and goes on unawares. The same on all nodes, as the time-outs are. Null, as
   * by default: linearizable whatever clocks do.
   */
  readonly leaseClockDrift?: number | null;
  /** Hears what an operator may want to know: a refused peer, an unfinished write at the end of the log. */
  readonly onNotice?: (what: string) => void;
  /**
   * Hears that the node cannot go on, because its disk failed, an invariant broke or the state machine threw, and has
   * stopped. What this or another of these functions throws is reported as a warning of the process, and the node goes on as if
   * it had not.
   */
  readonly onFailure?: (error: Error) => void;
  /** Hears, soon after, of each change of whom this node takes for the leader, and in which term; null while for nobody. */
  readonly onLeaderChange?: (change: LeaderChange) => void;
}

export interface LeaderChange {
  readonly term: number;
  readonly leader: NodeId | null;
}

/** Who the members are to be, by name with their addresses: `voters` decide, `learners` only receive the log. */
export interface Membership {
  readonly voters: Readonly<Record<NodeId, string>>;
  readonly learners?: Readonly<Record<NodeId, string>>;
}

export interface StopOptions {
  /** Whether a leader hands over first, and requests that are under way are waited for: true unless told otherwise. */
  readonly handOver?: boolean;
}

/**
 * A replicated state machine: deterministic, so that the same messages make the same state on every node. Whatever one of its
 * methods throws stops the node with `state-machine-failed`, for it cannot go on without the message, nor apply it twice.
 */
export interface StateMachine<Result = unknown> {
  /**
   * Called with each message once, in the order of positions. It has been applied when this returns: it waits for nothing. What
   * it returns is for those who have asked for it on this node, by `apply` of `Raft` or of a session.
   */
  apply(message: DeliveredMessage): Result;
  /** The whole state, as bytes that are not changed afterwards. */
  snapshot(): Uint8Array;
  /** The state becomes that of a snapshot, taken on this or another node after the message at `position`. */
  restore(snapshot: Uint8Array, position: number): void;
}
