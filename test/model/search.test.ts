import { describe, expect, it } from 'vitest';
import { searchBreadthFirst } from '../../src/model/breadth-first.ts';
import { searchDepthFirst } from '../../src/model/depth-first.ts';
import type { Property } from '../../src/model/model.ts';
import { fingerprintsOf, pathOfFingerprints, textOf } from '../../src/model/path.ts';
import { outcomeOf } from '../../src/model/search.ts';
import { simulate } from '../../src/model/simulation.ts';
import { graph, hanoi, lamps, slidingPuzzle } from './small-models.ts';

const reaches = (target: number): Property<number> => ({
  name: `reaches ${target}`,
  expectation: 'eventually',
  holds: (node) => node === target,
});

describe('eventually', () => {
  const outcome = (edges: Record<number, number[]>, target: number) => {
    const result = searchBreadthFirst(graph(edges, [reaches(target)]));
    const [finding] = result.findings;
    if (finding === undefined) throw new Error('there is a property');
    return { outcome: outcomeOf(result, finding), path: finding.path?.steps.map(({ state }) => state) };
  };

  it('holds where every path meets it', () => {
    expect(outcome({ 0: [1, 2], 1: [3], 2: [3] }, 3).outcome).toBe('holds');
  });

  it('is violated by a path that ends without it', () => {
    expect(outcome({ 0: [1, 2], 1: [3] }, 3)).toEqual({ outcome: 'violated', path: [2] });
  });

  it('is not taken to hold because another path to the same state met it', () => {
    expect(outcome({ 0: [1, 2], 1: [3], 2: [3], 3: [] }, 1)).toEqual({ outcome: 'violated', path: [2, 3] });
  });

  it('is not violated by going round for ever: that is its limit', () => {
    expect(outcome({ 0: [1], 1: [0] }, 2).outcome).toBe('holds');
  });

  it('is violated by the depth-first search and by walks likewise', () => {
    const model = graph({ 0: [1, 2], 1: [3] }, [reaches(3)]);
    expect(searchDepthFirst(model).findings[0]?.path?.steps).toHaveLength(1);
    expect(simulate(model, 1, 100).findings[0]?.path?.steps).toHaveLength(1);
  });
});

describe('limits', () => {
  it('a limit of depth is told, with the depth that has been seen', () => {
    const result = searchBreadthFirst(lamps(10), { depth: 4 });
    // The states with at most three lamps on: 1 + 10 + 45 + 120.
    expect(result).toMatchObject({ unique: 176, depth: 4, cut: 'depth', completeDepth: 4 });
  });

  it('a limit at the end of everything cuts nothing', () => {
    expect(searchBreadthFirst(lamps(3), { depth: 5 })).toMatchObject({ unique: 8, cut: null });
  });

  it('a search that is stopped says why, and what it has seen', () => {
    const result = searchBreadthFirst(slidingPuzzle(3, 3), { stop: ({ unique }) => (unique > 5000 ? 'time' : null) });
    expect(result.cut).toBe('time');
    expect(result.completeDepth).toBeLessThan(32);
    const again = searchBreadthFirst(slidingPuzzle(3, 3), { depth: result.completeDepth });
    expect(again.unique).toBeLessThanOrEqual(result.unique);
  });

  it('what was not seen is open: neither held nor never', () => {
    const result = searchBreadthFirst(hanoi(5), { depth: 10 });
    expect(result.findings.map((finding) => outcomeOf(result, finding))).toEqual(['open']);
  });

  it('a depth-first search that was cut claims no depth', () => {
    expect(searchDepthFirst(lamps(10), { depth: 4 })).toMatchObject({ cut: 'depth', completeDepth: 0 });
  });
});

describe('paths', () => {
  it('are found again by their fingerprints', () => {
    const model = hanoi(4);
    const path = searchBreadthFirst(model).findings[0]?.path;
    if (!path) throw new Error('there is a path');
    const fingerprints = fingerprintsOf(model, path);
    expect(fingerprints).toHaveLength(16);
    expect(textOf(model, path.initial)).toBe(fingerprints[0]);
    expect(pathOfFingerprints(hanoi(4), fingerprints)).toEqual(path);
    expect(pathOfFingerprints(model, [...fingerprints.slice(0, 3), '0123456789abcdef'])).toBeNull();
  });

  it('have the same fingerprints in every version, on every machine', () => {
    const path = { initial: [0, 0], steps: [] };
    expect(fingerprintsOf(hanoi(2), path)).toMatchInlineSnapshot(`
      [
        "745a91a6702883fa",
      ]
    `);
  });
});

describe('walks', () => {
  it('are stopped in the middle, however long they are', () => {
    const result = simulate(lamps(12), 1, 1000, { depth: 1_000_000, stop: () => 'time' });
    expect(result.cut).toBe('time');
    expect(result.states).toBeGreaterThan(0);
    expect(result.states).toBeLessThan(5000);
  });

  it('that are longer than what is done between two looks are gone to their end', () => {
    const result = simulate(lamps(12), 1, 5, { depth: 3000 });
    expect(result).toMatchObject({ states: 5 * 3000, depth: 3000, cut: 'walks' });
  });

  it('are the same for the same seed, and differ for another', () => {
    const depths = (seed: number) => simulate(hanoi(3), seed, 50, { depth: 30 }).findings[0]?.path?.steps;
    expect(depths(7)).toEqual(depths(7));
    expect(simulate(hanoi(3), 1, 3).states).not.toBe(0);
  });

  it('never say that everything has been seen', () => {
    expect(simulate(lamps(2), 1, 1000, { depth: 5 })).toMatchObject({ cut: 'walks', completeDepth: 0 });
  });
});
