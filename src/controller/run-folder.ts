import {
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { asChaosError, ChaosError, UsageError } from '../base/errors.ts';
import type { Results } from '../checker/verdict.ts';
import type { RunOptions } from './options.ts';

/**
 * A run's folder, `runs/<test>/<time>/`: what stands where, and the shape of `test.json`. Written as the run goes, so that
 * what is there can be judged after a crash of the controller.
 */
export const runFiles = {
  test: 'test.json',
  history: 'history.jsonl',
  results: 'results.json',
  report: 'report.html',
  junit: 'junit.xml',
  summary: 'summary.md',
  nodes: 'nodes',
} as const;

/** `test.json`: what was asked, resolved, and on what it ran. */
export interface TestRecord {
  readonly name: string;
  readonly runId: string;
  /** When the run began, ISO 8601. */
  readonly startedAt: string;
  /** The command that runs it again, seed included. */
  readonly command: string;
  readonly options: RunOptions;
  readonly versions: Readonly<Record<string, string>>;
  /** Facts of the backend: capabilities, image digests, addresses. */
  readonly cluster: Readonly<Record<string, unknown>>;
  /**
   * For each node, what to add to a trace's `time` to get nanoseconds since the run began; measured by a status call.
   */
  readonly traceOffsetsNs: Readonly<Record<string, number>>;
  /** How it ended; absent where the controller died before. */
  readonly ending?: RunEnding;
}

export interface RunEnding {
  /** Of `history.jsonl`: two simulated runs with the same are the same run. */
  readonly historySha256: string;
  /** Whether it was asked to end early, which no replay does. */
  readonly interrupted: boolean;
}

/** Makes the folder of a new run. Throws a ChaosError where the disk refuses. */
export function createRunFolder(runsDirectory: string, testName: string, startedAt: Date): string {
  const time = startedAt.toISOString().replaceAll(/[-:]/g, '');
  for (let attempt = 1; ; attempt++) {
    const folder = resolve(runsDirectory, testName, attempt === 1 ? time : `${time}-${attempt}`);
    makeDirectories(dirname(folder));
    try {
      mkdirSync(folder);
    } catch (error) {
      // Two runs may begin in the same millisecond.
      if ((error as NodeJS.ErrnoException).code === 'EEXIST' && attempt < 100) continue;
      throw writeError(error, folder);
    }
    return folder;
  }
}

/** One level at a time: Node's recursive mkdir never returns where the system refuses as below /proc, with ENOENT. */
function makeDirectories(path: string): void {
  const missing: string[] = [];
  for (let at = path; !existsSync(at) && dirname(at) !== at; at = dirname(at)) missing.unshift(at);
  for (const directory of missing) {
    try {
      mkdirSync(directory);
    } catch (error) {
      // Another run may have made it meanwhile.
      const isThere = (error as NodeJS.ErrnoException).code === 'EEXIST';
      if (isThere && statSync(directory, { throwIfNoEntry: false })?.isDirectory()) continue;
      throw writeError(error, directory);
    }
  }
}

/** Points `latest` of the runs directory at this run. Throws `latest-taken` rather than replace what is no link. */
export function pointLatest(runsDirectory: string, folder: string): void {
  const latest = join(runsDirectory, 'latest');
  const fresh = `${latest}.${process.pid}`;
  try {
    if (lstatSync(latest, { throwIfNoEntry: false })?.isSymbolicLink() === false) throw latestTaken(latest);
    rmSync(fresh, { force: true });
    symlinkSync(relative(runsDirectory, folder), fresh);
    try {
      renameSync(fresh, latest);
    } catch (error) {
      rmSync(fresh, { force: true });
      throw error;
    }
  } catch (error) {
    throw error instanceof ChaosError ? error : writeError(error, latest);
  }
}

function latestTaken(latest: string): ChaosError {
  return new ChaosError(
    'latest-taken',
    `${latest} is to be a symbolic link to the newest run, but something else is there`,
    {
      remedy: `Move ${latest} away, or give another folder with --runs-dir.`,
    },
  );
}

/** Removes the folder of a run that ended before its nodes were there: it has nothing but what was asked for. */
export function discardIfEmpty(folder: string): boolean {
  if (readdirSync(folder).some((name) => name !== runFiles.test)) return false;
  rmSync(folder, { recursive: true });
  return true;
}

/** Replaces a file of the folder whole, so that no reader meets half of it. */
export function writeRunFile(folder: string, name: string, content: string): void {
  const path = join(folder, name);
  try {
    writeFileSync(`${path}.part`, content);
    renameSync(`${path}.part`, path);
  } catch (error) {
    rmSync(`${path}.part`, { force: true });
    throw writeError(error, path);
  }
}

export function writeRunJson(folder: string, name: string, document: TestRecord | Results): void {
  writeRunFile(folder, name, `${JSON.stringify(document, null, 2)}\n`);
}

/** Throws a UsageError where the folder is not one of a run. */
export function readTestRecord(folder: string): TestRecord {
  const record = readRunJson<Partial<TestRecord>>(folder, runFiles.test);
  const missing = missingFields(record);
  if (missing.length === 0) return record as TestRecord;
  throw new UsageError('bad-run', `${join(folder, runFiles.test)} lacks ${missing.join(', ')}`, {
    remedy:
      'The file was damaged or is of another version; restore it, or judge the history alone: `raft-chaos check`.',
  });
}

/** What the rest of the program relies on, so that a damaged record is told from a bug. */
function missingFields(record: Partial<TestRecord> | null): string[] {
  const options = (record?.options ?? {}) as Partial<RunOptions>;
  const found: Readonly<Record<string, boolean>> = {
    name: typeof record?.name === 'string',
    command: typeof record?.command === 'string',
    versions: typeof record?.versions === 'object',
    cluster: typeof record?.cluster === 'object',
    traceOffsetsNs: typeof record?.traceOffsetsNs === 'object',
    'options.nodes': Array.isArray(options.nodes),
    'options.workload': typeof options.workload === 'string',
    'options.nemeses': Array.isArray(options.nemeses),
    'options.timeLimitMs': typeof options.timeLimitMs === 'number',
    'options.rate': typeof options.rate === 'number',
    'options.seed': typeof options.seed === 'number',
  };
  return Object.keys(found).filter((field) => !found[field]);
}

/** Null where the run ended before it was judged. Throws a UsageError where the file is damaged. */
export function readResults(folder: string): Results | null {
  let results: Partial<Results> | null;
  try {
    results = readRunJson<Partial<Results> | null>(folder, runFiles.results);
  } catch (error) {
    if (error instanceof UsageError && error.code === 'no-run') return null;
    throw error;
  }
  const missing = missingResults(results);
  if (missing.length === 0) return results as Results;
  const path = join(folder, runFiles.results);
  throw new UsageError('bad-run', `${path} lacks ${missing.join(', ')}`, {
    remedy: `The file was damaged or is of another version: remove it, then judge anew: \`raft-chaos check ${folder}\`.`,
  });
}

function missingResults(results: Partial<Results> | null): string[] {
  const { valid, summary, checkers, anomalies, faults } = results ?? {};
  const found: Readonly<Record<string, boolean>> = {
    valid: valid === true || valid === false || valid === 'unknown',
    summary: typeof summary === 'string',
    checkers: typeof checkers === 'object' && checkers !== null && !Array.isArray(checkers),
    anomalies: Array.isArray(anomalies),
    faults: Array.isArray(faults),
  };
  return Object.keys(found).filter((field) => !found[field]);
}

function readRunJson<T>(folder: string, name: string): T {
  const path = join(folder, name);
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    throw new UsageError('no-run', `${path} cannot be read: ${(error as Error).message}`, {
      remedy: 'Name the folder of a run, such as runs/latest; `raft-chaos list runs` shows what there is.',
    });
  }
  try {
    return JSON.parse(text) as T;
  } catch (error) {
    throw new UsageError('bad-run', `${path} is not JSON: ${(error as Error).message}`, {
      remedy: 'The file was damaged; restore it, or run the test again.',
    });
  }
}

function writeError(error: unknown, path: string): ChaosError {
  const cause = asChaosError(error, `cannot write ${path}`);
  return new ChaosError(cause.code, cause.message, {
    cause: error,
    remedy: 'Make room or give another folder with --runs-dir.',
  });
}
