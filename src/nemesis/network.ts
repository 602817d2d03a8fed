import { present } from '../base/assert.ts';
import type { LinkCondition, LinkTraffic } from '../base/conditions.ts';
import { parseDurationMs } from '../base/duration.ts';
import { UsageError } from '../base/errors.ts';
import type { Cluster, Echoes, Link, NetworkFaults } from '../cluster/cluster.ts';
import { choicesOf, Rotation } from './choices.ts';
import type { Fault, FaultTarget, NemesisKind } from './nemesis.ts';
import { numberIn } from './numbers.ts';
import { scheduleOf } from './schedule.ts';
import { drawTarget, leavesQuorum, nodesOf, resolveTarget, targetOption, targetsOf } from './targets.ts';

const troubles = ['delay', 'loss', 'duplicate', 'reorder', 'bandwidth'] as const;
type Trouble = (typeof troubles)[number];

const echoCount = 40;
/** A fault that no echo shows counts by the network's own word only from so many of the nodes' transmissions on. */
const fewestAffected = 10;

/**
 * Links get worse, but are not cut: everything that the nodes say to some of them, and hear from them. Effective is what
 * messages show that are echoed beside the nodes' own, before the fault and under it: lost, repeated or overtaken ones where
 * there were none, or a median time half as long again. Where they show nothing, for the fault is a small one or no link
 * could be reached, the network's counters must show ten of the nodes' own transmissions affected, and the evidence says so.
 */
export const network: NemesisKind = {
  name: 'network',
  summary: 'delays, loses, duplicates or reorders messages on the links of some nodes, or lets only few bytes pass',
  options: {
    ...targetOption,
    fault: `one of ${troubles.join(', ')} (each in turn, in random order)`,
    delay: 'mean of the delay that is added to each message, exponentially distributed (50ms)',
    percent: 'how many of the messages are lost, duplicated or reordered (20)',
    bandwidth: 'kilobytes a second that a link lets pass (32)',
  },
  create: (options, context) => {
    const { random } = context;
    const rotation = new Rotation(choicesOf(options.get('fault'), troubles, 'network: there is no fault'), random);
    const targets = new Rotation(targetsOf(options.get('target'), 'network'), random);
    const delayMs = parseDurationMs(options.get('delay') ?? '50ms', 'nemesis option delay');
    const percent = numberIn('network', 'percent', options.get('percent') ?? '20', 1, 100);
    const kilobytes = numberIn('network', 'bandwidth', options.get('bandwidth') ?? '32', 1, 1_000_000);
    if (context.nodes.length < 2) {
      throw new UsageError('bad-nemesis', 'nemesis network: one node alone has no links', {
        remedy: 'Ask for at least two nodes, better five: --nodes 5.',
      });
    }
    return {
      name: 'network',
      schedule: scheduleOf(options),
      choose: async (cluster) => {
        const fault = rotation.next();
        const target = targets.next();
        return { fault, target, nodes: await resolveTarget(target, cluster, random), delayMs, percent, kilobytes };
      },
    };
  },
  isInjectable: (cluster) => cluster.network !== null,
  aim,
  draw: (random, nodeCount) => {
    if (nodeCount < 2) return null;
    return {
      ...drawTarget(random),
      ...(random.integer(1, 2) === 1 ? {} : { fault: random.pick(troubles) }),
      delay: `${random.pick([2, 10, 50, 200])}ms`,
      percent: String(random.pick([1, 5, 20, 50])),
      bandwidth: String(random.pick([8, 32, 256])),
    };
  },
};

function aim(target: FaultTarget, cluster: Cluster): Fault {
  const faults = present(cluster.network, 'only what can be injected is aimed');
  const nodes = nodesOf(target, cluster);
  const [fault = 'delay'] = choicesOf(String(target['fault']), troubles, 'network: there is no fault');
  const links = cluster.nodes.flatMap((from) =>
    cluster.nodes
      .filter((to) => to !== from && (nodes.includes(from) || nodes.includes(to)))
      .map((to) => ({ from, to })),
  );
  const counted = new Map<Link, LinkTraffic>();
  const bytes = echoBytes(fault, target);
  let probed: Link | undefined;
  let seen = false;
  return {
    description: `${fault} on all links of ${nodes.join(' ')}`,
    // Those that are not hit have clean links among themselves.
    leavesQuorum: leavesQuorum(cluster, nodes),
    hit: nodes,
    inject: async (name) => {
      const open = await cluster.probe();
      probed = links.find(({ from, to }) => open.some((link) => link.from === from && link.to === to));
      const before = await echoed(faults, probed, bytes);
      await faults.degrade(name, links, conditionOf(fault, target));
      const under = await echoed(faults, probed, bytes);
      seen = isSeen(fault, before, under);
      // Counted from here on, so that the echoes are not.
      for (const link of links) counted.set(link, await faults.traffic(link));
      const evidence = [inWords('before it', probed, before), inWords('under it', probed, under)];
      return { evidence, effective: seen, observed: { before, under } };
    },
    heal: async (name) => {
      const { sentence, all, affected } = await countedSince(faults, fault, counted);
      await faults.restore(name);
      const after = await echoed(faults, probed, bytes);
      const sentences = seen
        ? [sentence]
        : [sentence, 'only these counters of the network can show it: the echoes do not'];
      return {
        evidence: [...sentences, inWords('after it', probed, after)],
        effective: seen || affected >= fewestAffected,
        observed: { all, affected, after },
      };
    },
  };
}

