import type { Configuration, Entry, NodeId, SnapshotMeta } from './entries.ts';
import type { Answer, Asked, Message } from './messages.ts';
import type { LogStart, State } from './state.ts';

export type TimerName = 'election' | 'heartbeat';

/** `nowMs` is monotonic. */
export type Event =
  | { readonly type: 'receive'; readonly from: NodeId; readonly message: Message; readonly nowMs: number }
  | { readonly type: 'timeout'; readonly timer: TimerName; readonly nowMs: number }
  /** Clients of this node ask for something, together. */
  | { readonly type: 'request'; readonly asked: readonly Asked[] }
  /** A client asks to read what is committed now. */
  | { readonly type: 'read'; readonly requestId: number; readonly nowMs: number }
  /** The clients of these requests and reads wait no more; what they have set in motion goes on. */
  | { readonly type: 'give-up'; readonly requestIds: readonly number[] }
  /** The transport had no room for these requests and reads, and has not sent them. */
  | { readonly type: 'unsent'; readonly requestIds: readonly number[] }
  /** All writes up to and including `write` are durable. */
  | { readonly type: 'persisted'; readonly write: number }
  /** Storage has this snapshot durably: one that was taken here, of what had been delivered; or one that the leader has sent. */
  | { readonly type: 'snapshot-stored'; readonly snapshot: SnapshotMeta; readonly origin: 'here' | 'leader' }
  /** The snapshot that was being sent to this node is not kept any more. */
  | { readonly type: 'snapshot-gone'; readonly to: NodeId };

/** A change of what must survive a crash: first the truncation, then the entries; the term and vote as they are now. */
export interface Write {
  readonly write: number;
  readonly term: number;
  readonly votedFor: NodeId | null;
  /** All entries are dropped, and the log goes on after this one, which a stored snapshot covers; null: it goes on as it is. */
  readonly restartAfter: LogStart | null;
  /** Entries from this index on are dropped; null for none. */
  readonly truncateFrom: number | null;
  readonly entries: readonly Entry[];
}

export interface Delivery {
  readonly index: number;
  readonly position: number;
  readonly payload: Uint8Array;
}

/**
 * What the driver is asked to do, in this order. Effects with `afterWrite` may happen once all writes up to that one are
 * durable, and not before, so later effects may overtake them; 0 means at once.
 */
export type Effect =
  | { readonly type: 'persist'; readonly write: Write }
  | { readonly type: 'send'; readonly to: NodeId; readonly message: Message; readonly afterWrite: number }
  | { readonly type: 'answer'; readonly requestId: number; readonly answer: Answer; readonly afterWrite: number }
  /** Committed messages in their order: they are final, whether or not they are durable on this node. */
  | { readonly type: 'deliver'; readonly deliveries: readonly Delivery[] }
  /** Make the application's state that of this snapshot, which storage has. */
  | { readonly type: 'restore'; readonly snapshot: SnapshotMeta }
  /** Send `install-snapshot` with what storage has of the snapshot from `offset` on, at most `chunkBytes`. */
  | {
      readonly type: 'send-snapshot';
      readonly to: NodeId;
      readonly term: number;
      readonly snapshot: SnapshotMeta;
      readonly offset: number;
      readonly round: number;
    }
  /** Store a piece of a snapshot; offset 0 begins it anew. After the last one, `snapshot-stored` is told. */
  | {
      readonly type: 'store-snapshot';
      readonly snapshot: SnapshotMeta;
      readonly offset: number;
      readonly data: Uint8Array;
      readonly last: boolean;
    }
  /** The latest configuration has changed: whom to keep connections to. */
  | { readonly type: 'configure'; readonly index: number; readonly configuration: Configuration }
  /** Start the timer anew. The driver draws an election time-out at random from its range (section 5.2). */
  | { readonly type: 'set-timer'; readonly timer: TimerName }
  | { readonly type: 'cancel-timer'; readonly timer: TimerName };

export interface Transition {
  readonly state: State;
  readonly effects: readonly Effect[];
}

/** The protocol: pure, synchronous, deterministic; the old state stays as it was. */
export type Step = (state: State, event: Event) => Transition;
