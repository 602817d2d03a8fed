import type { Configuration, Entry, NodeId, SessionRecord, SnapshotMeta } from './entries.ts';
import type { Sequence } from './sequence.ts';

/** Constant while a node runs. */
export interface Config {
  readonly id: NodeId;
  /** The members before the log says anything else, the same on all nodes that start a cluster; empty on one that is to join. */
  readonly initial: Configuration;
  /** How many entries, and about how many bytes of them, one message may carry. */
  readonly maxEntriesPerMessage: number;
  readonly maxBytesPerMessage: number;
  /** How many unanswered messages with entries a leader sends to one follower; one that is longer than it may be counts for several. */
  readonly maxInflightMessages: number;
  /** How much a leader takes before it is committed. */
  readonly maxUncommittedBytes: number;
  /** How much of a snapshot one message carries. */
  readonly chunkBytes: number;
  /** How many entries before a snapshot are kept in memory, for followers that are a little behind. */
  readonly keptEntries: number;
  /** How many a leader keeps that a follower lacks which answers; and at most how many bytes of messages are kept. */
  readonly keptForFollowers: number;
  readonly keptBytes: number;
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
  /** Whether the follower has answered since the last heartbeat. */
  readonly answered: boolean;
  /** How many looks at the quorum have passed since it last answered, counted up to 2. */
  readonly silentLooks: number;
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
  /** How many heartbeats ago the last piece was sent or taken: after some it is taken for lost, and after ever more, each time. */
  readonly idle: number;
  readonly resent: number;
}

/** The snapshot that a leader is sending, and how much of it is here; once complete it waits for storage. */
export interface SnapshotReceiving {
  /** What another node took at the same index may have other bytes. */
  readonly from: NodeId;
  readonly snapshot: SnapshotMeta;
  readonly received: number;
  readonly complete: boolean;
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
  /** Who asked for just this. */
  readonly askers: readonly Asker[];
  readonly target: Configuration;
  /** The entry after whose commitment the asker is answered; null while learners catch up or the old and new rule jointly. */
  readonly finalIndex: number | null;
  /**
   * How often those who are to vote have caught up to where the log ended, where it ended when they last had, and how many
   * looks at the quorum ago that was.
   */
  readonly rounds: number;
  readonly roundEnd: number;
  readonly roundLooks: number;
  /** For how many looks at the quorum a member that is to catch up has been silent. */
  readonly silent: number;
}

export type Role =
  | {
      readonly name: 'follower';
      readonly leader: NodeId | null;
      /** Requests and reads of clients here that were handed on to this leader and are not answered yet. */
      readonly forwarded: readonly number[];
      readonly receiving: SnapshotReceiving | null;
    }
  /** Asks who would vote for it in the next term, which has not begun. */
  | { readonly name: 'pre-candidate'; readonly votes: readonly NodeId[]; readonly receiving: SnapshotReceiving | null }
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
      /** How much the log holds after the commit index, as `bytesOf` counts it. */
      readonly uncommittedBytes: number;
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
  /** The write that made the term what it is. */
  readonly termWrite: number;
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
