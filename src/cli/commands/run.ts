import { type Command, Option } from 'commander';
import { systemNamed } from '../../cluster/systems.ts';
import { backendNames, resolveBackend } from '../../controller/backend.ts';
import { commandOf, completeOptions, type GivenOptions } from '../../controller/options.ts';
import { mergeStatuses } from '../exit-status.ts';
import { interruptible, runAndReport, windingUp } from '../run-and-report.ts';
import { firstSeed, givenOptions, integerOption, nameAmong, type RunArguments } from '../run-options.ts';
import { runSwarm } from '../swarm.ts';
import { Terminal } from '../terminal.ts';

interface RunCommandArguments extends RunArguments {
  readonly backend: string;
  readonly seed?: string;
  readonly seeds: string;
  readonly keepGoing?: boolean;
  readonly runsDir: string;
  readonly json?: boolean;
}

const seedsHelp = `
With --backend sim and --seeds above 1 the runs are a swarm: on all cores, each with what is not given here drawn by its
seed: nodes, workload, nemeses, rate, time-outs, latencies. Only runs that are not valid are kept.`;

export function addRunCommand(program: Command, exit: (status: number) => void): void {
  program
    .command('run')
    .description('run a workload against a cluster while a nemesis hurts it, judge what happened, write a report')
    .option('--backend <name>', 'where the nodes run: docker, sim, or auto: docker where an engine answers', 'auto')
    .option('--system <name>', 'what the nodes run; see `raft-chaos list systems` (default: raft)')
    .option('--nodes <count>', 'how many nodes (default: 5)')
    .option('--workload <name>', 'what clients do (default: broadcast, or what shows the bug)')
    .option('--nemesis <list>', 'faults by comma, options after colons; none for none (default: partition,kill)')
    .option('--time-limit <duration>', 'how long clients and nemesis work (default: 30)')
    .option('--rate <number>', 'operations a second, all clients together (default: 100)')
    .option('--concurrency <count>', 'how many clients; 2n is twice the number of nodes (default: 2n)')
    .option('--op-timeout <duration>', 'after how long an operation counts as unknown (default: 5)')
    .option('--recovery-timeout <duration>', 'how long the cluster may take to work again after the heal (default: 30)')
    .option('--election-timeout <range>', "range of the nodes' election time-outs (default: 300ms..600ms)")
    .option('--heartbeat <duration>', "interval of a leader's heartbeats (default: 75ms)")
    .option('--snapshot-every <entries>', 'when nodes compact their logs, or never (default: 1000)')
    .option('--link-latency <range>', 'of a simulated network (default: 50us..500us)')
    .option('--sync-latency <range>', 'of a simulated disk (default: 200us..2ms)')
    .option('--seed <number>', 'the seed of every choice (default: drawn anew)')
    .option('--seeds <count>', 'run this many times, with as many seeds', '1')
    .addOption(new Option('--keep-going', 'count failures instead of stopping at the first (swarm)'))
    .option('--bug <name>', 'switch on a planted bug in the nodes; see `raft-chaos list bugs`')
    .option('--runs-dir <directory>', 'where the folders of runs are kept', 'runs')
    .option('--json', 'print one JSON document instead of text')
    .addHelpText('after', seedsHelp)
    .action(async (given: RunCommandArguments) => exit(await runCommand(given)));
}

async function runCommand(given: RunCommandArguments): Promise<number> {
  const terminal = new Terminal();
  const asked = askedBackend(given);
  const seed = firstSeed(given.seed);
  const count = integerOption('--seeds', given.seeds, 1, 1_000_000);
  // Bad options are told before an engine is asked for: none of them depends on its answer.
  completeOptions(givenOptions(given, asked === 'auto' ? 'sim' : asked), seed);
  const backend = await resolveBackend(asked, (line) => terminal.say(line));
  const options = givenOptions(given, backend);
  if ((options.nodeCount ?? 5) % 2 === 0) {
    terminal.say('warning: an even number of nodes survives no more failures than one node fewer');
  }
  const seeds = { firstSeed: seed, count };
  const { runsDir: runsDirectory, json = false, keepGoing = false } = given;
  if (backend === 'sim' && count > 1) {
    return runSwarm(terminal, { given: options, ...seeds, keepGoing, runsDirectory, json });
  }
  return runInTurn(terminal, { given: options, ...seeds, runsDirectory, json });
}

/** `auto` is no question where the system runs on one backend alone. */
function askedBackend(given: RunCommandArguments): (typeof backendNames)[number] {
  const asked = nameAmong('--backend', given.backend, backendNames);
  const [first, ...others] = systemNamed(given.system ?? 'raft').backends;
  return asked === 'auto' && first !== undefined && others.length === 0 ? first : asked;
}

interface InTurn {
  readonly given: GivenOptions;
  readonly firstSeed: number;
  readonly count: number;
  readonly runsDirectory: string;
  readonly json: boolean;
}

async function runInTurn(terminal: Terminal, { given, firstSeed: first, count, runsDirectory, json }: InTurn) {
  const interrupt = interruptible(terminal, windingUp);
  const statuses: number[] = [];
  const runs: unknown[] = [];
  for (let place = 0; place < count && !(interrupt.requested && statuses.length > 0); place++) {
    const options = completeOptions(given, (first + place) % 2 ** 32);
    const request = { options, command: commandOf(options), runsDirectory, interrupt, json };
    const finished = await runAndReport(terminal, request);
    statuses.push(finished.status);
    runs.push(finished.json);
    if (!json && count > 1) terminal.say(`${statuses.length} of ${count} runs done`);
  }
  if (json) terminal.printJson(count === 1 ? runs[0] : { status: mergeStatuses(statuses), runs });
  return mergeStatuses(statuses);
}
