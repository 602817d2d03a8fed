import type { Range } from '../base/duration.ts';
import { UsageError } from '../base/errors.ts';
import { seededRandom } from '../base/random.ts';
import { systemNamed } from '../cluster/systems.ts';
import { createNemesis } from '../nemesis/spec.ts';
import { plantedBug, plantedBugs } from '../node/bugs.ts';
import type { Compaction } from '../raft/member.ts';
import { defaultTiming, type Timing } from '../raft/timers.ts';
import { workloadNamed } from '../workload/workloads.ts';

/** The options of a run, resolved: no defaults left open. Durations in milliseconds. */
export interface RunOptions {
  readonly backend: 'docker' | 'sim';
  readonly system: string;
  readonly nodes: readonly string[];
  readonly workload: string;
  /** Each as it stands on the command line, e.g. `partition:shape=halves:every=10`. */
  readonly nemeses: readonly string[];
  readonly timeLimitMs: number;
  /** Operations a second, over all processes. */
  readonly rate: number;
  readonly concurrency: number;
  readonly opTimeoutMs: number;
  readonly recoveryTimeoutMs: number;
  readonly seed: number;
  readonly bug: string | null;
  /** The nodes' own time-outs. */
  readonly timing: Timing;
  /** When the nodes compact their logs; null: never. */
  readonly compaction: Compaction | null;
  /** What the simulated network and disks are like when nothing is wrong; null where they are real. */
  readonly world: WorldOptions | null;
}

/** From the shortest to the longest, in microseconds. */
export interface WorldOptions {
  readonly linkLatencyUs: Range;
  readonly syncLatencyUs: Range;
}

/** What a user has fixed of a run; the rest is left to defaults, or to be drawn. */
export interface GivenOptions
  extends Partial<Omit<RunOptions, 'backend' | 'nodes' | 'concurrency' | 'timing' | 'compaction' | 'world'>> {
  readonly backend: RunOptions['backend'];
  readonly nodeCount?: number;
  readonly concurrency?: Concurrency;
  readonly electionTimeoutMs?: Timing['electionTimeoutMs'];
  readonly heartbeatIntervalMs?: number;
  /** In entries; null for never. */
  readonly snapshotEvery?: number | null;
  readonly linkLatencyUs?: Range;
  readonly syncLatencyUs?: Range;
}

export type Concurrency = { readonly count: number } | { readonly perNode: number };

export const defaultTimeLimitMs = 30_000;

/** Those of a local network and of a solid-state disk. */
const defaultWorld: WorldOptions = { linkLatencyUs: [50, 500], syncLatencyUs: [200, 2000] };

/** Fills in what was not given. Throws a UsageError for options that do not go together. */
export function completeOptions(given: GivenOptions, seed: number): RunOptions {
  const bug = given.bug == null ? null : plantedBug(given.bug);
  const system = systemNamed(given.system ?? 'raft');
  const nodeCount = given.nodeCount ?? 5;
  const nodes = Array.from({ length: nodeCount }, (_, place) => `n${place + 1}`);
  const concurrency = given.concurrency ?? { perNode: 2 };
  const options: RunOptions = {
    backend: given.backend,
    system: system.name,
    nodes,
    workload: given.workload ?? bug?.workload ?? system.workloads[0],
    nemeses: given.nemeses ?? bug?.nemeses ?? ['partition', 'kill'],
    timeLimitMs: given.timeLimitMs ?? defaultTimeLimitMs,
    rate: given.rate ?? 100,
    concurrency: 'count' in concurrency ? concurrency.count : concurrency.perNode * nodeCount,
    opTimeoutMs: given.opTimeoutMs ?? 5000,
    recoveryTimeoutMs: given.recoveryTimeoutMs ?? 30_000,
    seed,
    bug: bug?.name ?? null,
    timing: {
      electionTimeoutMs: given.electionTimeoutMs ?? defaultTiming.electionTimeoutMs,
      heartbeatIntervalMs: given.heartbeatIntervalMs ?? defaultTiming.heartbeatIntervalMs,
    },
    compaction: compactionOf(given.snapshotEvery),
    world: worldOf(given),
  };
  assertSound(options);
  return options;
}

/** A fifth of the entries before a snapshot stays in memory: for followers that are a little behind. */
function compactionOf(snapshotEvery: number | null = 1000): Compaction | null {
  return snapshotEvery === null ? null : { snapshotEvery, keptEntries: Math.floor(snapshotEvery / 5) };
}

function worldOf({ backend, linkLatencyUs, syncLatencyUs }: GivenOptions): WorldOptions | null {
  if (backend === 'sim') {
    return {
      linkLatencyUs: linkLatencyUs ?? defaultWorld.linkLatencyUs,
      syncLatencyUs: syncLatencyUs ?? defaultWorld.syncLatencyUs,
    };
  }
  if (linkLatencyUs === undefined && syncLatencyUs === undefined) return null;
  throw new UsageError('bad-option', '--link-latency and --sync-latency are those of a simulation', {
    remedy: 'Leave them out, or simulate: --backend sim.',
  });
}

