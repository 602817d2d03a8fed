import { describe, expect, it } from 'vitest';
import { seededRandom } from '../../src/base/random.ts';
import type { SystemState } from '../../src/model/actors/state-hash.ts';
import { searchBreadthFirst } from '../../src/model/breadth-first.ts';
import type { Model } from '../../src/model/model.ts';
import { textOf } from '../../src/model/path.ts';
import { equalPlain } from '../../src/model/plain-hash.ts';
import { mutants } from '../../src/model/raft/mutants.ts';
import { type RaftModel, raftModel } from '../../src/model/raft/raft-model.ts';
import { defaultScope, type RaftScope, raftLite } from '../../src/model/raft/scope.ts';
import { raftSymmetry } from '../../src/model/raft/symmetry.ts';
import { outcomeOf } from '../../src/model/search.ts';
import { type TwoPhaseState, twoPhaseCommit } from '../../src/model/two-phase-commit.ts';
import { recover, step } from '../../src/raft/protocol/step.ts';
import { inverse, orders, Renamer, renamed, renamedBy } from './renaming.ts';
import { withProperties } from './with-properties.ts';

/** All states up to a depth, and of how many kinds they are: `kind` gives the same for states of one kind alone. */
function kinds<State>(plain: Model<State, unknown>, kind: (state: State) => string, depth: number) {
  const seen = new Set<string>();
  const found = new Set<string>();
  let level: State[] = [];
  const reach = (state: State): void => {
    const key = textOf(plain, state);
    if (seen.has(key)) return;
    seen.add(key);
    found.add(kind(state));
    level.push(state);
  };
  for (const state of plain.initialStates()) reach(state);
  for (let at = 1; at < depth; at++) {
    const before = level;
    level = [];
    for (const state of before) {
      for (const action of plain.actions(state)) {
        const next = plain.next(state, action);
        if (next !== null) reach(next);
      }
    }
  }
  return { states: seen.size, kinds: found.size };
}

/** States met on walks at random, half of them from an elected leader on: crashes before that are all too likely. */
function walked(model: RaftModel, walks: number, steps: number): SystemState[] {
  const random = seededRandom(5);
  const states: SystemState[] = [];
  const elected = model.properties.filter(({ name }) => name === 'Election Liveness');
  const path = searchBreadthFirst(withProperties(model, elected)).findings[0]?.path;
  const beginnings = [...model.initialStates(), ...(path?.steps.slice(-1) ?? []).map(({ state }) => state)];
  for (let walk = 0; walk < walks; walk++) {
    let state = beginnings[walk % beginnings.length] as SystemState;
    for (let step = 0; step < steps; step++) {
      states.push(state);
      const next = successors(model, state);
      if (next.length === 0) break;
      state = random.pick(next);
    }
  }
  return states;
}

function successors(model: RaftModel, state: SystemState): SystemState[] {
  return model
    .actions(state)
    .map((action) => model.next(state, action))
    .filter((next) => next !== null);
}

const busy: RaftScope = { ...defaultScope, reads: 1, crashes: 2, heartbeats: 1 };

describe('a reduced search visits one state of each kind', () => {
  it.each<[string, RaftScope, number]>([
    ['the default scope', defaultScope, 9],
    ['reads, crashes and heartbeats', busy, 8],
    ['disks that take no time', { ...busy, lostWrites: false }, 7],
    ['an ordered, lossy network', { ...busy, network: 'ordered', lossy: true }, 7],
    ['messages that come again', { ...busy, network: 'unordered-duplicating' }, 7],
    ['snapshots and sessions', { ...busy, snapshots: 2, retries: 1, broadcasts: 0, reads: 0, lostWrites: false }, 7],
    ['prevotes, looks at the quorum, transfers', { ...busy, preVote: true, checkQuorum: true, transfers: 1 }, 7],
    ["raft-lite's nondeterminism", raftLite(3, 'unordered-nonduplicating', false), 8],
  ])('%s', (_, scope, depth) => {
    const plain = raftModel({ ...scope, symmetry: false });
    const symmetric = raftModel({ ...scope, symmetry: true }, { step, recover }, plain.memory);
    const renamer = new Renamer(plain, scope);
    const counted = kinds(plain, (state) => renamer.kind(state), depth);
    const reduced = searchBreadthFirst(withProperties(symmetric, []), { depth });
    const full = searchBreadthFirst(withProperties(plain, []), { depth });
    expect(full.unique).toBe(counted.states);
    expect(reduced.unique).toBe(counted.kinds);
    // Three nodes have six orders: no kind has more states than that.
    expect(reduced.unique).toBeGreaterThanOrEqual(full.unique / 6);
    expect(reduced.unique).toBeLessThan(full.unique / 3);
  });

  it('two-phase commit', () => {
    const plain = twoPhaseCommit({ managers: 4, symmetry: false });
    const symmetric = twoPhaseCommit({ managers: 4, symmetry: true });
    // The managers in any order, each with what the coordinator knows of it and what it has sent.
    const kind = ({ managers, prepared, sentPrepared, coordinator, sentDecision }: TwoPhaseState): string =>
      [
        coordinator,
        sentDecision,
        ...managers.map((at, id) => `${at},${prepared[id]},${sentPrepared[id]}`).sort(),
      ].join();
    expect(searchBreadthFirst({ ...symmetric, properties: [] }).unique).toBe(kinds(plain, kind, 99).kinds);
  });
});

