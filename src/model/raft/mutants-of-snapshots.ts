import type { Configuration, Entry, SnapshotMeta } from '../../raft/protocol/entries.ts';
import type { Effect, Event, Transition } from '../../raft/protocol/events.ts';
import type { Message } from '../../raft/protocol/messages.ts';
import { Sequence } from '../../raft/protocol/sequence.ts';
import type { State } from '../../raft/protocol/state.ts';
import { recover, step } from '../../raft/protocol/step.ts';
import { Turn, termAt } from '../../raft/protocol/turn.ts';
import { emptyDisk } from './disk.ts';
import {
  broadcasting,
  diskWith,
  diskWithSnapshot,
  elections,
  type Mutant,
  membersOf,
  message,
  mutant,
  noop,
  receives,
  withEffects,
} from './mutant.ts';
import type { Beginning, Protocol, RaftScope } from './scope.ts';

const withLearner = membersOf('n1', 'n2~');
const three = membersOf('n1', 'n2', 'n3');

/** n1 has compacted what it has led in term 1, when it was alone and added n2 as a learner, which has nothing of it yet. */
const behind: RaftScope = { ...elections, nodes: 2, members: 1, symmetry: false };

function compacted(messages: readonly number[]): Beginning {
  const added: Entry = { kind: 'configuration', term: 1, configuration: withLearner };
  const committed = [noop(1), added, ...messages.map(() => message)];
  const at = { index: committed.length, term: 1 };
  return {
    disks: [diskWithSnapshot(diskWith(1, 'n1', []), at, { messages, members: withLearner }), emptyDisk],
    committed,
  };
}

/** n1 has compacted what it has led in term 2, by the vote of n3; n2 has what it has led in term 1. */
export const conflicting: Beginning = {
  disks: [
    diskWithSnapshot(diskWith(2, 'n1', []), { index: 1, term: 2 }, { messages: [], members: three }),
    diskWith(1, 'n2', [noop(1), message]),
    diskWith(2, 'n1', [noop(2)]),
  ],
  committed: [noop(2)],
};

/** Faults of snapshots and of the compaction of the log. */
export const mutantsOfSnapshots: readonly Mutant[] = [
  {
    name: 'older-snapshot-installed',
    summary: 'a snapshot is installed also where more is committed already',
    protocol: mutant((state, event) => {
      if (receives(event, 'install-snapshot')) return storedAgain(state, event.message, step(state, event));
      const isOlder = isFromLeader(event) && event.snapshot.index < state.commitIndex;
      return isOlder ? installed(state, event.snapshot) : null;
    }),
    scope: { ...behind, broadcasts: 1, network: 'unordered-duplicating', beginning: compacted([]) },
  },
  {
    name: 'conflicting-suffix-kept',
    summary: 'what the log has behind a snapshot is kept, though it conflicts with the snapshot',
    protocol: mutant((state, event) => (isFromLeader(event) ? withSuffixOf(state, step(state, event)) : null)),
    scope: {
      ...elections,
      maxTerm: 3,
      symmetry: false,
      beginning: conflicting,
    },
  },
  {
    name: 'installed-before-stored',
    summary: 'a snapshot is installed, and entries behind it are acknowledged, before it is stored',
    protocol: mutant((state, event) => {
      if (!receives(event, 'install-snapshot')) return null;
      const next = step(state, event);
      if (!next.effects.some((effect) => effect.type === 'store-snapshot' && effect.last)) return next;
      const stored = step(next.state, { type: 'snapshot-stored', snapshot: event.message.snapshot, origin: 'leader' });
      return { state: stored.state, effects: [...next.effects, ...stored.effects] };
    }),
    scope: { ...behind, crashes: 1, lostWrites: true, beginning: compacted([]) },
  },
  {
    name: 'compacted-beyond-commit',
    summary: 'a snapshot takes the place of all of the log, committed or not',
    protocol: mutant((state, event) => {
      if (event.type !== 'snapshot-stored' || event.origin !== 'here') return null;
      const { last } = state.log;
      return step(state, { ...event, snapshot: { ...event.snapshot, index: last, term: termAt(state, last) } });
    }),
    scope: { ...broadcasting, nodes: 1, members: 1, lostWrites: true, snapshots: 1, maxTerm: 1 },
  },
  {
    name: 'piece-taken-twice',
    summary: 'pieces of a snapshot are put one behind the other, whichever they are',
    protocol: mutant((state, event) => {
      if (!receives(event, 'install-snapshot') || state.role.name !== 'follower') return null;
      const offset = state.role.receiving?.received ?? event.message.offset;
      return step(state, { ...event, message: { ...event.message, offset } });
    }),
    scope: { ...behind, network: 'unordered-duplicating', beginning: compacted([1]) },
  },
  {
    name: 'sessions-not-restored',
    summary: 'a snapshot brings sessions back without what they have delivered',
    protocol: restoring((snapshot) => ({
      ...snapshot,
      sessions: snapshot.sessions.map((session) => ({ ...session, delivered: [] })),
    })),
    scope: { ...elections, nodes: 1, members: 1, retries: 1, snapshots: 1, crashes: 1, maxTerm: 3 },
  },
  {
    name: 'members-not-restored',
    summary: 'a node that starts from a snapshot takes the first members for the present ones',
    protocol: restoring((snapshot, initial) => ({ ...snapshot, configuration: initial })),
    scope: {
      ...elections,
      nodes: 2,
      members: 1,
      symmetry: false,
      beginning: {
        disks: [
          diskWithSnapshot(diskWith(1, 'n1', []), { index: 4, term: 1 }, { messages: [], members: membersOf('n2') }),
          diskWith(1, null, changed()),
        ],
        committed: changed(),
      },
    },
  },
];

