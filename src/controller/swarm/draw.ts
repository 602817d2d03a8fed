import { UsageError } from '../../base/errors.ts';
import { type Random, seededRandom } from '../../base/random.ts';
import { nemesisKinds } from '../../nemesis/spec.ts';
import { plantedBug } from '../../node/bugs.ts';
import { workloads } from '../../workload/workloads.ts';
import { completeOptions, defaultTimeLimitMs, type GivenOptions, type RunOptions } from '../options.ts';

/**
 * The run of one seed in a swarm: what is not given is drawn, so that each run is another mix of faults, sizes, rates and
 * time-outs (swarm testing: Groce and others, 2012; as TigerBeetle's simulator does). Each option has a stream of its own:
 * one that is given leaves the others as they were.
 */
export function drawOptions(given: GivenOptions, seed: number): RunOptions {
  const random = seededRandom(seed).fork('swarm');
  const nodeCount = given.nodeCount ?? drawNodeCount(random.fork('nodes'), given);
  const heartbeatIntervalMs = given.heartbeatIntervalMs ?? random.fork('heartbeat').pick([20, 40, 75, 100]);
  const shortestElectionMs = heartbeatIntervalMs * random.fork('election').integer(3, 6);
  const electionTimeoutMs = given.electionTimeoutMs ?? ([shortestElectionMs, 2 * shortestElectionMs] as const);
  return completeOptions(
    {
      nodeCount,
      workload: given.bug == null ? random.fork('workload').pick(workloads).name : plantedBug(given.bug).workload,
      nemeses: drawNemeses(random.fork('nemeses'), nodeCount, given.timeLimitMs ?? defaultTimeLimitMs),
      rate: random.fork('rate').pick([10, 50, 100, 200, 400]),
      concurrency: { perNode: random.fork('concurrency').pick([1, 2, 4]) },
      heartbeatIntervalMs,
      electionTimeoutMs,
      snapshotEvery: drawSnapshotEvery(random.fork('snapshots')),
      linkLatencyUs: drawLinkLatencyUs(random.fork('link latency'), electionTimeoutMs[0]),
      syncLatencyUs: random.fork('sync latency').pick(syncLatenciesUs),
      ...given,
    },
    seed,
  );
}

/** Mostly the sizes that people run; of these, where nemeses are given, such as they can hurt. */
function drawNodeCount(random: Random, given: GivenOptions): number {
  const sizes = [3, 3, 3, 3, 5, 5, 5, 5, 4, 7, 2, 1];
  const feasible = sizes.filter((nodeCount) => isFeasible({ ...given, nodeCount, nemeses: given.nemeses ?? [] }));
  return random.pick(feasible.length > 0 ? feasible : sizes);
}

function isFeasible(given: GivenOptions): boolean {
  try {
    completeOptions(given, 0);
    return true;
  } catch (error) {
    if (error instanceof UsageError) return false;
    throw error;
  }
}

/** One rack, one site, one city, and a path of uneven quality. */
const linkLatenciesUs = [
  [10, 50],
  [50, 500],
  [1000, 5000],
  [100, 20_000],
] as const;

/** From one at nearly every moment to never. */
function drawSnapshotEvery(random: Random): number | null {
  return random.integer(1, 4) === 1 ? null : random.pick([10, 100, 1000]);
}

/** From a fast solid-state disk to a loaded spinning one. */
const syncLatenciesUs = [
  [50, 200],
  [200, 2000],
  [1000, 10_000],
  [500, 30_000],
] as const;

/** Section 5.6 of the Raft paper asks for messages that are much faster than elections: ten of them fit into one. */
function drawLinkLatencyUs(random: Random, shortestElectionMs: number) {
  return random.pick(linkLatenciesUs.filter(([, longestUs]) => 10 * longestUs <= shortestElectionMs * 1000));
}

/**
 * One kind alone in every other run, often for long enough that progress is due meanwhile; else each is there or not, so that
 * most pairs come up.
 */
function drawNemeses(random: Random, nodeCount: number, timeLimitMs: number): readonly string[] {
  const feasible = nemesisKinds.flatMap((kind) => {
    const options = kind.draw(random.fork(kind.name), nodeCount);
    return options === null ? [] : [{ name: kind.name, options }];
  });
  const alone = random.integer(1, 2) === 1;
  const chosen = feasible.filter(() => !alone && random.integer(1, 3) === 1);
  if (chosen.length === 0) chosen.push(random.pick(feasible));
  return chosen.map(({ name, options }) => {
    // The first is to come well before the end: at half the time, where that is short.
    const drawnMs = random.pick(alone ? [6000, 10_000, 14_000] : [2000, 5000, 9000, 14_000]);
    const everyMs = Math.min(drawnMs, Math.ceil(timeLimitMs / 2));
    const forMs = (everyMs * random.pick([30, 60, 80])) / 100;
    const own = Object.entries(options).map(([option, value]) => `:${option}=${value}`);
    return `${name}${own.join('')}:every=${everyMs / 1000}:for=${forMs / 1000}`;
  });
}
