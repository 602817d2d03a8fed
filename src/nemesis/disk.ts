import { present } from '../base/assert.ts';
import type { DiskCounters, DiskImpairment } from '../base/conditions.ts';
import { parseDurationMs } from '../base/duration.ts';
import type { Cluster, DiskFaults, NodeObservation } from '../cluster/cluster.ts';
import { choicesOf, Rotation } from './choices.ts';
import type { Evidence, Fault, FaultTarget, NemesisKind } from './nemesis.ts';
import { scheduleOf } from './schedule.ts';
import { drawTarget, leavesQuorum, nodesOf, resolveTarget, targetOption, targetsOf } from './targets.ts';

const troubles = ['slow', 'full', 'eio', 'flip'] as const;
type Trouble = (typeof troubles)[number];

/** Disks fail nodes: syncs take long, writes find no room, calls fail, or a bit of what was written long ago flips. */
export const disk: NemesisKind = {
  name: 'disk',
  summary: 'makes the disks of some nodes slow, full or faulty, or flips a bit in their logs while they are down',
  options: {
    ...targetOption,
    fault: `one of ${troubles.join(', ')} (each in turn, in random order)`,
    delay: 'mean of what a slow disk adds to each sync, exponentially distributed (200ms)',
  },
  create: (options, { random }) => {
    const rotation = new Rotation(choicesOf(options.get('fault'), troubles, 'disk: there is no fault'), random);
    const targets = new Rotation(targetsOf(options.get('target'), 'disk'), random);
    const delayMs = parseDurationMs(options.get('delay') ?? '200ms', 'nemesis option delay');
    return {
      name: 'disk',
      schedule: scheduleOf(options),
      choose: async (cluster) => {
        const fault = rotation.next();
        const target = targets.next();
        const nodes = await resolveTarget(target, cluster, random);
        const flips = nodes.map(() => ({ share: random.fraction(), bit: random.integer(0, 7) }));
        return { fault, target, nodes, delayMs, ...(fault === 'flip' ? { flips } : {}) };
      },
    };
  },
  isInjectable: ({ disks }) => disks !== null,
  aim: (target, cluster) => {
    const [fault = 'slow'] = choicesOf(String(target['fault']), troubles, 'disk: there is no fault');
    return fault === 'flip' ? flips(target, cluster) : impaired(fault, target, cluster);
  },
  draw: (random) => ({
    ...drawTarget(random),
    ...(random.integer(1, 2) === 1 ? {} : { fault: random.pick(troubles) }),
    delay: `${random.pick([20, 200, 1000])}ms`,
  }),
};

function impairmentOf(fault: Exclude<Trouble, 'flip'>, { delayMs }: FaultTarget): DiskImpairment {
  switch (fault) {
    case 'slow': {
      const meanNs = Math.round(Number(delayMs) * 1e6);
      const extra = { kind: 'exponential', minNs: 0, meanNs, maxNs: 10 * meanNs } as const;
      return { kind: 'slow', operations: ['fdatasync', 'sync-directory'], extra };
    }
    case 'full':
      return { kind: 'full' };
    case 'eio':
      return { kind: 'error', code: 'EIO', ratio: 0.5, operations: ['write', 'fdatasync', 'read'] };
  }
}

/** What the disk refuses may end a node, as it should: it is started again when the fault is over. */
function impaired(fault: Exclude<Trouble, 'flip'>, target: FaultTarget, cluster: Cluster): Fault {
  const disks = present(cluster.disks, 'only what can be injected is aimed');
  const nodes = nodesOf(target, cluster);
  const before = new Map<string, DiskCounters>();
  return {
    description: `${fault} on ${nodes.join(' ')}`,
    leavesQuorum: leavesQuorum(cluster, nodes),
    hit: nodes,
    inject: async (name) => {
      for (const node of nodes) before.set(node, await disks.counters(node));
      for (const [place, node] of nodes.entries()) {
        await disks.impair(`${name} ${place}`, node, impairmentOf(fault, target));
      }
      return { evidence: [], effective: false, observed: {} };
    },
    heal: async (name) => {
      const evidence = await felt(cluster, disks, fault, before);
      for (const place of nodes.keys()) await disks.mend(`${name} ${place}`);
      for (const node of nodes) await cluster.restart(node);
      return evidence;
    },
  };
}

