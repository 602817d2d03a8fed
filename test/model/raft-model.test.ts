import { describe, expect, it } from 'vitest';
import { searchBreadthFirst } from '../../src/model/breadth-first.ts';
import type { Path } from '../../src/model/path.ts';
import { diskWith, membersOf, noop } from '../../src/model/raft/mutant.ts';
import { mutants } from '../../src/model/raft/mutants.ts';
import { raftModel } from '../../src/model/raft/raft-model.ts';
import { replayOnDrivers } from '../../src/model/raft/replay.ts';
import { type Beginning, defaultScope, type RaftScope, raftLite } from '../../src/model/raft/scope.ts';
import { type Outcome, outcomeOf, type SearchResult } from '../../src/model/search.ts';

function outcomes<State, Action>(result: SearchResult<State, Action>): Record<string, Outcome> {
  return Object.fromEntries(result.findings.map((finding) => [finding.property.name, outcomeOf(result, finding)]));
}

/** What each mutant breaks first, and after how many steps. */
const found: Readonly<Record<string, [property: string, steps: number]>> = {
  'vote-not-kept': ['Election Safety', 8],
  'two-votes': ['Election Safety', 6],
  'vote-for-shorter-log': ['Leader Completeness', 8],
  'not-truncated': ['Log Matching', 6],
  'commit-beyond-match': ['State Machine Safety', 7],
  'accepted-before-durable': ['No Broken Invariant', 11],
  'vote-before-durable': ['Election Safety', 10],
  'old-leader-followed': ['No Broken Invariant', 10],
  'old-term-committed': ['Leader Completeness', 11],
  'nothing-delivered': ['Delivered In Order', 8],
  'other-delivered': ['Delivered In Order', 8],
  'delivered-twice': ['Delivered In Order', 8],
  'errors-definite': ['Definite Errors Hold', 10],
  'read-without-round': ['Linearizable Reads', 14],
  'stamp-ignored': ['No Duplicates', 3],
  'prevote-counted': ['Election Safety', 10],
  'older-snapshot-installed': ['Delivered In Order', 8],
  'conflicting-suffix-kept': ['Log Matching', 6],
  'installed-before-stored': ['No Broken Invariant', 7],
  'compacted-beyond-commit': ['No Broken Invariant', 6],
  'piece-taken-twice': ['Snapshots Are Committed', 7],
  'sessions-not-restored': ['No Duplicates', 7],
  'members-not-restored': ['Election Safety', 2],
  'change-in-one-step': ['Election Safety', 18],
  'joint-by-new-alone': ['Leader Completeness', 18],
  'members-when-committed': ['Election Safety', 15],
  'removed-leader-counted': ['Leader Completeness', 4],
  'learner-counted': ['Leader Completeness', 12],
  'change-definitely-lost': ['Definite Errors Hold', 10],
  'lost-ack': ['Acknowledged Is Committed', 4],
  'stale-read': ['Linearizable Reads', 9],
  'forgotten-vote': ['Election Safety', 6],
  'hasty-membership': ['Election Safety', 18],
  'forgetful-snapshot': ['Delivered In Order', 3],
};

describe('mutants are found, by shortest paths, which the driver replays', () => {
  it.each(mutants.filter(({ name }) => name in found).map((mutant) => [mutant.name, mutant] as const))(
    '%s',
    (name, mutant) => {
      const model = raftModel(mutant.scope, mutant.protocol);
      const result = searchBreadthFirst(model);
      const broken = result.findings.filter((finding) => outcomeOf(result, finding) === 'violated');
      expect(broken.map(({ property, path }) => [property.name, path?.steps.length])).toContainEqual(found[name]);
      for (const { path } of broken) {
        if (path !== null) replayOnDrivers(model, mutant.scope, mutant.protocol, path);
      }
    },
  );

  it.each(mutants.map((mutant) => [mutant.name, mutant] as const))(
    '%s: the core itself, as far as that, is not found guilty',
    (name, mutant) => {
      const depth = Math.min(11, (found[name]?.[1] ?? 10) + 2);
      const result = searchBreadthFirst(raftModel(mutant.scope), { depth });
      expect(Object.values(outcomes(result))).not.toContain('violated');
    },
  );
});

