import { describe, expect, it } from 'vitest';
import { searchBreadthFirst } from '../../src/model/breadth-first.ts';
import { newFingerprint } from '../../src/model/fingerprint.ts';
import type { Model } from '../../src/model/model.ts';
import { mutants } from '../../src/model/raft/mutants.ts';
import { raftModel } from '../../src/model/raft/raft-model.ts';
import { defaultScope, type RaftScope, raftLite } from '../../src/model/raft/scope.ts';
import { outcomeOf } from '../../src/model/search.ts';
import { twoPhaseCommit } from '../../src/model/two-phase-commit.ts';
import { recover, step } from '../../src/raft/protocol/step.ts';
import { withProperties } from './with-properties.ts';

/** All states up to a depth, and of how many kinds they are to a model with symmetry: without its search. */
function kinds<State>(plain: Model<State, unknown>, symmetric: Model<State, unknown>, depth: number) {
  const text = (model: Model<State, unknown>, state: State): string => {
    const fingerprint = newFingerprint();
    model.fingerprint(state, fingerprint);
    return fingerprint.join();
  };
  const seen = new Set<string>();
  const found = new Set<string>();
  let level: State[] = [];
  const reach = (state: State): void => {
    const key = text(plain, state);
    if (seen.has(key)) return;
    seen.add(key);
    found.add(text(symmetric, state));
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

describe('a reduced search visits one state of each kind', () => {
  const busy: RaftScope = { ...defaultScope, reads: 1, crashes: 2, heartbeats: 1 };
  it.each<[string, RaftScope, number]>([
    ['the default scope', defaultScope, 9],
    ['reads, crashes and heartbeats', busy, 8],
    ['disks that take no time', { ...busy, lostWrites: false }, 7],
    ['an ordered, lossy network', { ...busy, network: 'ordered', lossy: true }, 7],
    ['messages that come again', { ...busy, network: 'unordered-duplicating' }, 7],
    ["raft-lite's nondeterminism", raftLite(3, 'unordered-nonduplicating', false), 8],
  ])('%s', (_, scope, depth) => {
    const plain = raftModel({ ...scope, symmetry: false });
    const symmetric = raftModel({ ...scope, symmetry: true }, { step, recover }, plain.memory);
    const counted = kinds(plain, symmetric, depth);
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
    expect(searchBreadthFirst({ ...symmetric, properties: [] }).unique).toBe(kinds(plain, symmetric, 99).kinds);
  });
});

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
