import { asChaosError } from '../../base/errors.ts';
import type { Validity } from '../../checker/verdict.ts';
import type { GivenOptions, RunOptions } from '../options.ts';
import { simulateRun } from '../simulation.ts';
import { drawOptions } from './draw.ts';

export interface SwarmTask {
  readonly given: GivenOptions;
  readonly seed: number;
}

/** What is kept of one run of a swarm. */
export interface SwarmRun {
  readonly options: RunOptions;
  /** Null where the harness failed. */
  readonly valid: Validity | null;
  readonly summary: string;
  readonly anomalies: readonly { readonly kind: string; readonly sentence: string }[];
  /** Empty where the harness failed. */
  readonly historySha256: string;
  /** Faults during which progress was demanded. */
  readonly fairWindows: number;
  readonly virtualNs: number;
  readonly eventCount: number;
}

const mostAnomalies = 5;

/** Makes one run, in a thread of its own. */
export default async function runOfSwarm({ given, seed }: SwarmTask): Promise<SwarmRun> {
  const options = drawOptions(given, seed);
  try {
    const { results, historySha256, virtualNs, eventCount } = await simulateRun(options);
    const { valid, summary } = results;
    const anomalies = results.anomalies.slice(0, mostAnomalies).map(({ kind, sentence }) => ({ kind, sentence }));
    const fairWindows = Number(results.checkers['guards']?.stats?.['fairWindows'] ?? 0);
    return { options, valid, summary, anomalies, historySha256, fairWindows, virtualNs, eventCount };
  } catch (thrown) {
    const { code, message } = asChaosError(thrown, 'the simulation failed');
    const nothing = { anomalies: [], historySha256: '', fairWindows: 0, virtualNs: 0, eventCount: 0 };
    return { options, valid: null, summary: `${code}: ${message}`, ...nothing };
  }
}
