import { present } from '../base/assert.ts';
import { parseDurationMs } from '../base/duration.ts';
import { UsageError } from '../base/errors.ts';
import type { LinkCondition, LinkTraffic } from '../base/memory/network.ts';
import type { Cluster, Echoes, Link, NetworkFaults } from '../cluster/cluster.ts';
import { choicesOf, Rotation } from './choices.ts';
import type { Evidence, Fault, FaultTarget, NemesisKind } from './nemesis.ts';
import { numberIn } from './numbers.ts';
import { scheduleOf } from './schedule.ts';
import { drawTarget, nodesOf, resolveTarget, targetOption, targetsOf } from './targets.ts';

const troubles = ['delay', 'loss', 'duplicate', 'reorder', 'bandwidth'] as const;
type Trouble = (typeof troubles)[number];

const echoCount = 20;

/** Links get worse, but are not cut: everything that the nodes say to some of them, and hear from them. */
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
  const before = new Map<Link, LinkTraffic>();
  return {
    description: `${fault} on all links of ${nodes.join(' ')}`,
    // How much is too much for progress is the system's affair: none is demanded.
    leavesQuorum: false,
    hit: nodes,
    inject: async (name) => {
      for (const link of links) before.set(link, await faults.traffic(link));
      await faults.degrade(name, links, conditionOf(fault, target));
      return echoed(faults, links, 'under it');
    },
    heal: async (name) => {
      const counts = await counted(faults, fault, before);
      await faults.restore(name);
      const after = await echoed(faults, links, 'after it');
      return {
        evidence: [...counts.evidence, ...after.evidence],
        effective: counts.effective,
        observed: { ...counts.observed, ...after.observed },
      };
    },
  };
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

/** What becomes of messages beside the nodes' own on one of the links. */
async function echoed(faults: NetworkFaults, [probed]: readonly Link[], when: string): Promise<Evidence> {
  const link = present(probed, 'a node among others has links');
  const echoes = await faults.echo(link, echoCount);
  return { evidence: [`${when}, ${inWords(link, echoes)}`], effective: false, observed: { [when]: echoes } };
}

/** What the network's counters say since the fault began. */
async function counted(
  faults: NetworkFaults,
  fault: Trouble,
  before: ReadonlyMap<Link, LinkTraffic>,
): Promise<Evidence> {
  let all = 0;
  let affected = 0;
  for (const [link, then] of before) {
    const now = await faults.traffic(link);
    // Whatever is sent can be delayed; only messages can be lost, duplicated or reordered.
    all += fault === 'delay' || fault === 'bandwidth' ? now.sent - then.sent : now.messages - then.messages;
    affected += affectedBy(fault, now) - affectedBy(fault, then);
  }
  const sentence = `link counters: ${affected} of ${all} transmissions ${participles[fault]} on ${before.size} links`;
  return { evidence: [sentence], effective: affected > 0, observed: { all, affected } };
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

function inWords({ from, to }: Link, { sent, answered, repeated, overtaken, medianMs }: Echoes): string {
  if (sent === 0) return `${to} could not be reached from ${from}, for another fault's sake`;
  const median = medianMs === null ? '' : `, median ${medianMs.toFixed(1)} ms`;
  return `echoes ${from}→${to}: ${answered} of ${sent} came back, ${repeated} repeated, ${overtaken} overtaken${median}`;
}