function assertSound(options: RunOptions): void {
  const { workload, nemeses, nodes, seed, timing, concurrency } = options;
  workloadNamed(workload);
  assertSystemCan(options);
  for (const spec of nemeses) createNemesis(spec, { random: seededRandom(seed), nodes });
  const { electionTimeoutMs, heartbeatIntervalMs } = timing;
  if (heartbeatIntervalMs <= 0 || heartbeatIntervalMs >= electionTimeoutMs[0]) {
    const found = `--heartbeat ${heartbeatIntervalMs}ms with --election-timeout ${electionTimeoutMs.join('ms..')}ms`;
    throw new UsageError('bad-option', `${found}: followers would lose every leader`, {
      remedy:
        'Let several heartbeats fit into the shortest election time-out: --heartbeat 75ms --election-timeout 300ms..600ms.',
    });
  }
  if (concurrency < 1 || concurrency > 10_000) {
    throw new UsageError('bad-option', `--concurrency: ${concurrency} clients, but 1 to 10000 are possible`, {
      remedy: 'Give a number (10) or a multiple of the nodes (2n).',
    });
  }
}

function assertSystemCan({ system: name, backend, workload, bug, nemeses }: RunOptions): void {
  const { backends, workloads, hasBugs, isAdministrable } = systemNamed(name);
  const cannot = (what: string, remedy: string) => new UsageError('bad-option', `--system ${name} ${what}`, { remedy });
  if (!backends.includes(backend)) {
    throw cannot(`does not run on the backend ${backend}`, `Choose the backend ${backends.join(' or ')}: --backend.`);
  }
  if (!workloads.includes(workload)) {
    throw cannot(`has no client for --workload ${workload}`, `It has one for ${workloads.join(' and ')}.`);
  }
  const administrative = nemeses.find((spec) => /^(membership|transfer)(:|$)/.test(spec));
  if (administrative !== undefined && !isAdministrable) {
    throw cannot(`takes no changes as by --nemesis ${administrative}`, 'Leave out that nemesis, or --system.');
  }
  if (bug !== null && !hasBugs) throw cannot('has no planted bugs', 'Leave out --bug, or --system.');
}

/** The options of a stored run, checked: the file may be damaged, or of another version. Throws a UsageError. */
export function requireRunOptions(stored: unknown, path: string): RunOptions {
  const options = (stored ?? {}) as RunOptions;
  const wrong = wrongFields(options);
  if (wrong.length === 0) {
    assertSound(options);
    return options;
  }
  throw new UsageError('bad-run', `${path} has no sound ${wrong.join(', ')}`, {
    remedy: 'The file was damaged, or made by another version of raft-chaos: make the run anew by its command.',
  });
}

function wrongFields(options: RunOptions): readonly string[] {
  const { backend, nodes, nemeses, seed, bug, timing, compaction, world } = options;
  const isRange = (range: unknown): boolean =>
    Array.isArray(range) && range.length === 2 && range.every(isPositive) && range[0] <= range[1];
  const sound: Readonly<Record<string, boolean>> = {
    backend: backend === 'docker' || backend === 'sim',
    system: typeof options.system === 'string',
    nodes: isTexts(nodes) && nodes.length > 0,
    workload: typeof options.workload === 'string',
    nemeses: isTexts(nemeses),
    timeLimitMs: isPositive(options.timeLimitMs),
    rate: isPositive(options.rate),
    concurrency: isPositive(options.concurrency),
    opTimeoutMs: isPositive(options.opTimeoutMs),
    recoveryTimeoutMs: isPositive(options.recoveryTimeoutMs),
    seed: Number.isInteger(seed) && seed >= 0 && seed <= 0xffffffff,
    bug: bug === null || plantedBugs.some(({ name }) => name === bug),
    timing: isRange(timing?.electionTimeoutMs) && isPositive(timing?.heartbeatIntervalMs),
    compaction: compaction === null || (isPositive(compaction?.snapshotEvery) && compaction.keptEntries >= 0),
    world: backend === 'sim' ? isRange(world?.linkLatencyUs) && isRange(world?.syncLatencyUs) : world === null,
  };
  return Object.keys(sound).filter((field) => !sound[field]);
}

function isPositive(value: unknown): boolean {
  return typeof value === 'number' && Number.isFinite(value) && value > 0;
}

function isTexts(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every((item) => typeof item === 'string');
}

/** The command line that runs the same again. */
export function commandOf(options: RunOptions): string {
  const { electionTimeoutMs, heartbeatIntervalMs } = options.timing;
  const words = [
    'raft-chaos run',
    `--backend ${options.backend}`,
    `--nodes ${options.nodes.length}`,
    `--system ${options.system}`,
    `--workload ${options.workload}`,
    `--nemesis ${options.nemeses.length === 0 ? 'none' : options.nemeses.join(',')}`,
    `--time-limit ${options.timeLimitMs / 1000}`,
    `--rate ${options.rate}`,
    `--concurrency ${options.concurrency}`,
    `--op-timeout ${options.opTimeoutMs / 1000}`,
    `--recovery-timeout ${options.recoveryTimeoutMs / 1000}`,
    `--election-timeout ${electionTimeoutMs.join('ms..')}ms`,
    `--heartbeat ${heartbeatIntervalMs}ms`,
    `--snapshot-every ${options.compaction?.snapshotEvery ?? 'never'}`,
  ];
  if (options.world !== null) {
    words.push(`--link-latency ${options.world.linkLatencyUs.join('us..')}us`);
    words.push(`--sync-latency ${options.world.syncLatencyUs.join('us..')}us`);
  }
  words.push(`--seed ${options.seed}`);
  if (options.bug !== null) words.push(`--bug ${options.bug}`);
  return words.join(' ');
}
