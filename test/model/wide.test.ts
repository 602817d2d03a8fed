import { describe, expect, it } from 'vitest';
import { searchBreadthFirst } from '../../src/model/breadth-first.ts';
import { searchDepthFirst } from '../../src/model/depth-first.ts';
import { loadModel } from '../../src/model/parallel/load-model.ts';
import { searchInParallel } from '../../src/model/parallel/search-in-parallel.ts';

interface Parameters {
  readonly initial: number;
  readonly parents: number;
  readonly width: number;
  readonly failsAt?: number;
}

const wide = async (parameters: Parameters) => {
  const source = { module: new URL('./wide-model.mjs', import.meta.url).href, factory: 'wideModel', parameters };
  const { initial, parents, width } = parameters;
  return { model: await loadModel(source), source, count: initial + parents * width };
};

/** A segment of the visited set has room for 65,536 states. */
describe.each([
  ['70,000 initial states', { initial: 70_000, parents: 0, width: 0 }],
  ['one state with 300,000 successors', { initial: 1, parents: 1, width: 300_000 }],
  // So many that several threads are at work.
  ['many states with 60,000 successors each', { initial: 110_000, parents: 8, width: 60_000 }],
])('a model with %s', (_, parameters) => {
  it('is searched on this thread', async () => {
    const { model, count } = await wide(parameters);
    const all = { states: count, unique: count, cut: null };
    expect(searchBreadthFirst(model)).toMatchObject(all);
    expect(searchDepthFirst(model)).toMatchObject(all);
  });

  it.each([
    ['bfs', 1],
    ['bfs', 2],
    ['bfs', 4],
    ['dfs', 2],
  ] as const)('is searched in parallel: %s, %d workers', async (strategy, workers) => {
    const { model, source, count } = await wide(parameters);
    const result = await searchInParallel(model, source, { strategy, workers, seed: 1, walks: 1 });
    expect(result).toMatchObject({ states: count, unique: count, cut: null });
  });
});

describe('a model that grows too large', () => {
  it.each([
    ['bfs', 1],
    ['bfs', 2],
    ['dfs', 2],
    ['simulation', 2],
  ] as const)('cuts the search, and what was found is told: %s, %d workers', async (strategy, workers) => {
    // Not the first state that is gone on from by any strategy is the one that fails.
    const { model, source } = await wide({ initial: 110_000, parents: 110_000, width: 2, failsAt: 250_001 });
    const seen = { name: 'seen', expectation: 'sometimes', holds: (state: unknown) => state === 7 } as const;
    const missing = { name: 'missing', expectation: 'sometimes', holds: () => false } as const;
    const searched = { ...model, properties: [seen, missing] };
    const result = await searchInParallel(searched, source, { strategy, workers, seed: 1, walks: 1000 });
    expect(result.cut).toBe('too-large');
    expect(result.findings[1]?.path).toBeNull();
    if (strategy === 'simulation') return;
    expect(result.unique).toBeGreaterThanOrEqual(110_000);
    expect(result.findings[0]?.path?.steps).toEqual([]);
  });
});
