import { describe, expect, it } from 'vitest';
import type { Clock } from '../../src/base/clock.ts';
import { ChaosError } from '../../src/base/errors.ts';
import { searchBreadthFirst } from '../../src/model/breadth-first.ts';
import {
  BackgroundSearch,
  type SearchBounds,
  type SearchLook,
  statusWords,
  wordsFor,
} from '../../src/model/explorer/background-search.ts';
import type { Model } from '../../src/model/model.ts';
import { pathOfFingerprints } from '../../src/model/path.ts';
import { raftModel } from '../../src/model/raft/raft-model.ts';
import { defaultScope } from '../../src/model/raft/scope.ts';
import { twoPhaseCommit } from '../../src/model/two-phase-commit.ts';
import { ballGame } from './ball-game.ts';

const wide: SearchBounds = { depth: 1000, timeMs: 1e9, memoryBytes: 1e12 };

/** A clock on which each look takes a millisecond, so that slices end; its timers are run one after another. */
function steppedClock(): { clock: Clock; run(): number } {
  let nowMs = 0;
  const due: (() => void)[] = [];
  const clock: Clock = {
    nowNs: () => ++nowMs * 1e6,
    wallMs: () => 0,
    setTimer: (_delayMs, fire) => {
      due.push(fire);
      return { cancel: () => due.splice(due.indexOf(fire), 1) };
    },
    soon: (callback) => void due.push(callback),
    promise: (executor) => new Promise(executor),
  };
  const run = (): number => {
    let slices = 0;
    for (let fire = due.shift(); fire !== undefined; fire = due.shift(), slices++) fire();
    return slices;
  };
  return { clock, run };
}

function search<State, Action>(model: Model<State, Action>, bounds: Partial<SearchBounds> = {}): SearchLook {
  const { clock, run } = steppedClock();
  const background = new BackgroundSearch(model, { ...wide, ...bounds }, clock);
  background.start();
  run();
  return background.look();
}

const sayings = <State, Action>(model: Model<State, Action>, look: SearchLook): string[] =>
  model.properties.map((property, at) => wordsFor(property, look, look.paths[at] ?? null));

describe('the search in the background', () => {
  it.each([3, 4])('counts what the engine counts, in many slices (%d managers)', (managers) => {
    const model = twoPhaseCommit({ managers, symmetry: false });
    const { clock, run } = steppedClock();
    const background = new BackgroundSearch(model, wide, clock);
    background.start();
    expect(background.look()).toMatchObject({ status: 'searching', unique: 1 });
    expect(run()).toBeGreaterThan(1);
    // The engine's ends once it has an example for each; without properties it sees everything.
    const { states, unique, depth } = searchBreadthFirst({ ...model, properties: [] });
    expect(background.look()).toMatchObject({ status: 'done', states, unique, depth });
  });

  it('finds the shortest paths, which the model has', () => {
    const model = raftModel({ ...defaultScope, symmetry: false, crashes: 0 });
    const look = search(model, { depth: 7 });
    const path = pathOfFingerprints(model, look.paths[0] ?? []);
    expect(model.properties[0]?.name).toBe('Election Liveness');
    expect(model.properties[0]?.holds(path?.steps.at(-1)?.state ?? [])).toBe(true);
    const shortest = searchBreadthFirst(model, { depth: 7 }).findings[0]?.path?.steps.length;
    expect(path?.steps).toHaveLength(shortest ?? 0);
  });

  it('goes on behind a counterexample, and says of each property what it knows', () => {
    const model = ballGame({ mostPasses: 20 });
    const look = search(model);
    expect(look.status).toBe('done');
    expect(look.paths.map((path) => path?.length ?? null)).toEqual([5, 3, 21, null]);
    expect(sayings(model, look)).toEqual([
      'broken after 4 steps',
      'holds after 2 steps',
      'holds after 20 steps',
      'holds on every path that ends',
    ]);
  });

  it('is cut by depth, and does not call what it has not seen absent', () => {
    const model = ballGame();
    const look = search(model, { depth: 2 });
    expect(look).toMatchObject({ status: 'depth', depth: 2, completeDepth: 2 });
    expect(sayings(model, look)).toEqual([
      'not broken up to the cut',
      'not seen up to the cut',
      'not seen up to the cut',
      'not broken up to the cut',
    ]);
    expect(statusWords(look, { ...wide, depth: 2 })).toContain('Cut at depth 2');
  });

  it.each([
    ['time', { timeMs: 40 }, 'Cut after 0.04 s: every path of up to'],
    ['memory', { memoryBytes: 1 }, 'Cut at 0 MiB: every path of up to'],
  ])('is cut by %s, and says how far it came', (status, bounds, words) => {
    const model = twoPhaseCommit({ managers: 5, symmetry: false });
    const look = search(model, bounds);
    expect(look.status).toBe(status);
    expect(look.unique).toBeLessThan(8832);
    expect(statusWords(look, { ...wide, ...bounds })).toContain(words);
  });

  it('ends where the model cannot go on, and says why', () => {
    const model = ballGame({ mostPasses: 20 });
    const small: typeof model = {
      ...model,
      next: (state, action) => {
        if (state.passes === 3) throw new ChaosError('model-too-large', 'the model is too large');
        return model.next(state, action);
      },
    };
    const look = search(small);
    expect(look.status).toBe('failed');
    expect(statusWords(look, wide)).toMatch(/^Ended: the model is too large; every path of up to \d states/);
    expect(sayings(small, look)[0]).toBe('broken after 4 steps');
    expect(sayings(small, look)[2]).toBe('not seen up to the cut');
  });

  it('stops when it is told to', () => {
    const { clock, run } = steppedClock();
    const background = new BackgroundSearch(twoPhaseCommit({ managers: 3, symmetry: false }), wide, clock);
    background.start();
    background.stop();
    expect(run()).toBe(0);
    expect(background.look().status).toBe('searching');
  });
});
