import { availableParallelism } from 'node:os';
import { Tinypool } from 'tinypool';
import { asChaosError } from '../../base/errors.ts';
import type { Interrupt } from '../../base/interrupt.ts';
import type { GivenOptions, RunOptions } from '../options.ts';
import { drawOptions } from './draw.ts';
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
  /** Told of each run that was made twice and was the same. */
  readonly verified?: () => void;
  /** The module that makes a run in a thread; the one beside this unless given. */
  readonly worker?: URL;
}

/** One run in so many is made twice, to see that it is the same. */
const verifyOneIn = 50;

/**
 * Simulated runs of as many seeds, on all cores. Resolves once the last of those begun has ended. A thread that dies (of its
 * memory, say) or spins fails its run, and no other.
 */
export async function swarm(request: SwarmRequest): Promise<void> {
  const { given, firstSeed, count, keepGoing, interrupt } = request;
  const threads = Math.min(count, availableParallelism());
  const pool = new Tinypool({
    filename: (request.worker ?? new URL('./worker.js', import.meta.url)).href,
    minThreads: threads,
    maxThreads: threads,
    isolateWorkers: false,
    // A run makes much that is soon forgotten: with more room for it, less is looked at again and again.
    resourceLimits: { maxYoungGenerationSizeMb: 64 },
  });
  const make = async (seed: number): Promise<SwarmRun> => {
    const options = drawOptions(given, seed);
    try {
      const task: SwarmTask = { given, seed };
      return (await pool.run(task, { signal: AbortSignal.timeout(patienceMs(options)) })) as SwarmRun;
    } catch (thrown) {
      return failedRun(options, asChaosError(thrown, 'its thread').message);
    }
  };
  let begun = 0;
  let stopped = false;
  const one = async (): Promise<void> => {
    while (begun < count && !stopped && !interrupt.requested) {
      const place = begun++;
      const seed = (firstSeed + place) % 2 ** 32;
      const run = place % verifyOneIn === 0 ? await makeTwice(() => make(seed), request) : await make(seed);
      if (interrupt.forced) return;
      if (isFailure(run) && !keepGoing) stopped = true;
      request.ended(run);
    }
  };
  const forget = interrupt.onForce(() => void pool.destroy());
  try {
    await Promise.all(Array.from({ length: threads }, one));
  } finally {
    forget();
    await pool.destroy();
  }
}

export function isFailure({ valid }: SwarmRun): boolean {
  return valid === false || valid === null;
}

/** A simulation that makes two histories of one seed is not to be relied on, whatever it finds. */
async function makeTwice(make: () => Promise<SwarmRun>, { verified, interrupt }: SwarmRequest): Promise<SwarmRun> {
  const run = await make();
  if (run.valid === null || interrupt.requested) return run;
  const again = await make();
  if (interrupt.forced) return run;
  if (again.historySha256 !== run.historySha256)
    return failedRun(run.options, 'it made another history the second time');
  verified?.();
  return run;
}

/** Of real time: a run takes a fraction of what it simulates, however busy the machine. */
function patienceMs({ timeLimitMs }: RunOptions): number {
  return 120_000 + 10 * timeLimitMs;
}

function failedRun(options: RunOptions, summary: string): SwarmRun {
  const nothing = { anomalies: [], historySha256: '', virtualNs: 0, eventCount: 0, fairWindows: 0 };
  return { options, valid: null, summary, ...nothing };
}