/** n1 alone, then n2 alone, by way of both. */
export function changed(): Entry[] {
  const configurations = [withLearner, membersOf('n1-', 'n2+'), membersOf('n2')];
  return [
    noop(1),
    ...configurations.map((configuration) => ({ kind: 'configuration', term: 1, configuration }) as const),
  ];
}

function isFromLeader(event: Event): event is Event & { readonly type: 'snapshot-stored' } {
  return event.type === 'snapshot-stored' && event.origin === 'leader';
}

/** Also a snapshot of what is committed is stored. */
function storedAgain(state: State, install: Message & { kind: 'install-snapshot' }, next: Transition): Transition {
  const { snapshot, offset, data, last } = install;
  if (install.term < state.term || snapshot.index > state.commitIndex) return next;
  const effect: Effect = { type: 'store-snapshot', snapshot, offset, data, last };
  return { state: next.state, effects: [...next.effects, effect] };
}

function installed(state: State, snapshot: SnapshotMeta): Transition {
  const { index, term, position, sessions, configuration } = snapshot;
  const turn = new Turn(state);
  turn.restartLog({ index, term });
  turn.update({ commitIndex: index, applied: { position, sessions }, configurations: [{ index, configuration }] });
  turn.effect({ type: 'restore', snapshot });
  return { state: turn.state, effects: turn.effects };
}

/** The log goes on behind the snapshot with what it had there. */
function withSuffixOf(before: State, next: Transition): Transition {
  const { log, logStart } = next.state;
  if (log.last >= before.log.last || logStart.index === before.logStart.index) return next;
  const suffix = before.log.slice(log.last + 1, before.log.last);
  const kept = withEffects(next, (effect) =>
    effect.type === 'persist' ? { ...effect, write: { ...effect.write, entries: suffix } } : effect,
  );
  return { state: { ...kept.state, log: Sequence.of(log.first, suffix) }, effects: kept.effects };
}

/** Restores something else than the snapshot stands for. */
function restoring(change: (snapshot: SnapshotMeta, initial: Configuration) => SnapshotMeta): Protocol {
  return {
    step: (state, event) => {
      if (!isFromLeader(event)) return step(state, event);
      return step(state, { ...event, snapshot: change(event.snapshot, state.config.initial) });
    },
    recover: (config, durable, nowMs) => {
      const snapshot = durable.snapshot === null ? null : change(durable.snapshot, config.initial);
      return recover(config, { ...durable, snapshot }, nowMs);
    },
  };
}
