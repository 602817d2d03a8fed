import { ChaosError } from '../../base/errors.ts';
import { plantedBugs } from '../../node/bugs.ts';
import { recover, step } from '../../raft/protocol/step.ts';
import { termAt } from '../../raft/protocol/turn.ts';
import type {
  Answer,
  Delivery,
  DurableState,
  Effect,
  Entry,
  Event,
  Message,
  State,
  Step,
  Transition,
} from '../../raft/protocol/types.ts';
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
const crashing: RaftScope = { ...defaultScope, broadcasts: 0, symmetry: true };

/** Nothing fails, and the disk takes no time. */
const elections: RaftScope = { ...crashing, crashes: 0, lostWrites: false };

/** One message, nothing fails. */
const broadcasting: RaftScope = { ...elections, broadcasts: 1 };

/** The disks after n1 has led term 1 and n2, by the vote of n3, term 2. */
function deposed(first: readonly Entry[], second: readonly Entry[]): DurableState[] {
  return [
    { term: 2, votedFor: null, entries: first },
    { term: 2, votedFor: 'n2', entries: second },
    { term: 2, votedFor: 'n2', entries: [] },
  ];
}

function noop(term: number): Entry {
  return { kind: 'noop', term, position: 0 };
}

const message: Entry = { kind: 'message', term: 1, position: 1, payload: Uint8Array.of(1) };

export const mutants: readonly Mutant[] = [
  {
    name: 'vote-not-kept',
    summary: 'a vote is forgotten over a restart',
    protocol: { step, recover: (config, durable) => recover(config, { ...durable, votedFor: null }) },
    scope: { ...elections, crashes: 1, maxTerm: 1 },
  },
  {
    name: 'two-votes',
    summary: 'a follower votes for whoever asks, also twice in a term',
    protocol: mutant((state, event) =>
      receives(event, 'request-vote') && state.role.name === 'follower'
        ? step({ ...state, votedFor: null }, event)
        : null,
    ),
    scope: { ...elections, maxTerm: 1 },
  },
  {
    name: 'vote-for-shorter-log',
    summary: 'a vote is given to a candidate whose log is shorter than the own one',
    protocol: mutant((state, event) => {
      if (!receives(event, 'request-vote')) return null;
      const longest = { lastLogTerm: state.term, lastLogIndex: Number.MAX_SAFE_INTEGER };
      return step(state, { ...event, message: { ...event.message, ...longest } });
    }),
    scope: elections,
  },
  {
    name: 'old-term-committed',
    summary: 'a leader commits entries of earlier terms by counting who has them',
    protocol: mutant((state, event) => commitByCounting(step(state, event))),
    // Figure 8 of the paper, from (b) on.
    scope: { ...elections, maxTerm: 4, entriesPerMessage: 1, disks: deposed([noop(1)], [noop(2)]) },
  },
  {
    name: 'not-truncated',
    summary: 'a follower keeps its own entries where they conflict with those of the leader',
    protocol: mutant((state, event) => {
      if (!receives(event, 'append-entries')) return null;
      return step(state, { ...event, message: withOwnEntries(state, event.message) });
    }),
    scope: { ...elections, maxTerm: 3, disks: deposed([noop(1)], [noop(2)]) },
  },
  {
    name: 'commit-beyond-match',
    summary: 'a follower commits what it has up to the commit index of the leader, also what has not been compared',
    protocol: mutant((state, event) => {
      if (!receives(event, 'append-entries')) return null;
      const next = step(state, event);
      if (!next.effects.some((effect) => effect.type === 'send' && effect.message.kind === 'append-accepted'))
        return next;
      return withCommitIndex(next, Math.min(event.message.leaderCommit, next.state.log.last));
    }),
    // The new leader goes back to what both have, with a commit index from beyond it.
    scope: {
      ...elections,
      maxTerm: 3,
      entriesPerMessage: 1,
      disks: deposed([noop(1), message], [noop(1), noop(2)]),
    },
  },
  {
    name: 'accepted-before-durable',
    summary: 'a follower acknowledges entries that its disk may still lose',
    protocol: mutant((state, event) => sendAtOnce(step(state, event), 'append-accepted')),
    scope: crashing,
  },
  {
    name: 'vote-before-durable',
    summary: 'a vote is sent that the disk may still lose',
    protocol: mutant((state, event) => sendAtOnce(step(state, event), 'vote')),
    scope: { ...crashing, maxTerm: 1 },
  },
  {
    name: 'old-leader-followed',
    summary: 'entries of a leader of an earlier term are accepted',
    protocol: mutant((state, event) => {
      if (!receives(event, 'append-entries') || state.role.name === 'leader') return null;
      return step(state, { ...event, message: { ...event.message, term: Math.max(state.term, event.message.term) } });
    }),
    scope: elections,
  },
  {
    name: 'nothing-delivered',
    summary: 'what is committed is not delivered',
    protocol: mutant((state, event) => withEffects(step(state, event), withNothing)),
    scope: { ...broadcasting, maxTerm: 1 },
  },
  {
    name: 'other-delivered',
    summary: 'what is delivered is not what was broadcast',
    protocol: mutant((state, event) => withEffects(step(state, event), withoutPayload)),
    scope: { ...broadcasting, maxTerm: 1 },
  },
  {
    name: 'delivered-twice',
    summary: 'every message is delivered twice',
    protocol: mutant((state, event) => withEffects(step(state, event), deliveredTwice)),
    scope: { ...broadcasting, maxTerm: 1 },
  },
  {
    name: 'errors-definite',
    summary: 'every error is called definite, also of a broadcast that may still be committed',
    protocol: mutant((state, event) => withEffects(step(state, event), calledDefinite)),
    scope: broadcasting,
  },
  ...plantedBugs.map(({ name, summary, plant }) => ({
    name,
    summary,
    protocol: { step: plant(step), recover },
    scope: {
      ...elections,
      broadcasts: name === 'forgotten-vote' ? 0 : 1,
      reads: name === 'stale-read' ? 1 : 0,
      maxTerm: name === 'lost-ack' ? 2 : 1,
    },
  })),
];

