import type { Sequence } from './sequence.ts';

/**
 * The Raft protocol as data: what a node knows, what can happen to it, and what it wants done about it. Names and rules
 * are those of Ongaro and Ousterhout, "In Search of an Understandable Consensus Algorithm (Extended Version)", 2014 ("the
 * paper", cited by section), and of Ongaro's dissertation, "Consensus: Bridging Theory and Practice", 2014.
 */
export type NodeId = string;

/**
 * A member of the cluster and where its peers reach it. Voters count for elections and commitment; learners only receive
 * the log. During a change by joint consensus (section 6) the incoming vote in the new configuration only, the outgoing and
 * the demoted in the old one only; after it the incoming are voters, the outgoing gone and the demoted learners.
 */
export interface Member {
  readonly id: NodeId;
  /** `host:port`; the protocol does not look into it. */
  readonly address: string;
  readonly standing: Standing;
}

export type Standing = 'voter' | 'learner' | 'incoming' | 'outgoing' | 'demoted';

/** All members, sorted by id. */
export type Configuration = readonly Member[];

/**
 * A log entry. A leader begins its term with a no-op (section 8); a message is what somebody broadcast; a session begins
 * with an entry, whose index is its id.
 */
export type Entry =
  | { readonly kind: 'noop'; readonly term: number }
  | { readonly kind: 'message'; readonly term: number; readonly payload: Uint8Array; readonly stamp: Stamp | null }
  | { readonly kind: 'configuration'; readonly term: number; readonly configuration: Configuration }
  | { readonly kind: 'session'; readonly term: number };

/**
 * What makes a message that is sent again the same message: section 6.3 of the dissertation. A client numbers the messages of
 * its session from 1 and says up to which it knows all answers, so that those need not be kept.
 */
export interface Stamp {
  readonly session: number;
  readonly sequence: number;
  readonly acknowledged: number;
}

/** A session as all nodes know it alike. */
export interface SessionRecord {
  readonly id: number;
  /** The index of the last entry that used it: the one that was not used for longest ends first. */
  readonly lastUsed: number;
  readonly acknowledged: number;
  /** Where the messages after `acknowledged` were delivered. */
  readonly delivered: readonly { readonly sequence: number; readonly position: number }[];
}

/** What a snapshot stands for: the log up to `index`, without the application's state, whose bytes storage keeps beside it. */
export interface SnapshotMeta {
  readonly index: number;
  readonly term: number;
  /** How many messages had been delivered: positions are dense from 1. */
  readonly position: number;
  readonly configuration: Configuration;
  readonly sessions: readonly SessionRecord[];
}

/** Constant while a node runs. */
export interface Config {
  readonly id: NodeId;
  /** The members before the log says anything else, the same on all nodes that start a cluster; empty on one that is to join. */
  readonly initial: Configuration;
  /** How many entries, and about how many bytes of them, one message may carry. */
  readonly maxEntriesPerMessage: number;
  readonly maxBytesPerMessage: number;
  /** How many unanswered messages with entries a leader sends to one follower. */
  readonly maxInflightMessages: number;
  /** How much of a snapshot one message carries. */
  readonly chunkBytes: number;
  /** How many entries before a snapshot are kept in memory, for followers that are a little behind. */
  readonly keptEntries: number;
  /** How many sessions there may be: the same on all nodes. */
  readonly maxSessions: number;
  /** Ask whether one would be elected before standing (dissertation, section 9.6). */
  readonly preVote: boolean;
  /** A leader that hears from no quorum steps down, and who hears from a leader does not vote (sections 6.2 and 4.2.3). */
  readonly checkQuorum: boolean;
  /** The shortest election time-out of any node: who has heard from a leader more recently hears from one. */
  readonly minElectionTimeoutMs: number;
  /**
   * How long a quorum's answer lets the leader serve reads without asking again (section 6.4.1), below every node's election
   * time-out by more than clocks may drift; null: every read asks.
   */
  readonly leaseMs: number | null;
}

/** What a leader knows of one follower. */
export interface Progress {
  /** The next entry to send, and the highest entry known to be durable there (nextIndex and matchIndex, figure 2). */
  readonly next: number;
  readonly match: number;
  /** While probing, one message at a time looks for the point where the logs agree. */
  readonly probing: boolean;
  readonly inflight: number;
  /** Whether the follower has answered since the last heartbeat, and since the last look at the quorum. */
  readonly answered: boolean;
  readonly active: boolean;
  /** The commit index it was last told. */
  readonly commitTold: number;
  /** The highest round that it has answered. */
  readonly round: number;
  /** The snapshot that it is being sent, because the log lacks what it needs. */
  readonly sending: SnapshotSending | null;
}