/**
 * What became of the nodes. A disk that refuses was seen to where a node has ended with that as its last words; a slow one
 * where the calls that it slowed, as far as they are done, took half as long again on average as its sound syncs so far.
 */
async function felt(
  cluster: Cluster,
  disks: DiskFaults,
  fault: Exclude<Trouble, 'flip'>,
  before: ReadonlyMap<string, DiskCounters>,
): Promise<Evidence> {
  const seen = await Promise.all(
    [...before].map(async ([node, then]) => {
      const now = await disks.counters(node);
      const { state, detail } = await cluster.observe(node);
      const words = (await disks.lastWords(node)).slice(0, 200);
      const { isFelt, sentence } = fault === 'slow' ? slowness(then, now) : refusal(fault, then, now, state, words);
      return { isFelt, sentence: `${node}: its disk ${sentence}; process ${detail}, last words: ${words}` };
    }),
  );
  return {
    evidence: seen.map(({ sentence }) => sentence),
    effective: seen.some(({ isFelt }) => isFelt),
    observed: { felt: seen.map(({ isFelt }) => isFelt) },
  };
}

interface Feeling {
  readonly isFelt: boolean;
  readonly sentence: string;
}

function slowness(then: DiskCounters, now: DiskCounters): Feeling {
  const slowed = now.slowed - then.slowed;
  const meanMs = slowed === 0 ? 0 : (now.slowedNs - then.slowedNs) / slowed / 1e6;
  const soundMs = now.soundSyncs === 0 ? 0 : now.soundSyncsNs / now.soundSyncs / 1e6;
  return {
    isFelt: meanMs > 1.5 * soundMs,
    sentence: `took ${meanMs.toFixed(1)} ms for each of ${slowed} syncs on average, ${soundMs.toFixed(1)} ms when it was sound`,
  };
}

function refusal(
  fault: 'full' | 'eio',
  then: DiskCounters,
  now: DiskCounters,
  state: NodeObservation['state'],
  words: string,
): Feeling {
  const code = fault === 'full' ? 'ENOSPC' : 'EIO';
  const refused = now.refused[code] - then.refused[code];
  return {
    isFelt: refused > 0 && state === 'dead' && words.includes(code),
    sentence: `refused ${refused} of ${now.operations - then.operations} calls`,
  };
}

/** A node dies, a bit of its log flips, and it is started again: it must notice, and stay away until the bit is turned back. */
function flips(target: FaultTarget, cluster: Cluster): Fault {
  const disks = present(cluster.disks, 'only what can be injected is aimed');
  const nodes = nodesOf(target, cluster);
  const places = Array.isArray(target['flips']) ? (target['flips'] as { share?: number; bit?: number }[]) : [];
  return {
    description: `flip on ${nodes.join(' ')}`,
    leavesQuorum: leavesQuorum(cluster, nodes),
    hit: nodes,
    inject: async (name) => {
      await Promise.all(nodes.map((node) => cluster.kill(node)));
      const flipped = await Promise.all(
        nodes.map((node, at) => disks.flipBit(`${name} ${at}`, node, places[at]?.share ?? 0, places[at]?.bit ?? 0)),
      );
      await Promise.all(nodes.map((node) => cluster.restart(node)));
      const evidence = nodes.map((node, at) => {
        const bit = flipped[at];
        return bit == null ? `${node}: nothing to flip` : `${node}: bit ${bit.bit} of byte ${bit.byte} of ${bit.path}`;
      });
      return { evidence, effective: false, observed: { flipped } };
    },
    heal: async (name) => {
      const seen = await Promise.all(
        nodes.map(async (node) => ({
          ...(await cluster.observe(node)),
          words: (await disks.lastWords(node)).slice(0, 200),
        })),
      );
      for (const place of nodes.keys()) await disks.mend(`${name} ${place}`);
      await Promise.all(nodes.map((node) => cluster.restart(node)));
      return {
        evidence: seen.map(({ detail, words }, at) => `${nodes[at]}: process ${detail}, last words: ${words}`),
        effective: seen.some(({ state, words }) => state === 'dead' && words.includes('cannot start')),
        observed: { states: seen.map(({ state }) => state) },
      };
    },
  };
}