export function mutantNamed(name: string): Mutant {
  const found = mutants.find((known) => known.name === name);
  if (found !== undefined) return found;
  const known = mutants.map((each) => each.name).join(', ');
  throw new ChaosError('unknown-mutant', `there is no mutant ${name}; there are: ${known}`);
}

/** The shipped core but for the events for which `change` has something else. */
function mutant(change: (state: State, event: Event) => Transition | null): Protocol {
  const changed: Step = (state, event) => change(state, event) ?? step(state, event);
  return { step: changed, recover };
}

type Received<K extends Message['kind']> = Event & { type: 'receive'; message: Message & { kind: K } };

function receives<K extends Message['kind']>(event: Event, kind: K): event is Received<K> {
  return event.type === 'receive' && event.message.kind === kind;
}

function commitByCounting(next: Transition): Transition {
  const { state } = next;
  if (state.role.name !== 'leader') return next;
  const { progress } = state.role;
  const held = state.config.members
    .map((member, at) => (member === state.config.id ? state.durableIndex : (progress[at]?.match ?? 0)))
    .sort((a, b) => b - a);
  const index = held[Math.floor(held.length / 2)] ?? 0;
  return withCommitIndex(next, index);
}

/** It delivers what it commits, as the core does. */
function withCommitIndex({ state, effects }: Transition, commitIndex: number): Transition {
  if (commitIndex <= state.commitIndex) return { state, effects };
  const deliveries = state.log.slice(state.commitIndex + 1, commitIndex).flatMap((entry, at): Delivery[] => {
    if (entry.kind === 'noop') return [];
    return [{ index: state.commitIndex + 1 + at, position: entry.position, payload: entry.payload }];
  });
  const delivering: Effect[] = deliveries.length === 0 ? [] : [{ type: 'deliver', deliveries }];
  return { state: { ...state, commitIndex }, effects: [...effects, ...delivering] };
}

/** The message with the follower's own entries in place of those that conflict with them. */
function withOwnEntries(state: State, append: Message & { kind: 'append-entries' }): Message {
  const { prevLogIndex, prevLogTerm, entries } = append;
  if (prevLogIndex > state.log.last || termAt(state, prevLogIndex) !== prevLogTerm) return append;
  const own = entries.map((entry, at): Entry => {
    const index = prevLogIndex + 1 + at;
    return index <= state.log.last ? state.log.get(index) : entry;
  });
  return { ...append, entries: own };
}

function sendAtOnce(next: Transition, kind: Message['kind']): Transition {
  return withEffects(next, (effect) =>
    effect.type === 'send' && effect.message.kind === kind ? { ...effect, afterWrite: 0 } : effect,
  );
}

function withEffects({ state, effects }: Transition, change: (effect: Effect) => Effect): Transition {
  return { state, effects: effects.map(change) };
}

function withNothing(effect: Effect): Effect {
  return effect.type === 'deliver' ? { ...effect, deliveries: [] } : effect;
}

function withoutPayload(effect: Effect): Effect {
  if (effect.type !== 'deliver') return effect;
  return { ...effect, deliveries: effect.deliveries.map((delivery) => ({ ...delivery, payload: new Uint8Array() })) };
}

function deliveredTwice(effect: Effect): Effect {
  if (effect.type !== 'deliver') return effect;
  return { ...effect, deliveries: effect.deliveries.flatMap((delivery) => [delivery, delivery]) };
}

function calledDefinite(effect: Effect): Effect {
  if (effect.type === 'answer') return { ...effect, answer: definitely(effect.answer) };
  if (effect.type !== 'send' || effect.message.kind !== 'forward-answer') return effect;
  return { ...effect, message: { ...effect.message, answer: definitely(effect.message.answer) } };
}

function definitely(answer: Answer): Answer {
  return answer.ok ? answer : { ...answer, definite: true };
}
