import { parseDurationMs } from '../base/duration.ts';
import { UsageError } from '../base/errors.ts';
import { seededRandom } from '../base/random.ts';
import type { RunOptions } from '../controller/run-folder.ts';
import { createNemesis } from '../nemesis/spec.ts';
import { type PlantedBug, plantedBugs } from '../node/bugs.ts';
import { workloadNamed } from '../workload/workloads.ts';

/** The options of `run` as commander hands them over: texts. */
export interface RunArguments {
  readonly backend: string;
  readonly system: string;
  readonly nodes: string;
  readonly workload?: string;
  readonly nemesis?: string;
  readonly timeLimit: string;
  readonly rate: string;
  readonly concurrency: string;
  readonly opTimeout: string;
  readonly recoveryTimeout: string;
  readonly seed?: string;
  readonly seeds: string;
  readonly bug?: string;
  readonly runsDir: string;
  readonly json?: boolean;
}

const defaultWorkload = 'broadcast';
const defaultNemesis = 'partition,kill';
const mostNodes = 100;

/** Resolves the options: everything given is checked before anything is started. Throws a UsageError. */
export function resolveRunOptions(given: RunArguments, seed: number): RunOptions {
  const bug = given.bug === undefined ? null : bugNamed(given.bug);
  const nodeCount = integerOption('--nodes', given.nodes, 1, mostNodes);
  const nodes = Array.from({ length: nodeCount }, (_, place) => `n${place + 1}`);
  const workload = given.workload ?? bug?.workload ?? defaultWorkload;
  const nemeses = (given.nemesis ?? bug?.nemeses.join(',') ?? defaultNemesis)
    .split(',')
    .filter((spec) => spec !== '' && spec !== 'none');
  workloadNamed(workload);
  for (const spec of nemeses) createNemesis(spec, { random: seededRandom(seed), nodes });
  return {
    backend: backendNamed(given.backend),
    system: systemNamed(given.system),
    nodes,
    workload,
    nemeses,
    timeLimitMs: positiveDurationMs('--time-limit', given.timeLimit),
    rate: numberOption('--rate', given.rate, 0.001, 100_000),
    concurrency: concurrencyOption(given.concurrency, nodeCount),
    opTimeoutMs: positiveDurationMs('--op-timeout', given.opTimeout),
    recoveryTimeoutMs: positiveDurationMs('--recovery-timeout', given.recoveryTimeout),
    seed,
    bug: bug?.name ?? null,
  };
}

/** The first seed: the one given, or one drawn by the clock. */
export function firstSeed(given: string | undefined): number {
  if (given === undefined) return Math.floor(Math.random() * 2 ** 31);
  return integerOption('--seed', given, 0, 0xffffffff);
}

/** The command line that runs the same again. */
export function commandOf(options: RunOptions): string {
  const nemesis = options.nemeses.length === 0 ? 'none' : options.nemeses.join(',');
  const words = [
    'raft-chaos run',
    `--backend ${options.backend}`,
    `--nodes ${options.nodes.length}`,
    `--workload ${options.workload}`,
    `--nemesis ${nemesis}`,
    `--time-limit ${options.timeLimitMs / 1000}`,
    `--rate ${options.rate}`,
    `--concurrency ${options.concurrency}`,
    `--op-timeout ${options.opTimeoutMs / 1000}`,
    `--recovery-timeout ${options.recoveryTimeoutMs / 1000}`,
    `--seed ${options.seed}`,
  ];
  if (options.bug !== null) words.push(`--bug ${options.bug}`);
  return words.join(' ');
}

export function integerOption(name: string, text: string, low: number, high: number): number {
  const value = text.trim() === '' ? Number.NaN : Number(text);
  if (Number.isInteger(value) && value >= low && value <= high) return value;
  throw badOption(name, text, `a whole number from ${low} to ${high}`);
}

function numberOption(name: string, text: string, low: number, high: number): number {
  const value = text.trim() === '' ? Number.NaN : Number(text);
  if (!(value >= low && value <= high)) throw badOption(name, text, `a number from ${low} to ${high}`);
  return value;
}

function positiveDurationMs(name: string, text: string): number {
  const durationMs = parseDurationMs(text, name);
  if (durationMs <= 0) throw badOption(name, text, 'longer than 0');
  return durationMs;
}

/** `10`, or `2n` for twice the number of nodes. */
function concurrencyOption(text: string, nodeCount: number): number {
  const perNode = /^(\d+)n$/.exec(text);
  const count = perNode === null ? text : String(Number(perNode[1]) * nodeCount);
  return integerOption('--concurrency', count, 1, 10_000);
}

function backendNamed(name: string): RunOptions['backend'] {
  if (name === 'auto' || name === 'docker') return 'docker';
  throw badOption('--backend', name, 'auto or docker');
}

function systemNamed(name: string): string {
  if (name === 'raft') return name;
  throw badOption('--system', name, 'raft');
}

function bugNamed(name: string): PlantedBug {
  const bug = plantedBugs.find((planted) => planted.name === name);
  if (bug !== undefined) return bug;
  throw badOption('--bug', name, plantedBugs.map((planted) => planted.name).join(' or '));
}

function badOption(name: string, text: string, expected: string): UsageError {
  return new UsageError('bad-option', `${name} ${JSON.stringify(text)}: expected ${expected}`, {
    remedy: '`raft-chaos run --help` explains the options, `raft-chaos list` what there is.',
  });
}
