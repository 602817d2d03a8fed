import { sleep } from '../base/clock.ts';
import { UsageError } from '../base/errors.ts';
import type { Random } from '../base/random.ts';
import type { Cluster, Link } from '../cluster/cluster.ts';
import { findLeader } from '../cluster/status.ts';
import { choicesOf, Rotation } from './choices.ts';
import type { Evidence, Fault, FaultTarget, NemesisKind, NemesisOptions } from './nemesis.ts';
import { cutLinks, cutting, describe, fewestNodes, type Shape, shapes } from './partition-shapes.ts';
import { scheduleOf } from './schedule.ts';
import { isNodes, leavesQuorum, notOfThisCluster } from './targets.ts';

/** The network falls apart: some nodes cannot talk with some others. */
export const partition: NemesisKind = {
  name: 'partition',
  summary: 'drops everything on some of the links between nodes, in both directions or in one',
  options: { shape: `one of ${shapes.join(', ')} (each in turn, in random order)` },
  create: (options, { random, nodes }) => {
    const rotation = new Rotation(shapesOf(options, nodes.length), random);
    return {
      name: 'partition',
      schedule: scheduleOf(options),
      choose: async (cluster) => {
        const shape = rotation.next();
        return { shape, groups: await chooseGroups(shape, cluster, random) };
      },
    };
  },
  isInjectable: () => true,
  aim,
  draw: (random, nodeCount) => {
    const feasible = shapes.filter((shape) => fewestNodes[shape] <= nodeCount);
    if (feasible.length === 0) return null;
    return random.integer(1, 2) === 1 ? {} : { shape: random.pick(feasible) };
  },
};

function shapesOf(options: NemesisOptions, nodeCount: number): readonly Shape[] {
  const given = options.get('shape');
  const chosen = choicesOf(given, shapes, 'partition: there is no shape');
  const feasible = chosen.filter((shape) => fewestNodes[shape] <= nodeCount);
  if (feasible.length > 0) return feasible;
  if (nodeCount < 2) {
    throw new UsageError('bad-nemesis', 'nemesis partition: one node alone cannot be parted', {
      remedy: 'Ask for at least two nodes, better five: --nodes 5.',
    });
  }
  const [shape = 'halves'] = chosen;
  throw new UsageError('bad-nemesis', `nemesis partition: shape ${shape} takes ${fewestNodes[shape]} nodes or more`, {
    remedy: 'Ask for more nodes, such as --nodes 5, or for another shape.',
  });
}

async function chooseGroups(shape: Shape, cluster: Cluster, random: Random): Promise<readonly (readonly string[])[]> {
  const shuffled = random.shuffle(cluster.nodes);
  const half = Math.floor(cluster.nodes.length / 2);
  const [first = ''] = shuffled;
  switch (shape) {
    case 'halves':
      return split(cluster.nodes, shuffled.slice(0, half));
    case 'isolate-one':
      return split(cluster.nodes, [first]);
    case 'isolate-leader':
      // Without a leader at this moment any node serves: the history names the one that was taken.
      return split(cluster.nodes, [(await findLeader(cluster, 1000)) ?? first]);
    case 'one-way': {
      const groups = split(cluster.nodes, shuffled.slice(0, random.integer(1, half)));
      return random.integer(0, 1) === 0 ? groups : groups.toReversed();
    }
    case 'bridge': {
      const [left = [], right = []] = split(shuffled.slice(1), shuffled.slice(1, 1 + half));
      return [left, [first], right];
    }
    case 'ring':
      return [shuffled];
  }
}

function split(nodes: readonly string[], group: readonly string[]): readonly (readonly string[])[] {
  return [nodes.filter((node) => group.includes(node)), nodes.filter((node) => !group.includes(node))];
}

function aim(target: FaultTarget, cluster: Cluster): Fault {
  const { shape: name, groups } = target;
  const [shape = 'halves'] = choicesOf(String(name), shapes, 'partition: there is no shape');
  if (!isGroups(groups, cluster)) throw notOfThisCluster(groups, cluster);
  const links = cutLinks(shape, groups);
  const { off: hit, hub } = cutting(cluster.nodes, links);
  let leaked = false;
  return {
    description: describe(shape, groups),
    leavesQuorum: leavesQuorum(cluster, hit),
    hit,
    ...(hub === null ? {} : { hub }),
    inject: async (fault) => {
      const evidence = await inject(cluster, fault, links);
      leaked = !evidence.effective;
      return evidence;
    },
    heal: async (fault) => {
      const evidence = await heal(cluster, fault, links);
      // What was seen to leak was another partition than the one that is told of, however much it dropped.
      return { ...evidence, effective: evidence.effective && !leaked };
    },
  };
}

function isGroups(groups: unknown, cluster: Cluster): groups is readonly (readonly string[])[] {
  return Array.isArray(groups) && groups.every((group) => isNodes(group, cluster));
}

async function inject(cluster: Cluster, fault: string, links: readonly Link[]): Promise<Evidence> {
  await cluster.cut(fault, links);
  const open = await cluster.probe();
  const leaking = links.filter((link) => includes(open, link));
  const sentence =
    leaking.length === 0
      ? `probes: none of the ${links.length} links that were cut lets a connection through`
      : `probes: ${leaking.length} of the ${links.length} links that were cut still let connections through: ${format(leaking)}`;
  return { evidence: [sentence], effective: links.length > 0 && leaking.length === 0, observed: { leaking } };
}

async function heal(cluster: Cluster, fault: string, links: readonly Link[]): Promise<Evidence> {
  const dropped = (await cluster.dropped()).filter((count) => count.packets > 0 && includes(links, count));
  const packets = dropped.reduce((sum, count) => sum + count.packets, 0);
  await cluster.heal(fault);
  const healed = await probeUntilOpen(cluster, links);
  const evidence = [
    `packet counters: ${packets} packets dropped on ${dropped.length} of ${links.length} links`,
    healed.length === 0
      ? 'probes: every link lets connections through again'
      : `probes: still closed after the heal (another fault may hold them): ${format(healed)}`,
  ];
  return { evidence, effective: dropped.length === links.length, observed: { dropped, stillClosed: healed } };
}

/** A probe may be lost in the moment of healing: it is tried again for a second before a link is called closed. */
async function probeUntilOpen(cluster: Cluster, links: readonly Link[]): Promise<readonly Link[]> {
  for (let attempt = 1; ; attempt++) {
    const open = await cluster.probe();
    const closed = links.filter((link) => !includes(open, link));
    if (closed.length === 0 || attempt === 3) return closed;
    await sleep(cluster.clock, 300);
  }
}

function includes(links: readonly Link[], link: Link): boolean {
  return links.some((candidate) => candidate.from === link.from && candidate.to === link.to);
}

function format(links: readonly Link[]): string {
  return links.map((link) => `${link.from}→${link.to}`).join(', ');
}