/** For a bandwidth: so many that three times as much is sent as passes, within reason. */
function echoBytes(fault: Trouble, { kilobytes }: FaultTarget): number {
  return fault === 'bandwidth' ? Math.min(64 * 1024, Math.max(64, Math.ceil(Number(kilobytes) * 15))) : 64;
}

/** Whether messages met under the fault what they did not meet before. */
function isSeen(fault: Trouble, before: Echoes | null, under: Echoes | null): boolean {
  if (before === null || under === null || before.sent === 0 || under.sent === 0) return false;
  const slower = before.medianMs !== null && under.medianMs !== null && under.medianMs > 1.5 * before.medianMs;
  const lost = before.answered === before.sent && under.answered < under.sent;
  switch (fault) {
    case 'delay':
      return slower;
    case 'loss':
      return lost;
    case 'duplicate':
      return before.repeated === 0 && under.repeated > 0;
    case 'reorder':
      return before.overtaken === 0 && under.overtaken > 0;
    case 'bandwidth':
      return slower || lost;
  }
}

function conditionOf(fault: Trouble, { delayMs, percent, kilobytes }: FaultTarget): LinkCondition {
  const ratio = Number(percent) / 100;
  switch (fault) {
    case 'delay': {
      const meanNs = Math.round(Number(delayMs) * 1e6);
      return { delay: { kind: 'exponential', minNs: 0, meanNs, maxNs: 10 * meanNs } };
    }
    case 'loss':
      return { lossRatio: ratio };
    case 'duplicate':
      return { duplicateRatio: ratio };
    case 'reorder':
      return { reorderRatio: ratio };
    case 'bandwidth':
      return { bandwidthBytesPerS: Number(kilobytes) * 1000 };
  }
}

/** What becomes of messages beside the nodes' own on a link; null where none could be reached. */
async function echoed(faults: NetworkFaults, link: Link | undefined, messageBytes: number): Promise<Echoes | null> {
  return link === undefined ? null : faults.echo(link, echoCount, messageBytes);
}

/** What the network's counters say since they were read. */
async function countedSince(faults: NetworkFaults, fault: Trouble, before: ReadonlyMap<Link, LinkTraffic>) {
  let all = 0;
  let affected = 0;
  for (const [link, then] of before) {
    const now = await faults.traffic(link);
    // Whatever is sent can be delayed; only messages can be lost, duplicated or reordered.
    all += fault === 'delay' || fault === 'bandwidth' ? now.sent - then.sent : now.messages - then.messages;
    affected += affectedBy(fault, now) - affectedBy(fault, then);
  }
  const sentence = `link counters, echoes aside: ${affected} of ${all} transmissions ${participles[fault]} on ${before.size} links`;
  return { sentence, all, affected };
}

const participles: Readonly<Record<Trouble, string>> = {
  delay: 'delayed',
  loss: 'lost',
  duplicate: 'duplicated',
  reorder: 'reordered',
  bandwidth: 'held up or lost',
};

function affectedBy(fault: Trouble, { delayed, lost, duplicated, reordered }: LinkTraffic): number {
  switch (fault) {
    case 'delay':
      return delayed;
    case 'loss':
      return lost;
    case 'duplicate':
      return duplicated;
    case 'reorder':
      return reordered;
    case 'bandwidth':
      return delayed + lost;
  }
}

function inWords(when: string, link: Link | undefined, echoes: Echoes | null): string {
  if (link === undefined || echoes === null) return `${when}, no link could be reached, for another fault's sake`;
  const { sent, answered, repeated, overtaken, medianMs } = echoes;
  if (sent === 0) return `${when}, ${link.to} could not be reached from ${link.from}, for another fault's sake`;
  const median = medianMs === null ? '' : `, median ${medianMs.toFixed(1)} ms`;
  return `${when}, echoes ${link.from}→${link.to}: ${answered} of ${sent} came back, ${repeated} repeated, ${overtaken} overtaken${median}`;
}
