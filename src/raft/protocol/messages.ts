import type { Configuration, Entry, NodeId, SnapshotMeta, Stamp } from './entries.ts';

export type Message =
  /** `term` is the one the sender would stand for: nobody adopts it. */
  | {
      readonly kind: 'request-prevote';
      readonly term: number;
      readonly lastLogIndex: number;
      readonly lastLogTerm: number;
    }
  /** Granted: `term` is the one asked about; else the term of who refuses. */
  | { readonly kind: 'prevote'; readonly term: number; readonly granted: boolean }
  | {
      readonly kind: 'request-vote';
      readonly term: number;
      readonly lastLogIndex: number;
      readonly lastLogTerm: number;
      /** The leader wants this election: those who hear from it vote all the same (dissertation, section 3.10). */
      readonly transfer: boolean;
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
  /** All up to `commitIndex`, which the receiver is known to hold, is committed. Not answered. */
  | { readonly kind: 'commit'; readonly term: number; readonly commitIndex: number }
  /** The log matches the leader's up to `matchIndex`, durably. */
  | { readonly kind: 'append-accepted'; readonly term: number; readonly matchIndex: number; readonly round: number }
  /**
   * There is no matching entry at `prevLogIndex`; the logs can agree at `hintIndex` at most, where this one has an entry of
   * `hintTerm` (fast backtracking, section 5.3).
   */
  | {
      readonly kind: 'append-rejected';
      readonly term: number;
      readonly prevLogIndex: number;
      readonly hintIndex: number;
      readonly hintTerm: number;
      readonly round: number;
    }
  /** A piece of a snapshot (figure 13): the bytes from `offset` on. */
  | {
      readonly kind: 'install-snapshot';
      readonly term: number;
      readonly snapshot: SnapshotMeta;
      readonly offset: number;
      readonly data: Uint8Array;
      readonly last: boolean;
      readonly round: number;
    }
  /** How much of the snapshot up to `index` has been taken. Once it is installed, `append-accepted` says so. */
  | {
      readonly kind: 'snapshot-taken';
      readonly term: number;
      readonly index: number;
      readonly received: number;
      readonly complete: boolean;
      readonly round: number;
    }
  /** Requests asked of a follower, on their way to the leader, and what became of them. */
  | { readonly kind: 'forward'; readonly term: number; readonly asked: readonly Asked[] }
  | { readonly kind: 'forward-answers'; readonly term: number; readonly answers: readonly Answered[] }
  /** A read asked of a follower, on its way to the leader; and the index it has to wait for, null from who is no leader. */
  | { readonly kind: 'forward-read'; readonly term: number; readonly requestId: number }
  | { readonly kind: 'read-index'; readonly term: number; readonly requestId: number; readonly index: number | null }
  /** Stand for election now: the leader hands its office over (dissertation, section 3.10). */
  | { readonly kind: 'timeout-now'; readonly term: number };

/** What a client may want of the leader. */
export type Request =
  | { readonly type: 'broadcast'; readonly payload: Uint8Array; readonly stamp: Stamp | null }
  | { readonly type: 'open-session' }
  | { readonly type: 'transfer-leadership'; readonly to: NodeId }
  /** These are to be the members, as voters and learners. */
  | { readonly type: 'change-membership'; readonly members: Configuration };

export interface Asked {
  readonly requestId: number;
  readonly request: Request;
}

export interface Answered {
  readonly requestId: number;
  readonly answer: Answer;
}

/**
 * What became of a request or a read: the index of its entry (of a read: of the last that it sees), and the position of the
 * message (of others: of the last message before). A definite error means that it certainly did not and will not take effect.
 */
export type Answer =
  | { readonly ok: true; readonly index: number; readonly position: number }
  | { readonly ok: false; readonly code: AnswerCode; readonly definite: boolean };

export type AnswerCode =
  | 'no-leader'
  | 'not-leader'
  | 'leadership-lost'
  /** So much is under way that no more is taken. */
  | 'overloaded'
  /** The leadership is being handed over; it was, or could not be. */
  | 'transferring'
  | 'transfer-failed'
  | 'not-a-voter'
  | 'change-in-progress'
  /** It has committed nothing yet, and so cannot know whether another change is under way. */
  | 'leader-too-new'
  /** Another change has taken its place while new members caught up. */
  | 'change-replaced'
  | 'bad-membership'
  | 'not-caught-up'
  /** The session has ended, or never was; its client had said that it knows the answer. */
  | 'session-expired'
  | 'already-acknowledged';