describe('a renaming', () => {
  const scopes: [string, RaftScope][] = [
    ['reads, crashes and heartbeats', busy],
    ['an ordered, lossy network', { ...busy, network: 'ordered', lossy: true }],
    ['snapshots and sessions', { ...busy, snapshots: 3, retries: 2, reads: 0 }],
    ['prevotes, looks at the quorum, transfers', { ...busy, preVote: true, checkQuorum: true, transfers: 1 }],
    ["raft-lite's nondeterminism", raftLite(3, 'unordered-nonduplicating', false)],
  ];

  it.each(scopes)('renames every node that is named, and its inverse gives all of it back: %s', (_, scope) => {
    const strays = straysOf(scope, raftSymmetry(scope));
    expect(strays.slice(0, 1)).toEqual([]);
  });

  it('that forgets who led, or who voted, is told from one that does not', () => {
    const symmetry = raftSymmetry(busy);
    const leaders: typeof symmetry = {
      ...symmetry,
      past: (past) => ({ ...past, leaders: past.leaders.map(({ term }) => ({ term, node: 0 })) }),
    };
    const votes: typeof symmetry = {
      ...symmetry,
      local: (local, by) => {
        const { state, ...rest } = symmetry.local(local, by);
        const { role } = state;
        const forgetful = role.name === 'candidate' ? { ...role, votes: role.votes.map(() => 'n1') } : role;
        return { ...rest, state: { ...state, role: forgetful } };
      },
    };
    expect(straysOf(busy, leaders)).not.toEqual([]);
    expect(straysOf(busy, votes)).not.toEqual([]);
  });

  it.each(scopes)('changes nothing about what can happen: %s', (_, scope) => {
    const model = raftModel(scope);
    const renamer = new Renamer(model, scope);
    const states = walked(model, 60, 25);
    const views = states.map((state) => model.view(state));
    const hasCrashedLeader = views.some(({ nodes, past }) =>
      past.leaders.some(({ node }) => nodes[node]?.up === false),
    );
    const hasVotes = views.some(({ nodes }) => nodes.some(({ local }) => local.state.role.name === 'candidate'));
    // Where no property asks for the past, it is not told who led.
    expect([hasCrashedLeader, hasVotes]).toEqual([scope.compat === null, true]);
    for (const state of states) {
      for (const order of orders.keys()) {
        const before = successors(model, state).map((next) => renamer.renamed(next, order).join());
        const after = successors(model, renamer.renamed(state, order)).map((next) => next.join());
        expect(after.sort()).toEqual(before.sort());
      }
    }
  });
});

/** The parts of states met on walks that a symmetry renames other than the test does, or not back again. */
function straysOf(scope: RaftScope, symmetry: ReturnType<typeof raftSymmetry>): unknown[] {
  const model = raftModel(scope);
  const renamer = new Renamer(model, scope);
  const parts = new Set(walked(model, 60, 25).flatMap((state) => renamer.partsOf(state)));
  return [...parts]
    .map((part) => renamer.value(part))
    .filter((value) =>
      orders.some((by) => {
        const there = renamedBy(symmetry, value, by);
        const back = renamedBy(symmetry, there, inverse(by));
        return !equalPlain(there, renamed(value, by, scope.compat === 'raft-lite')) || !equalPlain(back, value);
      }),
    );
}

describe('a reduced search says the same of the properties', () => {
  const quick = [
    'vote-not-kept',
    'two-votes',
    'vote-for-shorter-log',
    'vote-before-durable',
    'lost-ack',
    'forgotten-vote',
  ];
  it.each(quick)('%s', (name) => {
    const mutant = mutants.find((known) => known.name === name);
    if (mutant === undefined) throw new Error(`no mutant ${name}`);
    const outcomes = (symmetry: boolean) => {
      const result = searchBreadthFirst(raftModel({ ...mutant.scope, symmetry }, mutant.protocol));
      return result.findings.map((finding) => [outcomeOf(result, finding), finding.path?.steps.length]);
    };
    expect(outcomes(true)).toEqual(outcomes(false));
  });

  it('of the core, in a scope that is searched to its end', () => {
    const scope: RaftScope = { ...defaultScope, broadcasts: 0, crashes: 0, lostWrites: false, maxTerm: 1 };
    const outcomes = [true, false].map((symmetry) => {
      const result = searchBreadthFirst(raftModel({ ...scope, symmetry }));
      expect(result.cut).toBeNull();
      return result.findings.map((finding) => outcomeOf(result, finding));
    });
    expect(outcomes[0]).toEqual(outcomes[1]);
    expect(new Set(outcomes[0])).toEqual(new Set(['holds']));
  });
});
