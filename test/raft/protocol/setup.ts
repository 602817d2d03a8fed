import type { Configuration, Entry, NodeId, Standing } from '../../../src/raft/protocol/entries.ts';
import type { Step } from '../../../src/raft/protocol/events.ts';
import type { Config, State } from '../../../src/raft/protocol/state.ts';

export interface ClusterOptions {
  readonly config?: Partial<Config>;
  /** These start without knowing any member. */
  readonly joining?: readonly NodeId[];
  /** What is in a member's log as it starts, as the terms of its entries: they are messages like `3.2`, the third, of term 2. */
  readonly logs?: Readonly<Record<NodeId, readonly number[]>>;
  readonly step?: Step;
  readonly seed?: number;
}

/** Small, so that everything has to be done in several pieces. */
export const smallConfig = {
  maxEntriesPerMessage: 4,
  maxBytesPerMessage: 1000,
  maxInflightMessages: 3,
  maxUncommittedBytes: 1_000_000,
  chunkBytes: 25,
  keptEntries: 0,
  keptForFollowers: 0,
  keptBytes: 1_000_000,
  maxSessions: 3,
  preVote: false,
  checkQuorum: false,
  minElectionTimeoutMs: 100,
  leaseMs: null,
};

/** How cautious a cluster may be. */
export const cautious: Partial<Config> = { preVote: true, checkQuorum: true };

export function entriesOf(state: State): Entry[] {
  return state.log.slice(state.log.first, state.log.last);
}

export function messageOf(term: number, at: number): Entry {
  return { kind: 'message', term, payload: new TextEncoder().encode(`${at + 1}.${term}`), stamp: null };
}

/** A configuration of voters, and of others where told: `members('a', 'b', ['c', 'learner'])`. */
export function members(...listed: readonly (NodeId | readonly [NodeId, Standing])[]): Configuration {
  return listed
    .map((one) => (typeof one === 'string' ? ([one, 'voter'] as const) : one))
    .map(([id, standing]) => ({ id, address: `${id}:1`, standing }))
    .sort((a, b) => (a.id < b.id ? -1 : 1));
}