export interface SnapshotSending {
  readonly snapshot: SnapshotMeta;
  /** How much of it the follower has taken. */
  readonly offset: number;
  /** How many heartbeats ago the last piece was sent or taken: after some it is taken for lost. */
  readonly idle: number;
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

/** A request that waits for its entry to commit: who is to be answered. */
export interface PendingRequest {
  readonly index: number;
  /** The node whose client asked. */
  readonly origin: NodeId;
  readonly requestId: number;
}

/** Who asked for something that the leader is about, other than an entry. */
export type Asker = Omit<PendingRequest, 'index'>;

/** A change of the membership that this leader was asked for. Learners that are to vote catch up before it begins. */
export interface MembershipChange {
  readonly asker: Asker;
  readonly target: Configuration;
  /** The entry after whose commitment the asker is answered; null while learners catch up or the old and new rule jointly. */
  readonly finalIndex: number | null;
  /** For how many looks at the quorum a member that is to catch up has been silent. */
  readonly silent: number;
}

export type Role =
  | {
      readonly name: 'follower';
      readonly leader: NodeId | null;
      /** Requests and reads of clients here that were handed on to this leader and are not answered yet. */
      readonly forwarded: readonly number[];
      /** The snapshot that the leader is sending, and how much of it is here; once complete it waits for storage. */
      readonly receiving: {
        readonly snapshot: SnapshotMeta;
        readonly received: number;
        readonly complete: boolean;
      } | null;
    }
  /** Asks who would vote for it in the next term, which has not begun. */
  | { readonly name: 'pre-candidate'; readonly votes: readonly NodeId[] }
  | {
      readonly name: 'candidate';
      readonly votes: readonly NodeId[];
      /** The write that makes its own vote durable; the vote counts only then. */
      readonly ownVoteWrite: number;
    }
  | {
      readonly name: 'leader';
      /** By place in the latest configuration; the leader's own entry is unused. */
      readonly progress: readonly Progress[];
      readonly pending: Sequence<PendingRequest>;
      /** The index of its no-op: what is committed up to there includes all that was committed before its term. */
      readonly termStart: number;
      /** Rounds of messages to all followers, numbered within the term: the last begun, and the last a quorum answered. */
      readonly round: number;
      readonly confirmedRound: number;
      /** When the last round began; and until when, by the same clock, a quorum's answers keep others from being elected. */
      readonly roundStartMs: number;
      /** Null: never again in this term, for it has told somebody to stand for election. */
      readonly leaseUntilMs: number | null;
      readonly reads: readonly PendingRead[];
      /** Under way: handing the leadership to this node, and changing the membership. */
      readonly transfer: (Asker & { readonly to: NodeId; readonly told: boolean }) | null;
      readonly change: MembershipChange | null;
    };

/** A write that has been asked for and is not known to be durable yet. */
export interface UnsyncedWrite {
  readonly write: number;
  /** The last log entry that is durable once this write is, given what later writes have truncated. */
  readonly lastIndex: number;
}

/** Where the log that is in memory starts: after this entry, which a snapshot covers; 0 and 0 for its beginning. */
export interface LogStart {
  readonly index: number;
  readonly term: number;
}

/** What all nodes make alike of the log up to the commit index. */
export interface Applied {
  /** How many messages have been delivered. */
  readonly position: number;
  /** Sorted by id. */
  readonly sessions: readonly SessionRecord[];
}

export interface State {
  readonly config: Config;
  readonly term: number;
  readonly votedFor: NodeId | null;
  /** From `logStart.index + 1` on. */
  readonly log: Sequence<Entry>;
  readonly logStart: LogStart;
  /** The newest snapshot that storage has and that may be sent to others. */
  readonly snapshot: SnapshotMeta | null;
  /**
   * The configurations that may still count: the last one that is committed, and those after it. A node uses the latest in
   * its log, committed or not (section 6). Index 0 is the initial one.
   */
  readonly configurations: readonly { readonly index: number; readonly configuration: Configuration }[];
  readonly commitIndex: number;
  readonly applied: Applied;
  readonly role: Role;
  /** When a leader was last heard from, whatever became of it; null before, and once an election time-out has passed since. */
  readonly heardMs: number | null;
  /** Writes are numbered from 1 since the node started; all up to `durableWrite` are durable. */
  readonly lastWrite: number;
  readonly durableWrite: number;
  readonly unsynced: readonly UnsyncedWrite[];
  /** The log is durable up to here. */
  readonly durableIndex: number;
  readonly waitingReads: readonly WaitingRead[];
}

/** What survives a crash: the term, the vote and the log (figure 2, "persistent state"), and the last snapshot. */
export interface DurableState {
  readonly term: number;
  readonly votedFor: NodeId | null;
  readonly snapshot: SnapshotMeta | null;
  /** The log after the snapshot, from index 1 on where there is none. */
  readonly entries: readonly Entry[];
}

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
  /** The leadership is being handed over; it was, or could not be. */
  | 'transferring'
  | 'transfer-failed'
  | 'not-a-voter'
  | 'change-in-progress'
  | 'bad-membership'
  | 'not-caught-up'
  /** The session has ended, or never was; its client had said that it knows the answer. */
  | 'session-expired'
  | 'already-acknowledged';

export type TimerName = 'election' | 'heartbeat';

/** `nowMs` is monotonic. */
export type Event =
  | { readonly type: 'receive'; readonly from: NodeId; readonly message: Message; readonly nowMs: number }
  | { readonly type: 'timeout'; readonly timer: TimerName; readonly nowMs: number }
  /** Clients of this node ask for something, together. */
  | { readonly type: 'request'; readonly asked: readonly Asked[] }
  /** A client asks to read what is committed now. */
  | { readonly type: 'read'; readonly requestId: number; readonly nowMs: number }
  /** The client of this request or read waits no more; what it has set in motion goes on. */
  | { readonly type: 'give-up'; readonly requestId: number }
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
