import { commitTo } from '../../raft/protocol/commitment.ts';
import { latestConfiguration } from '../../raft/protocol/configuration.ts';
import type { Configuration, Entry, NodeId } from '../../raft/protocol/entries.ts';
import type { Effect, Event, Step, Transition } from '../../raft/protocol/events.ts';
import type { Message } from '../../raft/protocol/messages.ts';
import type { State } from '../../raft/protocol/state.ts';
import { recover, step } from '../../raft/protocol/step.ts';
import { Turn } from '../../raft/protocol/turn.ts';
import { type Disk, dataOf, emptyDisk } from './disk.ts';
import { defaultScope, type Protocol, type RaftScope } from './scope.ts';

/**
 * Cores with a fault each, of the kinds that implementations of Raft have had, to show that the model finds them. They are
 * made from the shipped core from outside: a transition changed, so that the core itself stays unmarked.
 */
export interface Mutant {
  readonly name: string;
  readonly summary: string;
  readonly protocol: Protocol;
  /** A scope that shows it, as small as it may be. */
  readonly scope: RaftScope;
}

/** Two terms and no messages of clients. */
export const crashing: RaftScope = { ...defaultScope, broadcasts: 0, symmetry: true };

/** Nothing fails, and the disk takes no time. */
export const elections: RaftScope = { ...crashing, crashes: 0, lostWrites: false };

/** One message, nothing fails. */
export const broadcasting: RaftScope = { ...elections, broadcasts: 1 };

/** The shipped core but for the events for which `change` has something else. */
export function mutant(change: (state: State, event: Event) => Transition | null): Protocol {
  const changed: Step = (state, event) => change(state, event) ?? step(state, event);
  return { step: changed, recover };
}

type Received<K extends Message['kind']> = Event & { type: 'receive'; message: Message & { kind: K } };

export function receives<K extends Message['kind']>(event: Event, kind: K): event is Received<K> {
  return event.type === 'receive' && event.message.kind === kind;
}

/** It commits as the core does, up to this index. */
export function committing({ state, effects }: Transition, index: number): Transition {
  if (index <= state.commitIndex) return { state, effects };
  const turn = new Turn(state);
  commitTo(turn, index);
  return { state: turn.state, effects: [...effects, ...turn.effects] };
}

/** What the leader knows to be durable on each member, itself included. */
export function durableOn({ state }: Transition, id: NodeId): number {
  if (state.role.name !== 'leader') return 0;
  if (id === state.config.id) return state.durableIndex;
  return state.role.progress[latestConfiguration(state).findIndex((member) => member.id === id)]?.match ?? 0;
}

/** The highest of the numbers that a majority of `count` has reached. */
export function heldByMajority(numbers: readonly number[], count = numbers.length): number {
  return [...numbers].sort((a, b) => b - a)[Math.floor(count / 2)] ?? 0;
}

export function sendAtOnce(next: Transition, kind: Message['kind']): Transition {
  return withEffects(next, (effect) =>
    effect.type === 'send' && effect.message.kind === kind ? { ...effect, afterWrite: 0 } : effect,
  );
}

export function withEffects({ state, effects }: Transition, change: (effect: Effect) => Effect): Transition {
  return { state, effects: effects.map(change) };
}

export function diskWith(term: number, votedFor: NodeId | null, entries: readonly Entry[]): Disk {
  return { ...emptyDisk, term, votedFor, entries };
}

/** A disk whose log up to `index`, of this term, is in a snapshot. */
export function diskWithSnapshot(
  { term, votedFor, entries }: Disk,
  at: { readonly index: number; readonly term: number },
  { messages, members }: { readonly messages: readonly number[]; readonly members: Configuration },
): Disk {
  const snapshot = { ...at, position: messages.length, configuration: members, sessions: [] };
  return { term, votedFor, logStart: at, entries, snapshots: [{ snapshot, data: dataOf(messages) }] };
}

export function noop(term: number): Entry {
  return { kind: 'noop', term };
}

/** Message 1, as a client without a session broadcasts it. */
export const message: Entry = { kind: 'message', term: 1, payload: Uint8Array.of(1), stamp: null };

/** `n1`, `n2~`, `n3+`, `n4-`: a voter, a learner, one that comes and one that goes. */
export function membersOf(...words: readonly string[]): Configuration {
  const standings = { '~': 'learner', '+': 'incoming', '-': 'outgoing' } as const;
  return words.map((word) => {
    const mark = word.at(-1) as keyof typeof standings;
    const standing = standings[mark] ?? 'voter';
    return { id: word.replace(/[~+-]$/, ''), address: '', standing };
  });
}
