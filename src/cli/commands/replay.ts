import { existsSync, realpathSync } from 'node:fs';
import { relative } from 'node:path';
import type { Command } from 'commander';
import { ChaosError } from '../../base/errors.ts';
import { firstDifference, type Original, readOriginal, reproductionOf } from '../../controller/replay.ts';
import { versions } from '../../controller/versions.ts';
import { exitStatus, mergeStatuses } from '../exit-status.ts';
import { type FinishedRun, interruptible, runAndReport, windingUp } from '../run-and-report.ts';
import { integerOption } from '../run-options.ts';
import { Terminal } from '../terminal.ts';

interface ReplayArguments {
  readonly times: string;
  readonly runsDir: string;
  readonly json?: boolean;
}

export function addReplayCommand(program: Command, exit: (status: number) => void): void {
  program
    .command('replay')
    .description(
      'make a stored run again: exactly, where it was simulated; with the same faults at the same times in Docker',
    )
    .argument('<folder>', 'the folder of a run')
    .option('--times <count>', 'how often', '1')
    .option('--runs-dir <directory>', 'where the folders of runs are kept', 'runs')
    .option('--json', 'print one JSON document instead of text')
    .action(async (folder: string, given: ReplayArguments) => exit(await replayCommand(folder, given)));
}

async function replayCommand(path: string, given: ReplayArguments): Promise<number> {
  const terminal = new Terminal();
  // By its own name: `runs/latest` will point at the replay.
  const folder = existsSync(path) ? relative(process.cwd(), realpathSync(path)) : path;
  const times = integerOption('--times', given.times, 1, 10_000);
  const original = readOriginal(folder);
  for (const line of doubts(original)) terminal.say(`warning: ${line}`);
  const interrupt = interruptible(terminal, windingUp);
  const finished: FinishedRun[] = [];
  while (finished.length < times && !interrupt.requested) {
    finished.push(await runAndReport(terminal, { ...requestOf(folder, original, given), interrupt }));
    if (times > 1) terminal.say(`${finished.length} of ${times} replays done`);
  }
  const outcome =
    original.test.options.backend === 'sim' ? exactly(folder, original, finished) : rate(original, finished);
  const status = mergeStatuses([
    ...finished.map((each) => each.status),
    outcome.failure === null ? 0 : exitStatus.failure,
  ]);
  if (outcome.failure !== null) terminal.fail(outcome.failure);
  if (given.json) terminal.printJson({ status, of: folder, ...outcome.json, runs: finished.map(({ json }) => json) });
  else terminal.print(`  ${outcome.sentence}`);
  return status;
}

/** What may keep a replay from being the same. */
function doubts({ test }: Original): readonly string[] {
  const now = versions();
  const differing = ['raft-chaos', 'program'].filter((part) => test.versions[part] !== now[part]);
  return [
    ...differing.map((part) => `the run was made by ${part} ${test.versions[part] ?? 'unknown'}, this is ${now[part]}`),
    ...(test.ending?.interrupted === true ? ['the run was interrupted, which a replay is not'] : []),
    ...(test.ending === undefined ? ['the controller of the run died before its end'] : []),
  ];
}

/** In a simulation the seed decides everything; in Docker the faults of the original are inflicted again, as resolved. */
function requestOf(
  folder: string,
  { test, plan }: Original,
  { runsDir: runsDirectory, json = false }: ReplayArguments,
) {
  const { options, command } = test;
  if (options.backend === 'sim') return { options, command, runsDirectory, json };
  return { options, plan, command: `raft-chaos replay ${folder}`, runsDirectory, json };
}

interface Outcome {
  readonly sentence: string;
  readonly json: Readonly<Record<string, unknown>>;
  readonly failure: ChaosError | null;
}

function exactly(folder: string, original: Original, finished: readonly FinishedRun[]): Outcome {
  const { historySha256 } = original;
  const differing = finished.map(({ run }) => run).filter((run) => run?.historySha256 !== historySha256);
  const same = finished.length - differing.length;
  const json = { times: finished.length, same, historySha256 };
  const sentence = `replayed: ${same} of ${finished.length} made the same history, sha256 ${historySha256}`;
  const [first] = differing;
  if (first === undefined) return { sentence, json, failure: null };
  const where =
    first === null ? 'it could not be made again' : `they differ from line ${firstDifference(folder, first)} on`;
  const failure = new ChaosError('replay-differs', `the replay is another history than ${folder}: ${where}`, {
    remedy:
      'A run that was interrupted, or made by another version, is not made again; anything else is a bug of the simulation.',
  });
  return { sentence, json, failure };
}

function rate({ results }: Original, finished: readonly FinishedRun[]): Outcome {
  const judged = finished.flatMap(({ run }) => (run === null ? [] : [run.results]));
  const { times, reproduced, ...shares } = reproductionOf(results, judged);
  const json = { times, reproduced, ...shares };
  if (shares.rate === null || shares.interval === null) {
    return { sentence: 'reproduced: no replay could be made', json, failure: null };
  }
  const [share, low, high] = [shares.rate, ...shares.interval].map((part) => `${Math.round(100 * part)} %`);
  const sentence = `reproduced: ${reproduced} of ${times} (${share}; 95 % interval ${low} to ${high})`;
  return { sentence, json, failure: null };
}
