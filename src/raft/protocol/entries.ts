/**
 * The Raft protocol as data: what the log holds (here), what a node knows (state.ts), what it can be told (messages.ts),
 * what can happen to it and what it wants done about it (events.ts). Names and rules are those of Ongaro and Ousterhout, "In
 * Search of an Understandable Consensus Algorithm (Extended Version)", 2014 ("the paper", cited by section), and of Ongaro's
 * dissertation, "Consensus: Bridging Theory and Practice", 2014.
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

export function payloadBytesOf(entry: Entry): number {
  return entry.kind === 'message' ? entry.payload.length : 0;
}

/** What an entry takes in memory, about. */
export function bytesOf(entry: Entry): number {
  return entryOverheadBytes + payloadBytesOf(entry);
}

const entryOverheadBytes = 64;

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
