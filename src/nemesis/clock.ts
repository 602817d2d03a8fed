import { present } from '../base/assert.ts';
import { sleep } from '../base/clock.ts';
import type { ClockChange } from '../base/conditions.ts';
import { parseDurationMs } from '../base/duration.ts';
import { UsageError } from '../base/errors.ts';
import type { ClockFaults, Cluster } from '../cluster/cluster.ts';
import { nodeStatus, type ReportedStatus } from '../cluster/status.ts';
import { choicesOf, Rotation } from './choices.ts';
import type { Evidence, Fault, FaultTarget, NemesisKind } from './nemesis.ts';
import { numberIn } from './numbers.ts';
import { scheduleOf } from './schedule.ts';
import { drawTarget, leavesQuorum, nodesOf, resolveTarget, targetOption, targetsOf } from './targets.ts';

const troubles = ['drift', 'jump'] as const;

const measureMs = 400;
const statusTimeoutMs = 1000;
/** Half a status call's round trip, and the milliseconds of a wall clock. What is asked must differ by more than twice that. */
const rateTolerance = 0.02;
const jumpToleranceMs = 28;
const smallestRate = 1.05;
const smallestJumpMs = 100;

/** Clocks are wrong: they run too fast or too slow, or the wall clock jumps. */
export const clock: NemesisKind = {
  name: 'clock',
  summary: 'lets the clocks of some nodes run too fast or too slow, or their wall clocks jump',
  options: {
    ...targetOption,
    fault: `one of ${troubles.join(', ')} (in turn)`,
    rate: 'a drifting clock runs this many times too fast, or too slow; 1.05 or more (1.5)',
    jump: 'how far a wall clock jumps, forward or back; 100ms or more (1m)',
  },
  create: (options, { random }) => {
    const rotation = new Rotation(choicesOf(options.get('fault'), troubles, 'clock: there is no fault'), random);
    const targets = new Rotation(targetsOf(options.get('target'), 'clock'), random);
    const rate = numberIn('clock', 'rate', options.get('rate') ?? '1.5', smallestRate, 10);
    const jumpMs = Math.round(parseDurationMs(options.get('jump') ?? '1m', 'nemesis option jump'));
    if (jumpMs < smallestJumpMs) {
      throw new UsageError('bad-nemesis', `nemesis clock: a jump of ${jumpMs} ms could not be seen`, {
        remedy: `Let clocks jump by ${smallestJumpMs} ms or more: jump=1m, say.`,
      });
    }
    return {
      name: 'clock',
      schedule: scheduleOf(options),
      choose: async (cluster) => {
        const fault = rotation.next();
        const target = targets.next();
        const nodes = await resolveTarget(target, cluster, random);
        const fast = nodes.map(() => random.integer(0, 1) === 1);
        const changes = fast.map((isFast) =>
          fault === 'drift' ? { rate: isFast ? rate : 1 / rate } : { jumpMs: isFast ? jumpMs : -jumpMs },
        );
        return { fault, target, nodes, changes };
      },
    };
  },
  isInjectable: ({ clocks }) => clocks !== null,
  aim,
  draw: (random) => ({
    ...drawTarget(random),
    ...(random.integer(1, 2) === 1 ? {} : { fault: random.pick(troubles) }),
    rate: String(random.pick([1.05, 1.2, 1.5, 2])),
    jump: `${random.pick([1, 60, 3600])}s`,
  }),
};

function aim(target: FaultTarget, cluster: Cluster): Fault {
  const clocks = present(cluster.clocks, 'only what can be injected is aimed');
  const nodes = nodesOf(target, cluster);
  const listed = Array.isArray(target['changes']) ? target['changes'] : [];
  const changes = nodes.map((_, place) => changeOf(listed[place]));
  const undone = changes.map(({ rate, jumpMs }) => ({
    ...(rate === undefined ? {} : { rate: 1 }),
    ...(jumpMs === undefined ? {} : { jumpMs: -jumpMs }),
  }));
  return {
    description: nodes.map((node, place) => `${node} ${inWords(changes[place] ?? {})}`).join(', '),
    // A clock that runs fast makes a follower impatient: only those whose clocks are right are sure to make progress.
    leavesQuorum: leavesQuorum(cluster, nodes),
    hit: nodes,
    inject: () => change(cluster, clocks, nodes, changes),
    // That a clock is right again is no effect of the fault.
    heal: async () => ({ ...(await change(cluster, clocks, nodes, undone)), effective: false }),
  };
}

