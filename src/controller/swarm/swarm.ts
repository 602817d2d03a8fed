import { availableParallelism } from 'node:os';
import { Tinypool } from 'tinypool';
import type { Interrupt } from '../../base/interrupt.ts';
import type { GivenOptions } from '../options.ts';
import type { SwarmRun, SwarmTask } from './worker.ts';

export interface SwarmRequest {
  readonly given: GivenOptions;
  readonly firstSeed: number;
  readonly count: number;
  /** Whether it goes on after a run that is invalid or failed. */
  readonly keepGoing: boolean;
  readonly interrupt: Interrupt;
  /** Told of each run as it ends. */
  readonly ended: (run: SwarmRun) => void;
}

/** Simulated runs of as many seeds, on all cores. Resolves once the last of those begun has ended. */
export async function swarm({ given, firstSeed, count, keepGoing, interrupt, ended }: SwarmRequest): Promise<void> {
  const threads = Math.min(count, availableParallelism());
  const filename = new URL('./worker.js', import.meta.url).href;
  const pool = new Tinypool({
    filename,
    minThreads: threads,
    maxThreads: threads,
    isolateWorkers: false,
    // A run makes much that is soon forgotten: with more room for it, less is looked at again and again.
    resourceLimits: { maxYoungGenerationSizeMb: 64 },
  });
  let begun = 0;
  let stopped = false;
  const one = async (): Promise<void> => {
    while (begun < count && !stopped && !interrupt.requested) {
      const task: SwarmTask = { given, seed: (firstSeed + begun++) % 2 ** 32 };
      const run = (await pool.run(task)) as SwarmRun;
      if (isFailure(run) && !keepGoing) stopped = true;
      ended(run);
    }
  };
  const stopAtOnce = interrupt.onForce(() => void pool.destroy());
  try {
    await Promise.all(Array.from({ length: threads }, one));
  } catch (error) {
    // Threads that were stopped at once have nothing to say.
    if (!interrupt.forced) throw error;
  } finally {
    stopAtOnce();
    await pool.destroy();
  }
}

export function isFailure({ valid }: SwarmRun): boolean {
  return valid === false || valid === null;
}
