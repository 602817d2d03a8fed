import { describe, expect, it } from 'vitest';
import { Interrupt } from '../../src/base/interrupt.ts';
import { memoryWorld } from '../../src/base/memory/world.ts';
import type { Results } from '../../src/checker/verdict.ts';
import { SimCluster } from '../../src/cluster/sim.ts';
import { judgeRun } from '../../src/controller/judge-run.ts';
import { executeRun } from '../../src/controller/run.ts';
import type { RunOptions } from '../../src/controller/run-folder.ts';
import type { Operation } from '../../src/history/operation.ts';
import { HistoryWriter } from '../../src/history/writer.ts';
import { plantedBugs } from '../../src/node/bugs.ts';

const base: Omit<RunOptions, 'seed'> = {
  backend: 'docker',
  system: 'raft',
  nodes: ['n1', 'n2', 'n3', 'n4', 'n5'],
  workload: 'broadcast',
  nemeses: ['partition'],
  timeLimitMs: 30_000,
  rate: 50,
  concurrency: 10,
  opTimeoutMs: 5000,
  recoveryTimeoutMs: 30_000,
  bug: null,
};

interface MemoryRun {
  readonly text: string;
  readonly operations: readonly Operation[];
  readonly results: Results;
}

/** Five nodes, the controller and the nemesis in one process, on memory ports and virtual time. */
async function runInMemory(change: Partial<RunOptions> & { seed: number }): Promise<MemoryRun> {
  const options = { ...base, ...change };
  const world = memoryWorld(options.seed);
  const cluster = new SimCluster(
    { runId: 'memory', nodes: options.nodes, bug: options.bug, seed: options.seed },
    world,
  );
  let text = '';
  const sink = {
    append: (line: string) => {
      text += line;
    },
    close: () => {},
  };
  let writer: HistoryWriter | null = null;
  const run = executeRun({
    options,
    cluster,
    interrupt: new Interrupt(),
    record: (operation) => writer?.append(operation),
    enter: () => {},
    begun: ({ originNs }) => {
      writer = new HistoryWriter(sink, cluster.clock, originNs);
    },
  });
  await world.clock.drive(run);
  const operations = (writer as HistoryWriter | null)?.operations ?? [];
  return { text, operations, results: judgeRun(options, operations) };
}

describe('a run in memory', () => {
  it('gives the same history twice with one seed, and another with another', async () => {
    const [first, second, other] = [
      await runInMemory({ seed: 11 }),
      await runInMemory({ seed: 11 }),
      await runInMemory({ seed: 12 }),
    ];
    expect(first.text).toBe(second.text);
    expect(first.text).not.toBe(other.text);
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
    const { results } = await runInMemory({ seed: 3, nodes: ['n1'], nemeses: [], concurrency: 3, timeLimitMs: 5000 });
    expect(results.valid, results.summary).toBe(true);
  });
});
