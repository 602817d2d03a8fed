import { describe, expect, it } from 'vitest';
import { searchBreadthFirst } from '../../src/model/breadth-first.ts';
import { searchDepthFirst } from '../../src/model/depth-first.ts';
import type { Model } from '../../src/model/model.ts';
import { twoPhaseCommit } from '../../src/model/two-phase-commit.ts';
import { dieHard, hanoi, increment, lamps, orders, slidingPuzzle } from './small-models.ts';
import { withProperties } from './with-properties.ts';

function bare<State, Action>(model: Model<State, Action>): Model<unknown, unknown> {
  return withProperties(model, []) as Model<unknown, unknown>;
}

describe('the number of reachable states is the known one', () => {
  it.each<[string, Model<unknown, unknown>, number]>([
    ['lamps, 2^12', bare(lamps(12)), 4096],
    ['orders, 7!', bare(orders(7)), 5040],
    ['sliding puzzle, 2 by 2', bare(slidingPuzzle(2, 2)), 12],
    ['sliding puzzle, 3 by 2', bare(slidingPuzzle(3, 2)), 360],
    ['sliding puzzle, 3 by 3', bare(slidingPuzzle(3, 3)), 181_440],
    ['towers of Hanoi, 3^7', bare(hanoi(7)), 2187],
    ['Die Hard', bare(dieHard()), 16],
    ['increment, two threads', bare(increment(2, false)), 13],
    ['increment, two threads, symmetry', bare(increment(2, true)), 8],
    ['two-phase commit of 3', bare(twoPhaseCommit({ managers: 3, symmetry: false })), 288],
    ['two-phase commit of 5', bare(twoPhaseCommit({ managers: 5, symmetry: false })), 8832],
  ])('%s', (_, model, unique) => {
    const breadth = searchBreadthFirst(model);
    expect(breadth).toMatchObject({ unique, cut: null });
    expect(searchDepthFirst(model)).toMatchObject({ unique, states: breadth.states, cut: null });
  });
});

describe('depths and paths are the known ones', () => {
  it('the farthest arrangement of the 3 by 3 puzzle is 31 moves away', () => {
    expect(searchBreadthFirst(bare(slidingPuzzle(3, 3))).depth).toBe(32);
  });

  it('the towers of Hanoi are moved in 2^n - 1 moves', () => {
    expect(searchBreadthFirst(hanoi(5)).findings[0]?.path?.steps).toHaveLength(31);
  });

  it('four gallons take six steps', () => {
    expect(searchBreadthFirst(dieHard()).findings[0]?.path?.steps).toHaveLength(6);
  });

  it('a lost update takes four steps', () => {
    const found = searchBreadthFirst(increment(2, false)).findings[0]?.path?.steps.map(({ action }) => action);
    expect(found).toHaveLength(4);
  });
});
