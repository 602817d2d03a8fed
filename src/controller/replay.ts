import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { UsageError } from '../base/errors.ts';
import type { Results } from '../checker/verdict.ts';
import { type PlannedFault, planOf } from '../nemesis/plan.ts';
import { judgeRun } from './judge-run.ts';
import { requireRunOptions } from './options.ts';
import { readResults, readTestRecord, runFiles, type TestRecord } from './run-folder.ts';
import { readRunHistory } from './stored-history.ts';
import type { StoredRun } from './stored-run.ts';

/** A stored run that is to be made again. */
export interface Original {
  readonly test: TestRecord;
  readonly results: Results;
  readonly historySha256: string;
  /** Its faults as they were: who, what and when. */
  readonly plan: readonly PlannedFault[];
}

/** Throws a UsageError where the folder is not one of a run that had begun, or is not as the run left it. */
export function readOriginal(folder: string): Original {
  const stored = readTestRecord(folder);
  const path = join(folder, runFiles.history);
  const test = { ...stored, options: requireRunOptions(stored.options, join(folder, runFiles.test)) };
  if (!existsSync(path)) {
    throw new UsageError('no-replay', `there is no ${path}: the run ended before anything was done`, {
      remedy: `Make it anew by its command: ${test.command}`,
    });
  }
  const { operations } = readRunHistory(folder);
  const historySha256 = sha256Of(path);
  if (test.ending !== undefined && test.ending.historySha256 !== historySha256) {
    throw new UsageError('history-changed', `${path} is not the history that the run wrote`, {
      remedy: `The file was changed or damaged since. Make the run anew by its command: ${test.command}`,
    });
  }
  const results = readResults(folder) ?? judgeRun(test.options, operations);
  return { test, results, historySha256, plan: planOf(operations) };
}

/**
 * Whether a run came out as the original: by an anomaly of one of its kinds where that was invalid, else by the same verdict.
 */
export function isReproduced(original: Results, replayed: Results): boolean {
  if (original.valid !== false) return replayed.valid === original.valid;
  const kinds = new Set(original.anomalies.map(({ kind }) => kind));
  return replayed.anomalies.some(({ kind }) => kinds.has(kind));
}

export interface Reproduction {
  readonly times: number;
  readonly reproduced: number;
  /** Null where nothing could be judged. */
  readonly rate: number | null;
  readonly interval: readonly [low: number, high: number] | null;
}

/** How often a run came out as the original. */
export function reproductionOf(original: Results, replayed: readonly Results[]): Reproduction {
  const times = replayed.length;
  const reproduced = replayed.filter((results) => isReproduced(original, results)).length;
  if (times === 0) return { times, reproduced, rate: null, interval: null };
  return { times, reproduced, rate: reproduced / times, interval: rateInterval(reproduced, times) };
}

/** The first line, from 1, in which the histories of two runs differ. */
export function firstDifference(originalFolder: string, { folder }: StoredRun): number {
  const [original, replayed] = [originalFolder, folder].map((each) =>
    readFileSync(join(each, runFiles.history), 'utf8').split('\n'),
  );
  const at = (original ?? []).findIndex((line, place) => line !== replayed?.[place]);
  return at < 0 ? (original?.length ?? 0) : at + 1;
}

/** Wilson's 95 % interval for the rate of `successes` among `trials`: fair also for few trials, and at 0 and 1. */
export function rateInterval(successes: number, trials: number): readonly [low: number, high: number] {
  const z = 1.96;
  const rate = successes / trials;
  const centre = rate + (z * z) / (2 * trials);
  const spread = z * Math.sqrt((rate * (1 - rate)) / trials + (z * z) / (4 * trials * trials));
  const scale = 1 + (z * z) / trials;
  return [Math.max(0, (centre - spread) / scale), Math.min(1, (centre + spread) / scale)];
}

function sha256Of(path: string): string {
  return createHash('sha256').update(readFileSync(path)).digest('hex');
}
