import { Interrupt } from '../base/interrupt.ts';
import { commandOf, type GivenOptions } from '../controller/options.ts';
import { drawOptions } from '../controller/swarm/draw.ts';
import { isFailure, swarm } from '../controller/swarm/swarm.ts';
import type { SwarmRun } from '../controller/swarm/worker.ts';
import { exitStatus, mergeStatuses } from './exit-status.ts';
import { interruptible, runAndReport } from './run-and-report.ts';
import { SwarmTally } from './swarm-tally.ts';
import { type Terminal, verdictWord } from './terminal.ts';

export interface SwarmArguments {
  readonly given: GivenOptions;
  readonly firstSeed: number;
  readonly count: number;
  readonly keepGoing: boolean;
  readonly runsDirectory: string;
  readonly json: boolean;
}

/** How many of the runs that were not valid are made again, to be kept whole. */
const mostKept = 10;
const sayEveryMs = 10_000;

/** A swarm of simulated runs: counts them, and makes those that are not valid again, to keep them with their reports. */
export async function runSwarm(terminal: Terminal, wanted: SwarmArguments): Promise<number> {
  // What cannot be drawn with what is given is told at once, not by a thread.
  drawOptions(wanted.given, wanted.firstSeed);
  const interrupt = interruptible(terminal, 'ending the runs under way');
  const tally = new SwarmTally(wanted.count);
  let saidMs = Date.now();
  const ended = (run: SwarmRun): void => {
    tally.add(run);
    if (isFailure(run) && !wanted.json) printRun(terminal, run);
    terminal.status(tally.line());
    // Where nobody looks on, a log still shows that it goes on.
    if (Date.now() - saidMs > sayEveryMs && process.stderr.isTTY !== true) {
      saidMs = Date.now();
      terminal.say(tally.line());
    }
  };
  terminal.say(`swarm of ${wanted.count} runs, seeds from ${wanted.firstSeed}`);
  await swarm({ ...wanted, interrupt, ended, verified: () => tally.verified() });
  terminal.status('');
  const interrupted = interrupt.requested;
  const kept = await keepNotValid(terminal, wanted, tally.notValid, interrupt);
  const status = mergeStatuses([...tally.statuses(interrupted), ...kept.map((run) => run.status)]);
  if (wanted.json) {
    const { count: asked, firstSeed } = wanted;
    const notValid = tally.notValid.map(inJson);
    const folders = kept.flatMap(({ folder }) => (folder === null ? [] : [folder]));
    terminal.printJson({ status, asked, firstSeed, interrupted, ...tally.counts(), notValid, kept: folders });
  } else {
    terminal.print(`${tally.line()}${interrupted ? '; interrupted' : ''}`);
    terminal.print(`  seeds from ${wanted.firstSeed}; ${tally.demands()}`);
  }
  return status;
}

interface Kept {
  readonly status: number;
  readonly folder: string | null;
}

/** After an interruption only the first of them is kept, which a second one ends. */
async function keepNotValid(
  terminal: Terminal,
  { runsDirectory, json }: SwarmArguments,
  notValid: readonly SwarmRun[],
  swarmInterrupt: Interrupt,
): Promise<readonly Kept[]> {
  const interrupt = new Interrupt();
  swarmInterrupt.onForce(() => interrupt.force());
  if (!swarmInterrupt.requested) swarmInterrupt.onRequest(() => interrupt.request());
  const worstFirst = [...notValid.filter(isFailure), ...notValid.filter((run) => !isFailure(run))];
  const kept: Kept[] = [];
  for (const run of worstFirst.slice(0, swarmInterrupt.requested ? 1 : mostKept)) {
    if (interrupt.requested) break;
    const { options } = run;
    const command = commandOf(options);
    const again = await runAndReport(terminal, { options, command, runsDirectory, interrupt, json });
    const folder = again.run?.folder ?? null;
    const surprise = interrupt.requested ? null : surpriseOf(run, again.run?.historySha256 ?? null);
    if (surprise !== null) terminal.say(`raft-chaos: seed ${options.seed} ${surprise}`);
    kept.push({ status: surprise === null ? again.status : exitStatus.failure, folder });
  }
  return kept;
}

/** What is wrong where a run, made again, is not the same. */
function surpriseOf({ valid, historySha256 }: SwarmRun, again: string | null): string | null {
  if (valid === null) return again === null ? null : 'failed in the swarm, and not when it was made again';
  if (again === historySha256) return null;
  return 'made another history the second time: a bug of the simulation';
}

function printRun(terminal: Terminal, { valid, summary, anomalies, options }: SwarmRun): void {
  terminal.print(`${valid === null ? 'FAILED' : verdictWord(valid)}  seed ${options.seed}: ${summary}`);
  for (const { kind, sentence } of anomalies) terminal.print(`  ${kind}: ${sentence}`);
  terminal.print(`  again: ${commandOf(options)}`);
}

function inJson({ options, valid, summary, anomalies, historySha256 }: SwarmRun) {
  return { seed: options.seed, valid, summary, anomalies, historySha256, options, command: commandOf(options) };
}