const small: RaftScope = { ...defaultScope, broadcasts: 0, crashes: 0, lostWrites: false, symmetry: true };

describe('the core', () => {
  it('holds in a scope that is searched to its end, and everything happens there', () => {
    const result = searchBreadthFirst(raftModel({ ...small, broadcasts: 1, maxTerm: 1 }));
    expect(result.cut).toBeNull();
    expect(new Set(Object.values(outcomes(result)))).toEqual(new Set(['holds']));
  });

  it('overwrites what a deposed leader had appended', () => {
    const result = searchBreadthFirst(raftModel({ ...small, beginning: deposed, maxTerm: 3 }), {
      depth: 8,
    });
    expect(outcomes(result)).toMatchObject({ 'Deposed Leader Overwritten': 'holds', 'Log Matching': 'open' });
  });

  it('elects itself alone, and answers', () => {
    const result = searchBreadthFirst(raftModel({ ...defaultScope, nodes: 1, members: 1, crashes: 2, maxTerm: 3 }));
    expect(result.cut).toBeNull();
    expect(outcomes(result)).toMatchObject({
      'Election Liveness': 'holds',
      'Log Liveness': 'holds',
      'No Broken Invariant': 'holds',
    });
  });

  it('serves reads that lie between what was known and what is committed', () => {
    const result = searchBreadthFirst(raftModel({ ...small, broadcasts: 1, reads: 1, maxTerm: 1 }), { depth: 9 });
    expect(outcomes(result)).toMatchObject({ 'Linearizable Reads': 'open', 'Read Served': 'holds' });
  });
});

describe('the core, searched to the end of scopes of', () => {
  const withLearner = membersOf('n1', 'n2~');
  const alone: RaftScope = { ...small, nodes: 1, members: 1, symmetry: false };
  it.each<[string, RaftScope]>([
    ['snapshots of one node', { ...alone, broadcasts: 2, snapshots: 2, crashes: 2, lostWrites: true, maxTerm: 3 }],
    [
      'snapshots that are sent',
      { ...alone, nodes: 2, broadcasts: 2, snapshots: 1, changes: [withLearner], maxTerm: 1 },
    ],
    ['a session', { ...alone, retries: 2, snapshots: 1, crashes: 1, maxTerm: 3 }],
    [
      'a member in the place of another',
      { ...alone, nodes: 2, changes: [membersOf('n2')], crashes: 1, lostWrites: true },
    ],
    ['a learner that becomes a voter', { ...alone, nodes: 2, changes: [withLearner, membersOf('n1', 'n2')] }],
    [
      'prevotes and looks at the quorum',
      { ...small, nodes: 2, members: 2, preVote: true, checkQuorum: true, maxTerm: 1 },
    ],
    ['transfers', { ...small, nodes: 2, members: 2, transfers: 1 }],
  ])('%s', (_, scope) => {
    const result = searchBreadthFirst(raftModel(scope));
    expect(result.cut).toBeNull();
    expect(new Set(Object.values(outcomes(result)))).toEqual(new Set(['holds']));
  });
});

describe("raft-lite's nondeterminism", () => {
  it('has the same states in every run, and the properties of its model', () => {
    const result = searchBreadthFirst(raftModel(raftLite(3, 'unordered-nonduplicating', false)), { depth: 9 });
    expect(result).toMatchObject({ states: 95_926, unique: 45_478, cut: 'depth', completeDepth: 9 });
    expect(outcomes(result)).toEqual({
      'Election Liveness': 'holds',
      'Log Liveness': 'holds',
      'Election Safety': 'open',
      'State Machine Safety': 'open',
      'Delivered In Order': 'open',
      'No Broken Invariant': 'open',
    });
    expect(lengths(result)).toEqual({ 'Election Liveness': 3, 'Log Liveness': 8 });
  });
});

function lengths<State, Action>({ findings }: SearchResult<State, Action>): Record<string, number> {
  const seen = findings.filter(
    (finding): finding is typeof finding & { path: Path<State, Action> } => finding.path !== null,
  );
  return Object.fromEntries(seen.map(({ property, path }) => [property.name, path.steps.length]));
}

const deposed: Beginning = {
  disks: [diskWith(2, null, [noop(1)]), diskWith(2, 'n2', [noop(2)]), diskWith(2, 'n2', [])],
  committed: [],
};
