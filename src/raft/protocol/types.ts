import type { Sequence } from './sequence.ts';

/**
 * The Raft protocol as data: what a node knows, what can happen to it, and what it wants done about it. Names and rules
 * are those of Ongaro and Ousterhout, "In Search of an Understandable Consensus Algorithm (Extended Version)", 2014.
 */
export type NodeId = string;

/**
 * A log entry. A leader begins its term with a no-op (section 8); a message is what somebody broadcast. `position` counts
 * the messages up to and including this entry, so it is dense over messages and the same on every node.
 */
export type Entry =
  | { readonly kind: 'noop'; readonly term: number; readonly position: number }
  | { readonly kind: 'message'; readonly term: number; readonly position: number; readonly payload: Uint8Array };

/** Constant while a node runs. */
export interface Config {
  readonly id: NodeId;
  /** All members, `id` included, in the same order on every node. */
  readonly members: readonly NodeId[];
  /** How many entries, and about how many bytes of them, one message may carry. */
  readonly maxEntriesPerMessage: number;
  readonly maxBytesPerMessage: number;
  /** How many unanswered messages with entries a leader sends to one follower. */
  readonly maxInflightMessages: number;
}

/** What a leader knows of one follower. */
export interface Progress {
  /** The next entry to send, and the highest entry known to be durable there (nextIndex and matchIndex, figure 2). */
  readonly next: number;
  readonly match: number;
  /** While probing, one message at a time looks for the point where the logs agree. */
  readonly probing: boolean;
  readonly inflight: number;
  /** Whether the follower has answered since the last heartbeat. */
  readonly answered: boolean;
  /** The commit index it was last told. */
  readonly commitTold: number;
  /** The highest round that it has answered. */
  readonly round: number;
}

/** A linearizable read that waits for a round of answers: its leader must still have been the leader when it was asked. */
export interface PendingRead {
  readonly origin: NodeId;
  readonly requestId: number;
  /** What must be delivered before the read may be served (readIndex of the dissertation, section 6.4). */
  readonly index: number;
  /** Confirmed once a quorum has answered this round. */
  readonly round: number;
}

/** A read that is confirmed and waits here until enough is delivered. */
export interface WaitingRead {
  readonly requestId: number;
  readonly index: number;
}

/** A broadcast that waits for its entry to commit: who is to be answered. */
export interface PendingBroadcast {
  readonly index: number;
  /** The node whose client asked. */
  readonly origin: NodeId;
  readonly requestId: number;
}

export type Role =
  | {
      readonly name: 'follower';
      readonly leader: NodeId | null;
      /** Broadcasts and reads of clients here that were handed on to this leader and are not answered yet. */
      readonly forwarded: readonly number[];
    }
  | {
      readonly name: 'candidate';
      readonly votes: readonly NodeId[];
      /** The write that makes its own vote durable; the vote counts only then. */
      readonly ownVoteWrite: number;
    }
  | {
      readonly name: 'leader';
      /** By place in `members`; the leader's own entry is unused. */
      readonly progress: readonly Progress[];
      readonly pending: Sequence<PendingBroadcast>;
      /** The index of its no-op: what is committed up to there includes all that was committed before its term. */
      readonly termStart: number;
      /** Rounds of messages to all followers, numbered within the term: the last begun, and the last a quorum answered. */
      readonly round: number;
      readonly confirmedRound: number;
      readonly reads: readonly PendingRead[];
    };

/** A write that has been asked for and is not known to be durable yet. */
export interface UnsyncedWrite {
  readonly write: number;
  /** The last log entry that is durable once this write is, given what later writes have truncated. */
  readonly lastIndex: number;
}

export interface State {
  readonly config: Config;
  readonly term: number;
  readonly votedFor: NodeId | null;
  /** Index 1 on. */
  readonly log: Sequence<Entry>;
  readonly commitIndex: number;
  readonly role: Role;
  /** Writes are numbered from 1 since the node started; all up to `durableWrite` are durable. */
  readonly lastWrite: number;
  readonly durableWrite: number;
  readonly unsynced: readonly UnsyncedWrite[];
  /** The log is durable up to here. */
  readonly durableIndex: number;
  readonly waitingReads: readonly WaitingRead[];
}

/** What survives a crash: the term, the vote and the log (figure 2, "persistent state"). */
export interface DurableState {
  readonly term: number;
  readonly votedFor: NodeId | null;
  readonly entries: readonly Entry[];
}

export type Message =
  | {
      readonly kind: 'request-vote';
      readonly term: number;
      readonly lastLogIndex: number;
      readonly lastLogTerm: number;
    }
  | { readonly kind: 'vote'; readonly term: number; readonly granted: boolean }
  | {
      readonly kind: 'append-entries';
      readonly term: number;
      readonly prevLogIndex: number;
      readonly prevLogTerm: number;
      readonly entries: readonly Entry[];
      readonly leaderCommit: number;
      /** The leader's round, which the answer repeats. */
      readonly round: number;
    }
  /** The log matches the leader's up to `matchIndex`, durably. */
  | { readonly kind: 'append-accepted'; readonly term: number; readonly matchIndex: number; readonly round: number }
  /** There is no matching entry at `prevLogIndex`; `conflictIndex` is where the leader may try next (section 5.3). */
  | {
      readonly kind: 'append-rejected';
      readonly term: number;
      readonly prevLogIndex: number;
      readonly conflictIndex: number;
      readonly round: number;
    }
  /** A broadcast asked of a follower, on its way to the leader, and what became of it. */
  | { readonly kind: 'forward'; readonly term: number; readonly requestId: number; readonly payload: Uint8Array }
  | { readonly kind: 'forward-answer'; readonly term: number; readonly requestId: number; readonly answer: Answer }
  /** A read asked of a follower, on its way to the leader; and the index it has to wait for, null from who is no leader. */
  | { readonly kind: 'forward-read'; readonly term: number; readonly requestId: number }
  | { readonly kind: 'read-index'; readonly term: number; readonly requestId: number; readonly index: number | null };

/** What became of a broadcast or a read; a read's position is that of the last message it sees. A definite error means that it certainly did not and will not take effect. */
export type Answer =
  | { readonly ok: true; readonly position: number }
  | { readonly ok: false; readonly code: AnswerCode; readonly definite: boolean };

export type AnswerCode = 'no-leader' | 'not-leader' | 'leadership-lost';

export type TimerName = 'election' | 'heartbeat';

export type Event =
  | { readonly type: 'receive'; readonly from: NodeId; readonly message: Message }
  | { readonly type: 'timeout'; readonly timer: TimerName }
  | { readonly type: 'broadcast'; readonly requestId: number; readonly payload: Uint8Array }
  /** A client asks to read what is committed now. */
  | { readonly type: 'read'; readonly requestId: number }
  /** The client of this broadcast or read waits no more; what it has set in motion goes on. */
  | { readonly type: 'give-up'; readonly requestId: number }
  /** All writes up to and including `write` are durable. */
  | { readonly type: 'persisted'; readonly write: number };

/** A change of what must survive a crash: first the truncation, then the entries; the term and vote as they are now. */
export interface Write {
  readonly write: number;
  readonly term: number;
  readonly votedFor: NodeId | null;
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
  /** Start the timer anew. The driver draws an election time-out at random from its range (section 5.2). */
  | { readonly type: 'set-timer'; readonly timer: TimerName }
  | { readonly type: 'cancel-timer'; readonly timer: TimerName };

export interface Transition {
  readonly state: State;
  readonly effects: readonly Effect[];
}

/** The protocol: pure, synchronous, deterministic; the old state stays as it was. */
export type Step = (state: State, event: Event) => Transition;
