import { parseDurationMs, parseDurationRangeUs } from '../base/duration.ts';
import { UsageError } from '../base/errors.ts';
import type { Concurrency, GivenOptions, RunOptions } from '../controller/options.ts';
import { plantedBugs } from '../node/bugs.ts';

/** The options of `run` as commander hands them over: texts, and nothing where nothing was given. */
export interface RunArguments {
  readonly backend: string;
  readonly system?: string;
  readonly nodes?: string;
  readonly workload?: string;
  readonly nemesis?: string;
  readonly timeLimit?: string;
  readonly rate?: string;
  readonly concurrency?: string;
  readonly opTimeout?: string;
  readonly recoveryTimeout?: string;
  readonly electionTimeout?: string;
  readonly heartbeat?: string;
  readonly snapshotEvery?: string;
  readonly linkLatency?: string;
  readonly syncLatency?: string;
  readonly bug?: string;
}

const mostNodes = 100;

/** Reads what was given: every option is checked before anything is started. Throws a UsageError. */
export function givenOptions(given: RunArguments, backend: RunOptions['backend']): GivenOptions {
  return {
    backend,
    ...read('system', given.system, (text) => text),
    ...read('nodeCount', given.nodes, (text) => integerOption('--nodes', text, 1, mostNodes)),
    ...read('workload', given.workload, (text) => text),
    ...read('nemeses', given.nemesis, nemesisSpecs),
    ...read('timeLimitMs', given.timeLimit, (text) => positiveDurationMs('--time-limit', text)),
    ...read('rate', given.rate, (text) => numberOption('--rate', text, 0.001, 100_000)),
    ...read('concurrency', given.concurrency, concurrencyOption),
    ...read('opTimeoutMs', given.opTimeout, (text) => positiveDurationMs('--op-timeout', text)),
    ...read('recoveryTimeoutMs', given.recoveryTimeout, (text) => positiveDurationMs('--recovery-timeout', text)),
    ...read('electionTimeoutMs', given.electionTimeout, electionTimeoutOption),
    ...read('heartbeatIntervalMs', given.heartbeat, (text) => positiveDurationMs('--heartbeat', text)),
    ...read('snapshotEvery', given.snapshotEvery, snapshotOption),
    ...read('linkLatencyUs', given.linkLatency, (text) => parseDurationRangeUs(text, '--link-latency')),
    ...read('syncLatencyUs', given.syncLatency, (text) => parseDurationRangeUs(text, '--sync-latency')),
    ...read('bug', given.bug, (text) =>
      nameAmong(
        '--bug',
        text,
        plantedBugs.map(({ name }) => name),
      ),
    ),
  };
}

/** The first seed: the one given, or one drawn by the clock. */
export function firstSeed(given: string | undefined): number {
  if (given === undefined) return Math.floor(Math.random() * 2 ** 31);
  return integerOption('--seed', given, 0, 0xffffffff);
}

export function integerOption(name: string, text: string, low: number, high: number): number {
  const value = text.trim() === '' ? Number.NaN : Number(text);
  if (Number.isInteger(value) && value >= low && value <= high) return value;
  throw badOption(name, text, `a whole number from ${low} to ${high}`);
}

export function nameAmong<T extends string>(option: string, name: string, names: readonly T[]): T {
  const known = names.find((candidate) => candidate === name);
  if (known !== undefined) return known;
  throw badOption(option, name, names.join(' or '));
}

/** The field, where the option was given. */
function read<K extends string, T>(field: K, text: string | undefined, parse: (text: string) => T) {
  return (text === undefined ? {} : { [field]: parse(text) }) as { readonly [field in K]?: T };
}

function nemesisSpecs(text: string): readonly string[] {
  return text.split(',').filter((spec) => spec !== '' && spec !== 'none');
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
function concurrencyOption(text: string): Concurrency {
  const perNode = /^(\d+)n$/.exec(text);
  return perNode === null
    ? { count: integerOption('--concurrency', text, 1, 10_000) }
    : { perNode: integerOption('--concurrency', perNode[1] ?? '', 1, 10_000) };
}

/** `1000` entries, or `never`. */
function snapshotOption(text: string): number | null {
  return text === 'never' ? null : integerOption('--snapshot-every', text, 1, 1_000_000_000);
}

function electionTimeoutOption(text: string): readonly [number, number] {
  const [lowUs, highUs] = parseDurationRangeUs(text, '--election-timeout');
  return [Math.round(lowUs / 1e3), Math.round(highUs / 1e3)];
}

function badOption(name: string, text: string, expected: string): UsageError {
  return new UsageError('bad-option', `${name} ${JSON.stringify(text)}: expected ${expected}`, {
    remedy: '`raft-chaos run --help` explains the options, `raft-chaos list` what there is.',
  });
}
