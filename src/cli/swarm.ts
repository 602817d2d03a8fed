import { commandOf, type GivenOptions } from '../controller/options.ts';
import { drawOptions } from '../controller/swarm/draw.ts';
import { isFailure, swarm } from '../controller/swarm/swarm.ts';
import type { SwarmRun } from '../controller/swarm/worker.ts';
import { exitStatus, mergeStatuses, statusOf } from './exit-status.ts';
import { interruptible, runAndReport } from './run-and-report.ts';
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
  const tally = new Tally(wanted.count);
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
  await swarm({ ...wanted, interrupt, ended });
  terminal.status('');
  const kept = interrupt.forced ? [] : await keepNotValid(terminal, wanted, tally.notValid, interrupt);
  const status = mergeStatuses([...tally.statuses, ...kept.map((run) => run.status)]);
  if (wanted.json) {
    terminal.printJson({
      status,
      ...tally.counts(),
      runs: tally.notValid.map(inJson),
      kept: kept.map((run) => run.folder),
    });
  } else {
    terminal.print(tally.line());
    terminal.print(`  seeds from ${wanted.firstSeed}`);
  }
  return status;
}

interface Kept {
  readonly status: number;
  readonly folder: string | null;
}

/** A run that is made again and is not the same shows that the simulation is not to be relied on. */
async function keepNotValid(
  terminal: Terminal,
  { runsDirectory, json }: SwarmArguments,
  notValid: readonly SwarmRun[],
  interrupt: ReturnType<typeof interruptible>,
): Promise<readonly Kept[]> {
  const kept: Kept[] = [];
  const worstFirst = [...notValid.filter(isFailure), ...notValid.filter((run) => !isFailure(run))];
  for (const { options, historySha256, valid } of worstFirst.slice(0, mostKept)) {
    if (interrupt.requested) break;
    const command = commandOf(options);
    const { run, status } = await runAndReport(terminal, { options, command, runsDirectory, interrupt, json });
    const differs = valid !== null && run?.historySha256 !== historySha256;
    if (differs)
      terminal.say(`raft-chaos: seed ${options.seed} made another history the second time: a bug of the simulation`);
    kept.push({ status: differs ? exitStatus.failure : status, folder: run?.folder ?? null });
  }
  return kept;
}

function printRun(terminal: Terminal, { valid, summary, anomalies, options }: SwarmRun): void {
  terminal.print(`${valid === null ? 'FAILED' : verdictWord(valid)}  seed ${options.seed}: ${summary}`);
  for (const { kind, sentence } of anomalies) terminal.print(`  ${kind}: ${sentence}`);
  terminal.print(`  again: ${commandOf(options)}`);
}

function inJson({ options, valid, summary, anomalies, historySha256 }: SwarmRun) {
  return { seed: options.seed, valid, summary, anomalies, historySha256, options, command: commandOf(options) };
}

class Tally {
  readonly statuses: number[] = [];
  readonly notValid: SwarmRun[] = [];
  readonly #count: number;
  readonly #startMs = Date.now();
  #valid = 0;
  #unknown = 0;
  #invalid = 0;
  #failed = 0;
  #virtualNs = 0;
  #events = 0;

  constructor(count: number) {
    this.#count = count;
  }

  add(run: SwarmRun): void {
    const { valid } = run;
    this.statuses.push(valid === null ? exitStatus.failure : statusOf(valid));
    if (valid === null) this.#failed++;
    else if (valid === 'unknown') this.#unknown++;
    else if (valid) this.#valid++;
    else this.#invalid++;
    if (valid !== true) this.notValid.push(run);
    this.#virtualNs += run.virtualNs;
    this.#events += run.eventCount;
  }

  counts() {
    return {
      runs: this.statuses.length,
      valid: this.#valid,
      unknown: this.#unknown,
      invalid: this.#invalid,
      failed: this.#failed,
      simulatedSeconds: Math.round(this.#virtualNs / 1e9),
      seconds: (Date.now() - this.#startMs) / 1000,
      events: this.#events,
    };
  }

  line(): string {
    const { runs, valid, unknown, invalid, failed, simulatedSeconds, seconds } = this.counts();
    const failures = failed === 0 ? '' : `, ${failed} failed`;
    const speed = Math.round(simulatedSeconds / Math.max(seconds, 0.001));
    return (
      `${runs} of ${this.#count} runs: ${valid} valid, ${invalid} invalid, ${unknown} unknown${failures}; ` +
      `${simulatedSeconds} s simulated in ${Math.round(seconds)} s, ${speed} times real time`
    );
  }
}
