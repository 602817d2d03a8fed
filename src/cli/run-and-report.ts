import { join, relative } from 'node:path';
import { asChaosError, type ChaosError } from '../base/errors.ts';
import { Interrupt } from '../base/interrupt.ts';
import type { RunOptions } from '../controller/options.ts';
import { runFiles } from '../controller/run-folder.ts';
import { type Progress, type StoredRun, storedRun } from '../controller/stored-run.ts';
import type { PlannedFault } from '../nemesis/plan.ts';
import { writeReport } from '../report/write-report.ts';
import { mergeStatuses, statusOf } from './exit-status.ts';
import { type Terminal, verdictWord } from './terminal.ts';

export interface RunRequest {
  readonly options: RunOptions;
  readonly plan?: readonly PlannedFault[];
  readonly command: string;
  readonly runsDirectory: string;
  readonly interrupt: Interrupt;
  /** Whether the verdict is left to the caller's JSON document. */
  readonly json: boolean;
}

export interface FinishedRun {
  readonly status: number;
  readonly json: Readonly<Record<string, unknown>>;
  /** Null where there was nothing to judge. */
  readonly run: StoredRun | null;
}

/** Makes a run, keeps it with its report, and prints its verdict. Never rejects: what fails is said, and is in the status. */
export async function runAndReport(terminal: Terminal, request: RunRequest): Promise<FinishedRun> {
  const { json: asJson, ...wanted } = request;
  try {
    const run = await storedRun({
      ...wanted,
      say: (line) => terminal.say(line),
      progress: progressLine(terminal),
    });
    terminal.status('');
    const reportFailure = await writeReport(run.folder, run).then(() => null, asReportError);
    const failure = run.failure ?? reportFailure;
    if (!asJson) printVerdict(terminal, run);
    const { folder, historySha256, results } = run;
    const json = { folder, seed: run.test.options.seed, command: run.test.command, historySha256, ...results };
    if (failure === null) return { status: statusOf(results.valid), json, run };
    const status = mergeStatuses([terminal.fail(failure), statusOf(results.valid)]);
    return { status, json: { ...json, error: { code: failure.code, message: failure.message } }, run };
  } catch (error) {
    // Of several runs one that cannot be made does not end the others: they may show what this one could not.
    const failure = asChaosError(error, 'run');
    const json = { seed: request.options.seed, error: { code: failure.code, message: failure.message } };
    return { status: terminal.fail(failure), json, run: null };
  }
}

function asReportError(error: unknown): ChaosError {
  return asChaosError(error, 'the report');
}

function printVerdict(terminal: Terminal, { folder, results, test, historySha256 }: StoredRun): void {
  terminal.print(`${verdictWord(results.valid)}  ${results.summary}`);
  for (const anomaly of results.anomalies.slice(0, 5)) terminal.print(`  ${anomaly.kind}: ${anomaly.sentence}`);
  if (results.anomalies.length > 5) terminal.print(`  ... and ${results.anomalies.length - 5} more in the report`);
  const effective = results.faults.filter((fault) => fault.effective).length;
  terminal.print(`  faults: ${results.faults.length}, ${effective} seen to take effect`);
  for (const fault of results.faults.filter((record) => !record.effective)) {
    terminal.print(`  without effect: ${fault.nemesis} ${fault.description}`);
  }
  terminal.print(`  report: ${relative(process.cwd(), join(folder, runFiles.report))}`);
  if (test.options.backend === 'sim') terminal.print(`  history: sha256 ${historySha256}`);
  terminal.print(`  seed ${test.options.seed}, again: ${test.command}`);
}

/** First Ctrl-C: heal, collect, judge. Second: end at once; the pods and their network go with this process. */
export function interruptible(terminal: Terminal, firstWords: string): Interrupt {
  const interrupt = new Interrupt();
  const onSignal = (): void => {
    if (interrupt.requested) {
      terminal.say('stopping at once');
      interrupt.force();
      return;
    }
    terminal.say(`${firstWords}; once more to stop at once`);
    interrupt.request();
  };
  process.on('SIGINT', onSignal);
  process.on('SIGTERM', onSignal);
  process.on('SIGHUP', onSignal);
  return interrupt;
}

export const windingUp = 'healing, collecting and judging what there is';

function progressLine(terminal: Terminal): (progress: Progress) => void {
  let phase = '';
  return (progress) => {
    if (progress.phase !== phase) {
      ({ phase } = progress);
      terminal.say(`${phase}${progress.detail === '' ? '' : `: ${progress.detail}`}`);
    }
    const { ok, fail, info } = progress.counts;
    const faults = progress.fault === '' ? '' : `, ${progress.fault}`;
    terminal.status(
      `${phase} ${Math.round(progress.elapsedMs / 1000)} s: ${ok} ok, ${fail} fail, ${info} info${faults}`,
    );
  };
}
