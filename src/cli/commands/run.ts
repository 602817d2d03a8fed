import { join, relative } from 'node:path';
import type { Command } from 'commander';
import { asChaosError, type ChaosError } from '../../base/errors.ts';
import { Interrupt } from '../../base/interrupt.ts';
import type { RunOptions } from '../../controller/run-folder.ts';
import { runFiles } from '../../controller/run-folder.ts';
import { type Progress, type StoredRun, storedRun } from '../../controller/stored-run.ts';
import { writeReport } from '../../report/write-report.ts';
import { mergeStatuses, statusOf } from '../exit-status.ts';
import { commandOf, firstSeed, integerOption, type RunArguments, resolveRunOptions } from '../run-options.ts';
import { Terminal, verdictWord } from '../terminal.ts';

export function addRunCommand(program: Command, exit: (status: number) => void): void {
  program
    .command('run')
    .description('run a workload against a cluster while a nemesis hurts it, judge what happened, write a report')
    .option('--backend <name>', 'where the nodes run: auto or docker', 'auto')
    .option('--system <name>', 'what is tested: raft', 'raft')
    .option('--nodes <count>', 'how many nodes', '5')
    .option('--workload <name>', 'what clients do (default: broadcast, or what shows the bug)')
    .option('--nemesis <list>', 'faults by comma, options after colons; none for none (default: partition,kill)')
    .option('--time-limit <duration>', 'how long clients and nemesis work', '30')
    .option('--rate <number>', 'operations a second, all clients together', '100')
    .option('--concurrency <count>', 'how many clients; 2n is twice the number of nodes', '2n')
    .option('--op-timeout <duration>', 'after how long an operation counts as unknown', '5')
    .option('--recovery-timeout <duration>', 'how long the cluster may take to work again after the heal', '30')
    .option('--seed <number>', 'the seed of every choice (default: drawn anew)')
    .option('--seeds <count>', 'run this many times, with as many seeds', '1')
    .option('--bug <name>', 'switch on a planted bug in the nodes; see `raft-chaos list bugs`')
    .option('--runs-dir <directory>', 'where the folders of runs are kept', 'runs')
    .option('--json', 'print one JSON document instead of text')
    .action(async (given: RunArguments) => exit(await runCommand(given)));
}

async function runCommand(given: RunArguments): Promise<number> {
  const terminal = new Terminal();
  const seed = firstSeed(given.seed);
  const count = integerOption('--seeds', given.seeds, 1, 1_000_000);
  const plans = Array.from({ length: count }, (_, place) => resolveRunOptions(given, (seed + place) % 2 ** 32));
  if ((plans[0]?.nodes.length ?? 1) % 2 === 0) {
    terminal.say('warning: an even number of nodes survives no more failures than one node fewer');
  }
  const interrupt = interruptible(terminal);
  const statuses: number[] = [];
  const runs: unknown[] = [];
  for (const options of plans) {
    if (interrupt.requested && statuses.length > 0) break;
    const finished = await oneRun(terminal, options, given.runsDir, interrupt);
    statuses.push(finished.status);
    runs.push(finished.json);
    if (!given.json && count > 1) terminal.say(`${statuses.length} of ${count} runs done`);
  }
  if (given.json) terminal.printJson(count === 1 ? runs[0] : { status: mergeStatuses(statuses), runs });
  return mergeStatuses(statuses);

  async function oneRun(to: Terminal, options: RunOptions, runsDirectory: string, stop: Interrupt) {
    try {
      const run = await storedRun({
        options,
        command: commandOf(options),
        runsDirectory,
        interrupt: stop,
        say: (line) => to.say(line),
        progress: progressLine(to),
      });
      to.status('');
      const reportFailure = await writeReport(run.folder, run).then(() => null, asReportError);
      const failure = run.failure ?? reportFailure;
      if (!given.json) printVerdict(to, run);
      const json = { folder: run.folder, ...run.results };
      if (failure === null) return { status: statusOf(run.results.valid), json };
      const status = mergeStatuses([to.fail(failure), statusOf(run.results.valid)]);
      return { status, json: { ...json, error: { code: failure.code, message: failure.message } } };
    } catch (error) {
      // Of several runs one that cannot be made does not end the others: they may show what this one could not.
      const failure = asChaosError(error, 'run');
      return {
        status: to.fail(failure),
        json: { seed: options.seed, error: { code: failure.code, message: failure.message } },
      };
    }
  }
}

function asReportError(error: unknown): ChaosError {
  return asChaosError(error, 'the report');
}

function printVerdict(terminal: Terminal, { folder, results, test }: StoredRun): void {
  terminal.print(`${verdictWord(results.valid)}  ${results.summary}`);
  for (const anomaly of results.anomalies.slice(0, 5)) terminal.print(`  ${anomaly.kind}: ${anomaly.sentence}`);
  if (results.anomalies.length > 5) terminal.print(`  ... and ${results.anomalies.length - 5} more in the report`);
  const effective = results.faults.filter((fault) => fault.effective).length;
  terminal.print(`  faults: ${results.faults.length}, ${effective} seen to take effect`);
  for (const fault of results.faults.filter((record) => !record.effective)) {
    terminal.print(`  without effect: ${fault.nemesis} ${fault.description}`);
  }
  terminal.print(`  report: ${relative(process.cwd(), join(folder, runFiles.report))}`);
  terminal.print(`  seed ${test.options.seed}, again: ${test.command}`);
}

/** First Ctrl-C: heal, collect, judge. Second: end at once; the pods and their network go with this process. */
function interruptible(terminal: Terminal): Interrupt {
  const interrupt = new Interrupt();
  const onSignal = (): void => {
    if (interrupt.requested) {
      terminal.say('stopping at once');
      interrupt.force();
      return;
    }
    terminal.say('healing, collecting and judging what there is; once more to stop at once');
    interrupt.request();
  };
  process.on('SIGINT', onSignal);
  process.on('SIGTERM', onSignal);
  process.on('SIGHUP', onSignal);
  return interrupt;
}

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
