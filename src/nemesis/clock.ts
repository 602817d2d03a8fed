import { present } from '../base/assert.ts';
import { sleep } from '../base/clock.ts';
import { parseDurationMs } from '../base/duration.ts';
import type { ClockFaults, Cluster } from '../cluster/cluster.ts';
import { nodeStatus } from '../cluster/status.ts';
import type { NodeStatus } from '../node/client-api.ts';
import { choicesOf, Rotation } from './choices.ts';
import type { Evidence, Fault, FaultTarget, NemesisKind } from './nemesis.ts';
import { numberIn } from './numbers.ts';
import { scheduleOf } from './schedule.ts';
import { drawTarget, leavesQuorum, nodesOf, resolveTarget, targetOption, targetsOf } from './targets.ts';

const troubles = ['drift', 'jump'] as const;

const measureMs = 400;
const statusTimeoutMs = 1000;
/** Half a status call's round trip, and the milliseconds of a wall clock. */
const tolerance = 0.02;

/** Clocks are wrong: they run too fast or too slow, or the wall clock jumps. */
export const clock: NemesisKind = {
  name: 'clock',
  summary: 'lets the clocks of some nodes run too fast or too slow, or their wall clocks jump',
  options: {
    ...targetOption,
    fault: `one of ${troubles.join(', ')} (in turn)`,
    rate: 'a drifting clock runs this many times too fast, or too slow (1.5)',
    jump: 'how far a wall clock jumps, forward or back (1m)',
  },
  create: (options, { random }) => {
    const rotation = new Rotation(choicesOf(options.get('fault'), troubles, 'clock: there is no fault'), random);
    const targets = new Rotation(targetsOf(options.get('target'), 'clock'), random);
    const rate = numberIn('clock', 'rate', options.get('rate') ?? '1.5', 1.01, 10);
    const jumpMs = parseDurationMs(options.get('jump') ?? '1m', 'nemesis option jump');
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

interface Change {
  readonly rate?: number;
  readonly jumpMs?: number;
}

function aim(target: FaultTarget, cluster: Cluster): Fault {
  const clocks = present(cluster.clocks, 'only what can be injected is aimed');
  const nodes = nodesOf(target, cluster);
  const listed = Array.isArray(target['changes']) ? target['changes'] : [];
  const changes = nodes.map((_, place) => changeOf(listed[place]));
  return {
    description: nodes.map((node, place) => `${node} ${inWords(changes[place] ?? {})}`).join(', '),
    // A clock that runs fast makes a follower impatient: only those whose clocks are right are sure to make progress.
    leavesQuorum: leavesQuorum(cluster, nodes),
    hit: nodes,
    inject: () => inject(cluster, clocks, nodes, changes),
    heal: () => heal(cluster, clocks, nodes, changes),
  };
}

function changeOf(listed: unknown): Change {
  const { rate, jumpMs } = (listed ?? {}) as { rate?: unknown; jumpMs?: unknown };
  return {
    ...(typeof rate === 'number' && rate > 0 ? { rate } : {}),
    ...(typeof jumpMs === 'number' ? { jumpMs } : {}),
  };
}

function inWords({ rate, jumpMs }: Change): string {
  if (rate !== undefined) return `runs at ${rate.toFixed(3)} times true time`;
  return `jumps by ${(jumpMs ?? 0) / 1000} s`;
}

async function inject(
  cluster: Cluster,
  clocks: ClockFaults,
  nodes: readonly string[],
  changes: readonly Change[],
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
    effective: seen.some(({ asAsked }) => asAsked),
    observed: { before, start, end },
  };
}

async function heal(
  cluster: Cluster,
  clocks: ClockFaults,
  nodes: readonly string[],
  changes: readonly Change[],
): Promise<Evidence> {
  const before = await lookAll(cluster, nodes);
  const undone = changes.map(({ rate, jumpMs }) => ({
    ...(rate === undefined ? {} : { rate: 1 }),
    ...(jumpMs === undefined ? {} : { jumpMs: -jumpMs }),
  }));
  await Promise.all(nodes.map((node, place) => clocks.set(node, undone[place] ?? {})));
  const start = await lookAll(cluster, nodes);
  await sleep(cluster.clock, measureMs);
  const end = await lookAll(cluster, nodes);
  const seen = nodes.map((node, place) =>
    compared(node, undone[place] ?? {}, before[place] ?? null, start[place] ?? null, end[place] ?? null),
  );
  return { evidence: seen.map(({ sentence }) => sentence), effective: false, observed: { before, start, end } };
}

/** A node's clocks by its own word, and true time at that moment. */
interface Look extends Pick<NodeStatus, 'nowNs' | 'wallMs' | 'boot'> {
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

/** How fast the monotonic clock was seen to go, and by how much the wall clock was seen to jump. */
function compared(node: string, change: Change, before: Look | null, start: Look | null, end: Look | null) {
  if (before === null || start === null || end === null || start.boot !== end.boot) {
    return { sentence: `${node}: did not answer throughout`, asAsked: false };
  }
  const rate = (end.nowNs - start.nowNs) / (end.trueNs - start.trueNs);
  const jumpMs = start.wallMs - before.wallMs - (start.trueNs - before.trueNs) / 1e6;
  const rateAsAsked = Math.abs(rate - (change.rate ?? 1)) < tolerance * (change.rate ?? 1);
  const jumpAsAsked = Math.abs(jumpMs - (change.jumpMs ?? 0)) < 1000 * tolerance + measureMs * tolerance;
  return {
    sentence: `${node}: its clock goes at ${rate.toFixed(3)} times true time, its wall clock jumped by ${(jumpMs / 1000).toFixed(3)} s`,
    asAsked: change.rate === undefined ? jumpAsAsked : rateAsAsked,
  };
}
