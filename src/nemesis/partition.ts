import { sleep } from '../base/clock.ts';
import { UsageError } from '../base/errors.ts';
import type { Random } from '../base/random.ts';
import type { Cluster, Link } from '../cluster/cluster.ts';
import { findLeader } from '../cluster/status.ts';
import type { ChosenFault, Evidence, Nemesis, NemesisKind, NemesisOptions } from './nemesis.ts';
import { scheduleOf } from './schedule.ts';
import { Rotation } from './targets.ts';

const shapes = ['halves', 'isolate-one', 'isolate-leader'] as const;
type Shape = (typeof shapes)[number];

/** The network falls into groups of nodes: nothing passes between two groups, in either direction. */
export const partition: NemesisKind = {
  name: 'partition',
  summary: 'drops everything between groups of nodes, in both directions',
  options: { shape: `one of ${shapes.join(', ')} (each in turn, in random order)` },
  create: (options, context) => {
    if (context.nodes.length < 2) {
      throw new UsageError('bad-nemesis', 'nemesis partition: one node alone cannot be parted', {
        remedy: 'Ask for at least two nodes, better five: --nodes 5.',
      });
    }
    return new Partition(options, context.random);
  },
};

class Partition implements Nemesis {
  readonly name = 'partition';
  readonly schedule;
  readonly #random: Random;
  readonly #shapes: Rotation<Shape>;

  constructor(options: NemesisOptions, random: Random) {
    this.schedule = scheduleOf(options);
    this.#random = random;
    this.#shapes = new Rotation(shapesOf(options.get('shape')), random);
  }

  async choose(cluster: Cluster): Promise<ChosenFault> {
    const shape = this.#shapes.next();
    const groups = await chooseGroups(shape, cluster, this.#random);
    const links = linksBetween(groups);
    const quorum = Math.floor(cluster.nodes.length / 2) + 1;
    let leaked = false;
    return {
      description: groups.map((group) => group.join(' ')).join(' | '),
      leavesQuorum: groups.some((group) => group.length >= quorum),
      hit: groups
        .toSorted((a, b) => b.length - a.length)
        .slice(1)
        .flat(),
      target: { shape, groups },
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
}

function shapesOf(given: string | undefined): readonly Shape[] {
  if (given === undefined) return shapes;
  const shape = shapes.find((candidate) => candidate === given);
  if (shape === undefined) {
    throw new UsageError('bad-nemesis', `nemesis partition: there is no shape ${JSON.stringify(given)}`, {
      remedy: `There are: ${shapes.join(', ')}.`,
    });
  }
  return [shape];
}

async function chooseGroups(shape: Shape, cluster: Cluster, random: Random): Promise<string[][]> {
  const shuffled = random.shuffle(cluster.nodes);
  const [first = ''] = shuffled;
  switch (shape) {
    case 'halves':
      return split(cluster.nodes, shuffled.slice(0, Math.floor(cluster.nodes.length / 2)));
    case 'isolate-one':
      return split(cluster.nodes, [first]);
    case 'isolate-leader':
      // Without a leader at this moment any node serves: the history names the one that was taken.
      return split(cluster.nodes, [(await findLeader(cluster, 1000)) ?? first]);
  }
}

function split(nodes: readonly string[], group: readonly string[]): string[][] {
  return [nodes.filter((node) => group.includes(node)), nodes.filter((node) => !group.includes(node))];
}

function linksBetween(groups: readonly (readonly string[])[]): Link[] {
  const links: Link[] = [];
  for (const group of groups) {
    for (const from of group) {
      for (const other of groups) {
        if (other !== group) for (const to of other) links.push({ from, to });
      }
    }
  }
  return links;
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
