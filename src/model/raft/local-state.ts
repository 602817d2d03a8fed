import { Sequence } from '../../raft/protocol/sequence.ts';
import type {
  Config,
  DurableState,
  Effect,
  Entry,
  PendingBroadcast,
  Role,
  State,
  Write,
} from '../../raft/protocol/types.ts';
import { type Delivered, nothingDelivered } from './deliveries.ts';

/**
 * A node as plain data: the state of the protocol, its disk, and the effects that wait for the disk. Writes are numbered anew
 * from 1 after each sync, so that nodes that will behave the same are the same.
 */
export interface RaftLocal extends Delivered {
  readonly state: PlainState;
  readonly durable: DurableState;
  /** What the disk has been given and may lose. */
  readonly writes: readonly Write[];
  readonly held: readonly HeldEffect[];
  /** The last step dropped entries of the log. */
  readonly truncated: boolean;
  /** Heartbeats sent in this term of office. */
  readonly heartbeats: number;
  /** What it stopped for: an invariant of the core, or of a property of single steps. */
  readonly failed: string | null;
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
export interface PlainState {
  readonly term: number;
  readonly votedFor: string | null;
  readonly log: readonly Entry[];
  readonly commitIndex: number;
  readonly role: PlainRole;
  /** By unsynced write, in order: `lastIndex` of UnsyncedWrite. */
  readonly unsynced: readonly number[];
  readonly durableIndex: number;
  readonly waitingReads: State['waitingReads'];
}

export type PlainRole =
  | Extract<Role, { name: 'follower' }>
  | Extract<Role, { name: 'candidate' }>
  | (Omit<Extract<Role, { name: 'leader' }>, 'pending'> & { readonly pending: readonly PendingBroadcast[] });

/** The protocol's own state. Once made it is kept: the protocol never changes one. */
export function stateOf(local: RaftLocal, config: Config): State {
  const known = states.get(local);
  if (known !== undefined) return known;
  const { term, votedFor, log, commitIndex, role, unsynced, durableIndex, waitingReads } = local.state;
  const state: State = {
    config,
    term,
    votedFor,
    log: Sequence.of(1, log),
    commitIndex,
    role: role.name === 'leader' ? { ...role, pending: Sequence.of(1, role.pending) } : role,
    lastWrite: unsynced.length,
    durableWrite: 0,
    unsynced: unsynced.map((lastIndex, at) => ({ write: at + 1, lastIndex })),
    durableIndex,
    waitingReads,
  };
  states.set(local, state);
  return state;
}

const states = new WeakMap<RaftLocal, State>();

export function plainOfState(state: State): PlainState {
  const { term, votedFor, log, commitIndex, unsynced, durableIndex, waitingReads } = state;
  return {
    term,
    votedFor,
    log: log.slice(1, log.last),
    commitIndex,
    role: plainRole(state),
    unsynced: unsynced.map(({ lastIndex }) => lastIndex),
    durableIndex,
    waitingReads,
  };
}

function plainRole({ role, durableWrite }: State): PlainRole {
  switch (role.name) {
    case 'follower':
      return role;
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

/** A node as it starts from its disk, or lies there down. */
export function afterCrash(durable: DurableState): RaftLocal {
  const { term, votedFor, entries } = durable;
  const state: PlainState = {
    term,
    votedFor,
    log: entries,
    commitIndex: 0,
    role: { name: 'follower', leader: null, forwarded: [] },
    unsynced: [],
    durableIndex: entries.length,
    waitingReads: [],
  };
  return { state, durable, writes: [], held: [], truncated: false, heartbeats: 0, failed: null, ...nothingDelivered };
}

/** What is on the disk once this write is. */
export function applyWrite(
  durable: DurableState,
  { term, votedFor, truncateFrom, entries }: Omit<Write, 'write'>,
): DurableState {
  const kept = truncateFrom === null ? durable.entries : durable.entries.slice(0, truncateFrom - 1);
  return { term, votedFor, entries: [...kept, ...entries] };
}
