/**
 * The protocol trace `trace.jsonl`: one JSON object a line, written by each node as it goes. Reports, triggers and
 * diagrams read it. `time` is the node's monotonic clock in nanoseconds; `node` and `boot` say whose line it is.
 */
export interface TraceLine {
  readonly time: number;
  readonly node: string;
  /** How often this node has been started, from 1. */
  readonly boot: number;
}

/** The node has started. `wallMs` is its wall clock, in milliseconds since 1970. */
export interface StartTrace extends TraceLine {
  readonly event: 'start';
  readonly members: readonly string[];
  readonly wallMs: number;
}

/** Role, term or known leader changed; the line tells all three as they are now. */
export interface RoleTrace extends TraceLine {
  readonly event: 'role';
  readonly role: 'follower' | 'pre-candidate' | 'candidate' | 'leader';
  readonly term: number;
  readonly leader: string | null;
}

/** The commit index moved. */
export interface CommitTrace extends TraceLine {
  readonly event: 'commit';
  readonly term: number;
  readonly commitIndex: number;
}

/**
 * A message was handed to the transport, taken from it, or given up before it left. The `id` is the same on both sides
 * and unique in a run; `kind` is the protocol's name of the message; `index` is the log index it speaks of, if any.
 */
export interface MessageTrace extends TraceLine {
  readonly event: 'send' | 'receive' | 'drop';
  readonly id: string;
  readonly from: string;
  readonly to: string;
  readonly kind: string;
  readonly term: number;
  readonly index: number | null;
}

/** A snapshot was stored, taken here or, where it goes beyond what had been committed here, sent by the leader. */
export interface SnapshotTrace extends TraceLine {
  readonly event: 'snapshot';
  readonly index: number;
  readonly installed: boolean;
}

/** The node uses another configuration, committed or not. */
export interface MembersTrace extends TraceLine {
  readonly event: 'members';
  readonly members: readonly { readonly id: string; readonly standing: string }[];
}

export type TraceEvent = StartTrace | RoleTrace | CommitTrace | MessageTrace | SnapshotTrace | MembersTrace;
