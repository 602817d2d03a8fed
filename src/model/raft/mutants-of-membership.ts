import { isJoint, latestConfiguration, settledConfiguration, votersOf } from '../../raft/protocol/configuration.ts';
import type { Entry, NodeId } from '../../raft/protocol/entries.ts';
import type { Effect, Step, Transition } from '../../raft/protocol/events.ts';
import { leaderProgress } from '../../raft/protocol/replication.ts';
import { Sequence } from '../../raft/protocol/sequence.ts';
import type { State } from '../../raft/protocol/state.ts';
import { recover, step } from '../../raft/protocol/step.ts';
import { configurationsIn } from '../../raft/protocol/turn.ts';
import {
  committing,
  crashing,
  diskWith,
  durableOn,
  elections,
  heldByMajority,
  type Mutant,
  membersOf,
  mutant,
  noop,
  withEffects,
} from './mutant.ts';
import { changed } from './mutants-of-snapshots.ts';
import { calledDefinite } from './mutants-of-the-log.ts';
import type { Protocol, RaftScope } from './scope.ts';

/** n1 alone is a member, and n2 alone is to be. */
export const replacing: RaftScope = {
  ...crashing,
  symmetry: false,
  nodes: 2,
  members: 1,
  changes: [membersOf('n2')],
};

/** Faults of changes of the membership. */
export const mutantsOfMembership: readonly Mutant[] = [
  {
    name: 'change-in-one-step',
    summary: 'the new members take over from the old ones at once, without deciding jointly',
    protocol: mutant((state, event) => withoutJoint(step(state, event))),
    scope: replacing,
  },
  {
    name: 'joint-by-new-alone',
    summary: 'while the old and the new members decide jointly, a majority of the new ones is enough to commit',
    protocol: mutant((state, event) => {
      const next = step(state, event);
      return isJoint(latestConfiguration(next.state)) ? committedBy(next, incoming(next.state)) : next;
    }),
    scope: replacing,
  },
  {
    name: 'members-when-committed',
    summary: 'a follower uses new members only once the entry that names them is committed',
    protocol: usingCommitted(),
    scope: { ...replacing, lostWrites: false },
  },
  {
    name: 'removed-leader-counted',
    summary: 'a leader that is no member any more still counts itself to commit',
    protocol: mutant((state, event) => {
      const next = step(state, event);
      const voters = incoming(next.state);
      const { id } = state.config;
      return voters.includes(id) ? next : committedBy(next, [...voters, id], voters.length);
    }),
    scope: {
      ...elections,
      symmetry: false,
      nodes: 2,
      members: 1,
      maxTerm: 3,
      beginning: {
        disks: [diskWith(1, 'n1', changed()), diskWith(1, null, changed())],
        committed: [],
      },
    },
  },
  {
    name: 'learner-counted',
    summary: 'learners count to commit',
    protocol: mutant((state, event) => {
      const next = step(state, event);
      return committedBy(
        next,
        latestConfiguration(next.state).map(({ id }) => id),
      );
    }),
    scope: {
      ...crashing,
      symmetry: false,
      members: 1,
      maxTerm: 3,
      beginning: {
        disks: ['n1', null, null].map((votedFor) => diskWith(1, votedFor, [noop(1), members('n1', 'n2~', 'n3~')])),
        committed: [],
      },
    },
  },
  {
    name: 'change-definitely-lost',
    summary: 'who asked a deposed leader for new members is told that the change is off for certain',
    protocol: mutant((state, event) => withEffects(step(state, event), calledDefinite)),
    scope: { ...elections, symmetry: false, nodes: 2, members: 2, changes: [membersOf('n2')] },
  },
];

function members(...words: readonly string[]): Entry {
  return { kind: 'configuration', term: 1, configuration: membersOf(...words) };
}

/** Who votes once a change is through. */
function incoming(state: State): NodeId[] {
  return votersOf(settledConfiguration(latestConfiguration(state)));
}

/** A leader commits what a majority of `count` has among these. */
function committedBy(next: Transition, ids: readonly NodeId[], count = ids.length): Transition {
  if (next.state.role.name !== 'leader') return next;
  const held = heldByMajority(
    ids.map((id) => durableOn(next, id)),
    count,
  );
  const { log, logStart, term } = next.state;
  return held > logStart.index && log.get(held).term === term ? committing(next, held) : next;
}

/** In place of the joint configuration stands what it leads to. */
function withoutJoint(next: Transition): Transition {
  const { log } = next.state;
  const entries = log.slice(log.first, log.last);
  const settled = entries.map(withSettled);
  const state = usingConfigurations(
    { ...next.state, log: Sequence.of(log.first, settled) },
    next.state.configurations.map(({ index, configuration }) => ({
      index,
      configuration: settledConfiguration(configuration),
    })),
  );
  return withEffects({ state, effects: next.effects }, settledEffect);
}

function withSettled(entry: Entry): Entry {
  return entry.kind === 'configuration'
    ? { ...entry, configuration: settledConfiguration(entry.configuration) }
    : entry;
}

function settledEffect(effect: Effect): Effect {
  if (effect.type === 'persist') {
    return { ...effect, write: { ...effect.write, entries: effect.write.entries.map(withSettled) } };
  }
  if (effect.type !== 'send' || effect.message.kind !== 'append-entries') return effect;
  return { ...effect, message: { ...effect.message, entries: effect.message.entries.map(withSettled) } };
}

/** The leader goes on with what it knows of each. */
function usingConfigurations(state: State, configurations: State['configurations']): State {
  const before = latestConfiguration(state);
  const next = { ...state, configurations };
  const { role } = state;
  if (role.name !== 'leader') return next;
  const progress = leaderProgress(next).map((unknown, place) => {
    const id = latestConfiguration(next)[place]?.id;
    return role.progress[before.findIndex((member) => member.id === id)] ?? unknown;
  });
  return { ...next, role: { ...role, progress } };
}

/** Leaders use the latest members of their log, all others the last committed ones. */
function usingCommitted(): Protocol {
  const changed: Step = (state, event) => known(step(state, event));
  return { step: changed, recover: (config, durable, nowMs) => known(recover(config, durable, nowMs)) };
}

function known({ state, effects }: Transition): Transition {
  const { configurations, log, commitIndex, role } = state;
  const [first] = configurations;
  if (first === undefined) return { state, effects };
  const later = configurationsIn(log.first, log.slice(log.first, log.last)).filter(({ index }) => index > first.index);
  const all = [first, ...later];
  const committed = all.findLastIndex(({ index }) => index <= commitIndex);
  const counting = all.slice(committed);
  return { state: usingConfigurations(state, role.name === 'leader' ? counting : counting.slice(0, 1)), effects };
}
