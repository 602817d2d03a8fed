import { describe, expect, it } from 'vitest';
import { completeOptions, type GivenOptions } from '../../src/controller/options.ts';
import { type SimulatedRun, simulateRun } from '../../src/controller/simulation.ts';
import { plantedBugs } from '../../src/node/bugs.ts';

/** Five nodes, the controller and the nemesis in one process, on virtual time. */
function runInMemory({ seed, ...given }: Partial<GivenOptions> & { seed: number }): Promise<SimulatedRun> {
  const nemeses = ['partition'];
  return simulateRun(completeOptions({ backend: 'sim', rate: 50, nemeses, ...given }, seed));
}

describe('a run in memory', () => {
  it('gives the same history twice with one seed, and another with another', async () => {
    const [first, second, other] = [
      await runInMemory({ seed: 11 }),
      await runInMemory({ seed: 11 }),
      await runInMemory({ seed: 12 }),
    ];
    expect(first.historySha256).toBe(second.historySha256);
    expect(first.operations).toEqual(second.operations);
    expect(first.historySha256).not.toBe(other.historySha256);
    expect(first.operations.length).toBeGreaterThan(2000);
  });

  it.each(['broadcast', 'register'])(
    'is valid under every mix of faults, each with evidence (%s)',
    async (workload) => {
      for (const nemeses of [['partition'], ['pause'], ['kill'], ['partition', 'pause', 'kill'], ['kill:target=all']]) {
        for (const seed of [1, 2, 3]) {
          const { results } = await runInMemory({ seed, workload, nemeses });
          const run = `seed ${seed}, ${nemeses}: ${results.summary}`;
          expect(results.anomalies, run).toEqual([]);
          expect(results.valid, run).toBe(true);
          expect(results.faults.length, run).toBeGreaterThanOrEqual(2);
          expect(
            results.faults.filter((fault) => !fault.effective),
            run,
          ).toEqual([]);
        }
      }
    },
  );

  it.each(plantedBugs)('finds the planted bug $name by its own workload and nemeses', async (bug) => {
    const { name, workload, nemeses } = bug;
    const { results } = await runInMemory({ seed: 1, bug: name, workload, nemeses, timeLimitMs: 60_000 });
    expect(results.valid, results.summary).toBe(false);
    // The sentence names two operations, or one and what stands in its place.
    expect(results.anomalies[0]?.operations.length).toBeGreaterThanOrEqual(2);
  });

  it('says which acknowledged message was lost, and where', async () => {
    const { results, operations } = await runInMemory({ seed: 1, bug: 'lost-ack' });
    const lost = results.anomalies.find((anomaly) => anomaly.kind === 'lost');
    expect(lost?.sentence).toMatch(/"n\d-\d+" was acknowledged by n\d at position \d+/);
    const acknowledged = operations[lost?.operations.find((index) => operations[index]?.type === 'ok') ?? -1];
    expect(acknowledged?.f).toBe('broadcast');
  });

  it('says unknown where it ended before the first fault', async () => {
    const { results } = await runInMemory({ seed: 1, timeLimitMs: 1000 });
    expect(results.valid).toBe('unknown');
    expect(results.summary).toContain('before the first fault');
  });

  it('serves one node alone', async () => {
    const { results } = await runInMemory({
      seed: 3,
      nodeCount: 1,
      nemeses: [],
      concurrency: { count: 3 },
      timeLimitMs: 5000,
    });
    expect(results.valid, results.summary).toBe(true);
  });
});