function changeOf(listed: unknown): ClockChange {
  const { rate, jumpMs } = (listed ?? {}) as { rate?: unknown; jumpMs?: unknown };
  return {
    ...(typeof rate === 'number' && rate > 0 ? { rate } : {}),
    ...(typeof jumpMs === 'number' ? { jumpMs } : {}),
  };
}

function inWords({ rate, jumpMs }: ClockChange): string {
  if (rate !== undefined) return `runs at ${rate.toFixed(3)} times true time`;
  return `jumps by ${(jumpMs ?? 0) / 1000} s`;
}

/**
 * Sets the clocks, and compares what they show before and after with true time. `effective`: at least one clock was seen to
 * do what was asked, and that is not what a clock does that is right.
 */
async function change(
  cluster: Cluster,
  clocks: ClockFaults,
  nodes: readonly string[],
  changes: readonly ClockChange[],
): Promise<Evidence> {
  const before = await lookAll(cluster, nodes);
  await Promise.all(nodes.map((node, place) => clocks.set(node, changes[place] ?? {})));
  const start = await lookAll(cluster, nodes);
  await sleep(cluster.clock, measureMs);
  const end = await lookAll(cluster, nodes);
  const seen = nodes.map((node, place) =>
    compared(node, changes[place] ?? {}, before[place] ?? null, start[place] ?? null, end[place] ?? null),
  );
  return {
    evidence: seen.map(({ sentence }) => sentence),
    effective: seen.some(({ asAsked, unhurt }) => asAsked && !unhurt),
    observed: { before, start, end },
  };
}

/** A node's clocks by its own word, and true time at that moment. */
interface Look extends Pick<ReportedStatus, 'nowNs' | 'wallMs' | 'boot'> {
  readonly trueNs: number;
}

function lookAll(cluster: Cluster, nodes: readonly string[]): Promise<(Look | null)[]> {
  return Promise.all(
    nodes.map(async (node) => {
      const beforeNs = cluster.clock.nowNs();
      const status = await nodeStatus(cluster, node, statusTimeoutMs);
      if (status === null) return null;
      const { nowNs, wallMs, boot } = status;
      return { nowNs, wallMs, boot, trueNs: Math.round((beforeNs + cluster.clock.nowNs()) / 2) };
    }),
  );
}

/**
 * How fast the monotonic clock was seen to go, and by how much the wall clock was seen to jump: by what was asked, or as if
 * nothing had been done.
 */
function compared(node: string, change: ClockChange, before: Look | null, start: Look | null, end: Look | null) {
  if (before === null || start === null || end === null || before.boot !== start.boot || start.boot !== end.boot) {
    return { sentence: `${node}: did not answer throughout`, asAsked: false, unhurt: true };
  }
  const rate = (end.nowNs - start.nowNs) / (end.trueNs - start.trueNs);
  const jumpMs = start.wallMs - before.wallMs - (start.trueNs - before.trueNs) / 1e6;
  const rateIs = (wanted: number): boolean => Math.abs(rate - wanted) < rateTolerance * wanted;
  const jumpIs = (wantedMs: number): boolean => Math.abs(jumpMs - wantedMs) < jumpToleranceMs;
  return {
    sentence: `${node}: its clock goes at ${rate.toFixed(3)} times true time, its wall clock jumped by ${(jumpMs / 1000).toFixed(3)} s`,
    asAsked: change.rate === undefined ? jumpIs(change.jumpMs ?? 0) : rateIs(change.rate),
    unhurt: rateIs(1) && jumpIs(0),
  };
}
