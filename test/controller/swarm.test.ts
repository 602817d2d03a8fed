import { describe, expect, it } from 'vitest';
import { Interrupt } from '../../src/base/interrupt.ts';
import { swarm } from '../../src/controller/swarm/swarm.ts';
import type { SwarmRun } from '../../src/controller/swarm/worker.ts';

/** Seeds from 1, each with a fate that the worker beside this gives it: see there. */
async function runsOf(count: number, keepGoing: boolean): Promise<{ runs: readonly SwarmRun[]; verified: number }> {
  const runs: SwarmRun[] = [];
  let verified = 0;
  await swarm({
    given: { backend: 'sim' },
    firstSeed: 1,
    count,
    keepGoing,
    interrupt: new Interrupt(),
    ended: (run) => void runs.push(run),
    verified: () => {
      verified++;
    },
    worker: new URL('./swarm-worker.mjs', import.meta.url),
  });
  return { runs: runs.sort((a, b) => a.options.seed - b.options.seed), verified };
}

describe('a swarm', () => {
  it('fails the run whose thread dies, and no other', async () => {
    const { runs, verified } = await runsOf(12, true);
    expect(runs.map(({ options }) => options.seed)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12]);
    expect(runs.filter(({ valid }) => valid === null).map(({ options }) => options.seed)).toEqual([5]);
    expect(runs.filter(({ valid }) => valid === false).map(({ options }) => options.seed)).toEqual([9]);
    expect(verified).toBe(1);
  });

  it('stops at the first failure unless told otherwise', async () => {
    const { runs } = await runsOf(1000, false);
    expect(runs.some(({ valid }) => valid === null)).toBe(true);
    expect(runs.length).toBeLessThan(20);
  });

  it('fails a run that is made twice and is not the same', async () => {
    const { runs } = await runsOf(51, true);
    expect(runs[50]).toMatchObject({ valid: null, summary: 'it made another history the second time' });
  });
});
