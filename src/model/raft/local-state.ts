import type { Entry } from '../../raft/protocol/entries.ts';
import type { Effect, Write } from '../../raft/protocol/events.ts';
import { Sequence } from '../../raft/protocol/sequence.ts';
import type { Config, PendingRequest, Role, State } from '../../raft/protocol/state.ts';
import { type Delivered, nothingDelivered } from './deliveries.ts';
import { type Disk, faultOf, messagesIn, recovered, type StoredSnapshot } from './disk.ts';

/**
 * A node as plain data: the state of the protocol, its disk, and the effects that wait for the disk. Writes are numbered anew
 * from 1 after each sync, so that nodes that will behave the same are the same.
 */
export interface RaftLocal extends Delivered {
  readonly state: PlainState;
  readonly disk: Disk;
  /** What the disk has been given and may lose. */
  readonly writes: readonly Write[];
  readonly snapshotWrites: readonly SnapshotWrite[];
  /** The pieces of a snapshot of the leader that have come so far. */
  readonly receiving: StoredSnapshot | null;
  readonly held: readonly HeldEffect[];
  /** The last step dropped entries of the log; it restored a snapshot that the leader had sent. */
  readonly truncated: boolean;
  readonly installed: boolean;
  /** Heartbeats sent in this term of office. */
  readonly heartbeats: number;
  /** How often it was asked to hand it over. */
  readonly transfers: number;
  /** What it stopped for: an invariant of the core, or of a property of single steps. */
  readonly failed: string | null;
}

export interface SnapshotWrite extends StoredSnapshot {
  readonly origin: 'here' | 'leader';
}

export type HeldEffect = Extract<Effect, { readonly afterWrite: number }>;

/**
 * Effects that wait for the same write, in the order of whom they are for: to each in the order in which they came. Which of
 * two nodes is sent to first changes nothing, and would tell states apart that are renamings of each other.
 */
export function inOrder(held: readonly HeldEffect[]): HeldEffect[] {
  return [...held].sort((a, b) => a.afterWrite - b.afterWrite || compare(receiver(a), receiver(b)));
}

function receiver(effect: HeldEffect): string {
  return effect.type === 'send' ? effect.to : '';
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** `State` without what is constant or can be told from the rest: all writes up to the last sync are durable. */
export interface PlainState
  extends Pick<
    State,
    | 'term'
    | 'votedFor'
    | 'logStart'
    | 'snapshot'
    | 'configurations'
    | 'commitIndex'
    | 'applied'
    | 'durableIndex'
    | 'waitingReads'
  > {
  readonly log: readonly Entry[];
  readonly role: PlainRole;
  /** Whether it hears from a leader, as far as that counts: no time passes but by time-outs. */
  readonly hears: boolean;
  /** By unsynced write, in order: `lastIndex` of UnsyncedWrite. */
  readonly unsynced: readonly number[];
  /** Which of them made the term what it is, from 1; 0 where that is durable. */
  readonly termWrite: number;
}

export type PlainRole =
  | Exclude<Role, { name: 'leader' }>
  | (Omit<Extract<Role, { name: 'leader' }>, 'pending'> & { readonly pending: readonly PendingRequest[] });

/** The protocol's own state. Once made it is kept: the protocol never changes one. */
export function stateOf(local: RaftLocal, config: Config): State {
  const known = states.get(local);
  if (known !== undefined) return known;
  const { log, role, hears, unsynced, ...same } = local.state;
  const state: State = {
    ...same,
    config,
    log: Sequence.of(same.logStart.index + 1, log),
    role: role.name === 'leader' ? { ...role, pending: Sequence.of(1, role.pending) } : role,
    heardMs: hears ? 0 : null,
    lastWrite: unsynced.length,
    durableWrite: 0,
    unsynced: unsynced.map((lastIndex, at) => ({ write: at + 1, lastIndex })),
  };
  states.set(local, state);
  return state;
}

const states = new WeakMap<RaftLocal, State>();

export function plainOfState(state: State): PlainState {
  const { term, votedFor, log, logStart, snapshot, configurations, commitIndex, applied } = state;
  const { config, heardMs, unsynced, durableIndex, waitingReads } = state;
  return {
    term,
    votedFor,
    log: log.slice(log.first, log.last),
    logStart,
    snapshot,
    configurations,
    commitIndex,
    applied,
    role: plainRole(state),
    hears: config.checkQuorum && heardMs !== null,
    unsynced: unsynced.map(({ lastIndex }) => lastIndex),
    termWrite: Math.max(0, state.termWrite - state.durableWrite),
    durableIndex,
    waitingReads,
  };
}

function plainRole({ role, durableWrite }: State): PlainRole {
  switch (role.name) {
    case 'follower':
      return role;
    case 'pre-candidate':
      return { ...role, votes: [...role.votes].sort() };
    case 'candidate':
      // Votes are a set; and a vote is as durable as a vote can be once its write is.
      return {
        name: 'candidate',
        votes: [...role.votes].sort(),
        ownVoteWrite: Math.max(0, role.ownVoteWrite - durableWrite),
      };
    case 'leader': {
      const { pending } = role;
      return { ...role, pending: pending.slice(pending.first, pending.last) };
    }
  }
}

/** The index of the last entry. */
export function lastIndexOf({ log, logStart }: PlainState): number {
  return logStart.index + log.length;
}

/** A node as it lies there down; starting from there it has given nothing to its application yet. */
export function afterCrash(crashed: Disk): RaftLocal {
  const disk = recovered(crashed);
  const { term, votedFor, entries, logStart } = disk;
  const newest = disk.snapshots.at(-1);
  const { position, sessions } = newest?.snapshot ?? { position: 0, sessions: [] };
  const state: PlainState = {
    term,
    votedFor,
    log: entries,
    logStart,
    snapshot: newest?.snapshot ?? null,
    configurations: [],
    commitIndex: logStart.index,
    applied: { position, sessions },
    role: { name: 'follower', leader: null, forwarded: [], receiving: null },
    hears: false,
    unsynced: [],
    termWrite: 0,
    durableIndex: logStart.index + entries.length,
    waitingReads: [],
  };
  return {
    state,
    disk,
    ...nothingPending,
    ...nothingDelivered,
    delivered: newest === undefined ? [] : messagesIn(newest.data),
    failed: faultOf(disk),
  };
}

const nothingPending = {
  writes: [],
  snapshotWrites: [],
  receiving: null,
  held: [],
  truncated: false,
  installed: false,
  heartbeats: 0,
  transfers: 0,
} as const;
