import { latestConfiguration } from '../../raft/protocol/configuration.ts';
import type { Entry } from '../../raft/protocol/entries.ts';
import type { Effect, Transition } from '../../raft/protocol/events.ts';
import type { Answer, Message } from '../../raft/protocol/messages.ts';
import type { State } from '../../raft/protocol/state.ts';
import { recover, step } from '../../raft/protocol/step.ts';
import { termAt } from '../../raft/protocol/turn.ts';
import {
  broadcasting,
  committing,
  crashing,
  diskWith,
  durableOn,
  elections,
  heldByMajority,
  type Mutant,
  mutant,
  noop,
  receives,
  sendAtOnce,
  withEffects,
} from './mutant.ts';
import { conflicting } from './mutants-of-snapshots.ts';
import type { Beginning } from './scope.ts';

/** Faults of elections, replication, delivery and reads. */
export const mutantsOfTheLog: readonly Mutant[] = [
  {
    name: 'vote-not-kept',
    summary: 'a vote is forgotten over a restart',
    protocol: { step, recover: (config, durable, nowMs) => recover(config, { ...durable, votedFor: null }, nowMs) },
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
    scope: { ...elections, maxTerm: 4, entriesPerMessage: 1, beginning: deposed([noop(1)], [noop(2)]) },
  },
  {
    name: 'not-truncated',
    summary: 'a follower keeps its own entries where they conflict with those of the leader',
    protocol: mutant((state, event) => {
      if (!receives(event, 'append-entries')) return null;
      return step(state, { ...event, message: withOwnEntries(state, event.message) });
    }),
    scope: { ...elections, maxTerm: 3, beginning: deposed([noop(1)], [noop(2)]) },
  },
  {
    name: 'commit-beyond-match',
    summary: 'a follower commits what it has up to the commit index of the leader, also what has not been compared',
    protocol: mutant((state, event) => {
      if (!receives(event, 'append-entries')) return null;
      const next = step(state, event);
      if (!next.effects.some((effect) => effect.type === 'send' && effect.message.kind === 'append-accepted'))
        return next;
      return committing(next, Math.min(event.message.leaderCommit, next.state.log.last));
    }),
    // The heartbeat of a leader that sends a snapshot meanwhile compares nothing.
    scope: { ...elections, maxTerm: 3, heartbeats: 1, symmetry: false, beginning: conflicting },
  },
  {
    name: 'accepted-before-durable',
    summary: 'a follower acknowledges entries that its disk may still lose',
    protocol: mutant((state, event) => sendAtOnce(step(state, event), 'append-accepted')),
    scope: crashing,
  },
  {
    name: 'heartbeat-promises-log',
    summary: 'a follower answers a heartbeat with what it has of the log, also what its disk may still lose',
    protocol: mutant((state, event) => {
      if (!receives(event, 'append-entries') || event.message.entries.length > 0) return null;
      const { prevLogIndex } = event.message;
      return withEffects(step(state, event), (effect) =>
        effect.type === 'send' && effect.message.kind === 'append-accepted'
          ? { ...effect, message: { ...effect.message, matchIndex: prevLogIndex } }
          : effect,
      );
    }),
    scope: { ...crashing, nodes: 2, members: 2, broadcasts: 1, heartbeats: 1 },
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
];

/** The disks after n1 has led term 1 and n2, by the vote of n3, term 2. */
function deposed(first: readonly Entry[], second: readonly Entry[]): Beginning {
  const disks = [diskWith(2, null, first), diskWith(2, 'n2', second), diskWith(2, 'n2', [])];
  return { disks, committed: [] };
}

function commitByCounting(next: Transition): Transition {
  const { state } = next;
  if (state.role.name !== 'leader') return next;
  return committing(next, heldByMajority(latestConfiguration(state).map(({ id }) => durableOn(next, id))));
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

export function calledDefinite(effect: Effect): Effect {
  if (effect.type === 'answer') return { ...effect, answer: definitely(effect.answer) };
  if (effect.type !== 'send' || effect.message.kind !== 'forward-answers') return effect;
  const answers = effect.message.answers.map(({ requestId, answer }) => ({ requestId, answer: definitely(answer) }));
  return { ...effect, message: { ...effect.message, answers } };
}

function definitely(answer: Answer): Answer {
  return answer.ok ? answer : { ...answer, definite: true };
}
