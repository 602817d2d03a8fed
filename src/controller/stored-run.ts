import { createHash, randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { asChaosError, ChaosError } from '../base/errors.ts';
import type { Interrupt } from '../base/interrupt.ts';
import type { Results } from '../checker/verdict.ts';
import type { Cluster } from '../cluster/cluster.ts';
import { FileSink } from '../history/file-sink.ts';
import type { NewOperation, Operation } from '../history/operation.ts';
import { HistoryWriter } from '../history/writer.ts';
import type { PlannedFault } from '../nemesis/plan.ts';
import { createCluster } from './backend.ts';
import { judgeRun } from './judge-run.ts';
import type { RunOptions } from './options.ts';
import { executeRun, type Phase, type RunStart } from './run.ts';
import { createRunFolder, discardIfEmpty, pointLatest, runFiles, type TestRecord, writeRunJson } from './run-folder.ts';
import { versions } from './versions.ts';

export interface StoredRunRequest {
  readonly options: RunOptions;
  /** The faults to inflict, instead of what the nemeses of the options would choose. */
  readonly plan?: readonly PlannedFault[];
  /** The command line that runs the same again. */
  readonly command: string;
  readonly runsDirectory: string;
  readonly interrupt: Interrupt;
  /** A line about what takes long. */
  readonly say: (line: string) => void;
  /** What is going on now: at each new phase, and every second. */
  readonly progress: (progress: Progress) => void;
}

export interface Progress {
  readonly phase: Phase;
  readonly detail: string;
  readonly elapsedMs: number;
  readonly counts: { readonly ok: number; readonly fail: number; readonly info: number };
  /** The faults in force, in words; empty for none. */
  readonly fault: string;
}

export interface StoredRun {
  /** What failed beside the system under test, after there was something to judge; null for nothing. */
  readonly failure: ChaosError | null;
  readonly folder: string;
  readonly test: TestRecord;
  readonly results: Results;
  readonly operations: readonly Operation[];
  /** Of `history.jsonl`: two simulated runs with the same are the same run. */
  readonly historySha256: string;
}

/**
 * Makes a run and keeps it in a folder of its own: what is recorded is written as it happens, and whatever ends the run,
 * the cluster goes away and the folder stays. Rejects where the harness failed before there was anything to judge.
 */
export async function storedRun(request: StoredRunRequest): Promise<StoredRun> {
  const { options, interrupt } = request;
  const runId = randomUUID();
  const folder = createRunFolder(request.runsDirectory, testName(options), new Date());
  const cluster = createCluster(options, runId, request.say);
  const recorder = new Recorder(cluster, folder, request, runId);
  let failure: unknown = null;
  try {
    await Promise.race([
      cluster.drive(
        executeRun({
          options,
          ...(request.plan === undefined ? {} : { plan: request.plan }),
          cluster,
          interrupt,
          record: (operation) => recorder.record(operation),
          enter: (phase) => recorder.enter(phase),
          begun: (start) => recorder.begin(start),
        }),
      ),
      forced(interrupt),
    ]);
  } catch (error) {
    failure = error;
  }
  // What went wrong first is what the user must hear of; the rest often follows from it.
  const windUpFailure = await windUp(cluster, recorder, folder);
  const first = recorder.failure ?? failure ?? windUpFailure;
  const failed = first === null ? null : withFolder(asChaosError(first, 'the run failed'), folder);
  const { operations } = recorder;
  if (operations === null) {
    throw failed ?? withFolder(new ChaosError('interrupted', 'stopped before the cluster was up'), folder);
  }
  // What was recorded is judged even so: a failure of the harness must not hide one of the system.
  const results = judgeRun(options, operations);
  const historySha256 = recorder.historySha256();
  const test: TestRecord = { ...recorder.test, ending: { historySha256, interrupted: interrupt.requested } };
  const run = { folder, test, results, operations, historySha256 };
  try {
    writeRunJson(folder, runFiles.results, results);
    writeRunJson(folder, runFiles.test, test);
  } catch (error) {
    return { ...run, failure: failed ?? withFolder(asChaosError(error, 'the results'), folder) };
  }
  return { ...run, failure: failed };
}

/** Collects what the nodes left and removes the cluster, whatever has happened before. */
async function windUp(cluster: Cluster, recorder: Recorder, folder: string): Promise<unknown> {
  let failure: unknown = null;
  try {
    recorder.enter('collecting logs');
    await cluster.collect(join(folder, runFiles.nodes));
  } catch (error) {
    failure = error;
  }
  try {
    await cluster.stop();
  } catch (error) {
    failure ??= error;
  }
  recorder.close();
  return failure;
}

function forced(interrupt: Interrupt): Promise<never> {
  return new Promise((_, reject) => {
    interrupt.onForce(() => reject(new ChaosError('interrupted', 'stopped at once, as asked')));
  });
}

function withFolder(error: ChaosError, folder: string): ChaosError {
  if (discardIfEmpty(folder)) return error;
  const kept = `What was recorded is in ${folder}.`;
  const remedy = error.remedy === undefined ? kept : `${error.remedy} ${kept}`;
  return new ChaosError(error.code, error.message, { remedy, cause: error });
}

/** The name of the test: what `runs/` sorts by. */
function testName(options: RunOptions): string {
  const nemeses = options.nemeses.map((spec) => spec.split(':')[0] ?? spec);
  return [options.system, options.workload, ...nemeses, ...(options.bug === null ? [] : [options.bug])].join('-');
}

/** The history of the run as it grows, and what the progress line tells of it. */
class Recorder {
  /** Why the history could not be kept, if it could not. */
  failure: unknown = null;
  /** What is known of the run so far. */
  test: TestRecord;
  readonly #cluster: Cluster;
  readonly #folder: string;
  readonly #request: StoredRunRequest;
  readonly #counts = { ok: 0, fail: 0, info: 0 };
  readonly #faults = new Map<string, string>();
  readonly #hash = createHash('sha256');
  #writer: HistoryWriter | null = null;
  #originNs: number;
  #phase: Phase = 'starting the cluster';
  #ticker: NodeJS.Timeout | null = null;

  constructor(cluster: Cluster, folder: string, request: StoredRunRequest, runId: string) {
    this.#cluster = cluster;
    this.#folder = folder;
    this.#request = request;
    this.#originNs = cluster.clock.nowNs();
    const { options, command } = request;
    const startedAt = new Date().toISOString();
    const unknownYet = { cluster: {}, traceOffsetsNs: {} };
    this.test = { name: testName(options), runId, startedAt, command, options, versions: versions(), ...unknownYet };
    writeRunJson(folder, runFiles.test, this.test);
  }

  /** Null until the history begins. */
  get operations(): readonly Operation[] | null {
    return this.#writer?.operations ?? null;
  }

  enter(phase: Phase): void {
    this.#phase = phase;
    this.#tell();
    this.#ticker ??= setInterval(() => this.#tell(), 1000);
  }

  begin({ facts, originNs, traceOffsetsNs }: RunStart): void {
    this.test = { ...this.test, startedAt: new Date().toISOString(), cluster: facts, traceOffsetsNs };
    writeRunJson(this.#folder, runFiles.test, this.test);
    pointLatest(this.#request.runsDirectory, this.#folder);
    this.#originNs = originNs;
    const file = new FileSink(join(this.#folder, runFiles.history));
    const sink = {
      append: (line: string) => {
        this.#hash.update(line);
        file.append(line);
      },
      close: () => file.close(),
    };
    this.#writer = new HistoryWriter(sink, this.#cluster.clock, originNs);
  }

  /** Never throws: a history that cannot be written ends the run in good order, and then fails it. */
  record(operation: NewOperation): void {
    if (this.failure !== null || this.#writer === null) return;
    this.#count(operation);
    try {
      this.#writer.append(operation);
    } catch (error) {
      this.failure = error;
      this.#request.interrupt.request();
    }
  }

  /** To be asked once, when nothing more is recorded. */
  historySha256(): string {
    return this.#hash.digest('hex');
  }

  close(): void {
    if (this.#ticker !== null) clearInterval(this.#ticker);
    try {
      this.#writer?.close();
    } catch (error) {
      this.failure ??= error;
    }
  }

  #count({ process, type, f, value }: NewOperation): void {
    if (process !== 'nemesis') {
      if (type !== 'invoke') this.#counts[type]++;
      return;
    }
    const { fault, description } = (value ?? {}) as { fault?: string; description?: string };
    if (fault === undefined) return;
    if (f.startsWith('start-') && type === 'invoke') this.#faults.set(fault, `${f.slice(6)} ${description}`);
    if (f.startsWith('stop-') && type === 'info') this.#faults.delete(fault);
  }

  #tell(): void {
    const { options } = this.#request;
    this.#request.progress({
      phase: this.#phase,
      detail: this.#phase === 'running' ? `${options.timeLimitMs / 1000} s, seed ${options.seed}` : '',
      elapsedMs: (this.#cluster.clock.nowNs() - this.#originNs) / 1e6,
      counts: { ...this.#counts },
      fault: [...this.#faults.values()].join(', '),
    });
  }
}
