import { describe, expect, it } from 'vitest';
import { searchBreadthFirst } from '../../src/model/breadth-first.ts';
import { searchDepthFirst } from '../../src/model/depth-first.ts';
import { builtModule } from '../../src/model/parallel/load-model.ts';
import { type ParallelOptions, searchInParallel } from '../../src/model/parallel/search-in-parallel.ts';
import { fingerprintsOf } from '../../src/model/path.ts';
import { mutantNamed } from '../../src/model/raft/mutants.ts';
import { type RaftScope, raftLite } from '../../src/model/raft/scope.ts';
import { raftModule, raftOf } from '../../src/model/raft/source.ts';
import { twoPhaseCommit, twoPhaseModule } from '../../src/model/two-phase-commit.ts';

function raft(scope: RaftScope, mutant: string | null = null) {
  const parameters = { scope, mutant };
  return { model: raftOf(parameters), source: { module: builtModule(raftModule), factory: raftOf.name, parameters } };
}

const two: ParallelOptions = { strategy: 'bfs', workers: 2, seed: 1, walks: 1 };

describe('a search on several threads', () => {
  it('sees what a search on one sees', async () => {
    const scope = raftLite(3, 'unordered-nonduplicating', false);
    const { model, source } = raft(scope);
    // Deep enough for the threads to be started, and for the visited set to grow under them.
    const parallel = await searchInParallel(model, source, { ...two, depth: 11 });
    const { states, unique, depth, findings } = searchBreadthFirst(model, { depth: 11 });
    expect(unique).toBeGreaterThan(500_000);
    expect(parallel).toMatchObject({ states, unique, depth, cut: 'depth', completeDepth: 11 });
    expect(parallel.findings.map(({ path }) => path?.steps.length)).toEqual(
      findings.map(({ path }) => path?.steps.length),
    );
  });

  it('sees it depth-first too', async () => {
    const parameters = { managers: 6, symmetry: false };
    const model = { ...twoPhaseCommit(parameters), properties: [] };
    const source = { module: builtModule(twoPhaseModule), factory: twoPhaseCommit.name, parameters };
    const parallel = await searchInParallel(model, source, { ...two, strategy: 'dfs' });
    const { states, unique } = searchDepthFirst(model);
    expect(parallel).toMatchObject({ states, unique, cut: null });
  });

  it('finds a mutant by a path of the same length', async () => {
    const { scope } = mutantNamed('old-term-committed');
    const { model, source } = raft(scope, 'old-term-committed');
    const { findings, cut } = await searchInParallel(model, source, two);
    const path = findings.find(({ property }) => property.name === 'Leader Completeness')?.path;
    expect([cut, path?.steps.length]).toEqual(['found', 11]);
    if (path) expect(fingerprintsOf(model, path)).toHaveLength(12);
  });

  it('walks at random on all of them', async () => {
    const { scope } = mutantNamed('two-votes');
    const { model, source } = raft(scope, 'two-votes');
    const result = await searchInParallel(model, source, { ...two, strategy: 'simulation', walks: 5000, depth: 20 });
    expect(result.findings.find(({ property }) => property.name === 'Election Safety')?.path).not.toBeNull();
  });

  it('is stopped in the middle of walks, however long they are', async () => {
    // Its candidates stand again and again: a walk ends by its depth alone.
    const { model, source } = raft(raftLite(3, 'unordered-nonduplicating', false));
    const stop = () => 'time' as const;
    const options = { ...two, strategy: 'simulation', walks: 1_000_000, depth: 1_000_000, stop } as const;
    const result = await searchInParallel(model, source, options);
    expect(result.cut).toBe('time');
    expect(result.states).toBeLessThan(5000);
  });

  it('ends within its limits, and says which', async () => {
    const { model, source } = raft(raftLite(3, 'unordered-nonduplicating', false));
    const stop = ({ unique }: { unique: number }) => (unique > 300_000 ? ('memory' as const) : null);
    const result = await searchInParallel(model, source, { ...two, stop });
    expect(result.cut).toBe('memory');
    expect(result.completeDepth).toBe(10);
  });

  it('tells what went wrong in a thread', async () => {
    const { model, source } = raft(raftLite(3, 'unordered-nonduplicating', false));
    const search = searchInParallel(model, { ...source, factory: 'nothing' }, { ...two, strategy: 'simulation' });
    await expect(search).rejects.toThrow(/exports no function nothing/);
  });
});
