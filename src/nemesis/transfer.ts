import { sleep } from '../base/clock.ts';
import { UsageError } from '../base/errors.ts';
import type { Random } from '../base/random.ts';
import type { Cluster } from '../cluster/cluster.ts';
import { askNode } from '../cluster/membership.ts';
import { leaderStatus, nodeStatus } from '../cluster/status.ts';
import type { Fault, FaultTarget, NemesisKind } from './nemesis.ts';
import { numberIn } from './numbers.ts';
import { scheduleOf } from './schedule.ts';
import { isNodes, notOfThisCluster } from './targets.ts';

const statusTimeoutMs = 500;
const callTimeoutMs = 3000;
const patienceMs = 2000;
const pauseMs = 20;

/** The leader is told to hand its office over, from node to node. Nothing is broken, and nobody else may mind. */
export const transfer: NemesisKind = {
  name: 'transfer',
  summary: 'hands the leadership over to a random other voter, several times in a row',
  options: { hops: 'how many times in a row; from 1 to 20 (3)' },
  create: (options, { random, nodes }) => {
    const hops = Math.round(numberIn('transfer', 'hops', options.get('hops') ?? '3', 1, 20));
    if (nodes.length < 2) {
      throw new UsageError('bad-nemesis', 'nemesis transfer: one node alone has nobody to hand the leadership to', {
        remedy: 'Ask for at least two nodes, better five: --nodes 5.',
      });
    }
    return {
      name: 'transfer',
      schedule: scheduleOf(options),
      choose: async (cluster) => ({ nodes: await chooseHeirs(hops, cluster, random) }),
    };
  },
  isInjectable: () => true,
  aim,
  draw: (random, nodeCount) => (nodeCount < 2 ? null : { hops: String(random.pick([1, 3, 10])) }),
};

/** Voters, where a leader says who they are; nobody twice in a row. */
async function chooseHeirs(hops: number, cluster: Cluster, random: Random): Promise<readonly string[]> {
  const leader = await leaderStatus(cluster, statusTimeoutMs);
  const voters = leader?.members?.filter(({ standing }) => standing === 'voter').map(({ id }) => id) ?? [];
  const candidates = voters.length > 1 ? voters : cluster.nodes;
  const heirs: string[] = [];
  let last = leader?.node;
  while (heirs.length < hops) {
    last = random.pick(candidates.filter((node) => node !== last));
    heirs.push(last);
  }
  return heirs;
}

function aim(target: FaultTarget, cluster: Cluster): Fault {
  const { nodes } = target;
  if (!isNodes(nodes, cluster) || nodes.length === 0) throw notOfThisCluster(nodes, cluster);
  return {
    description: `to ${nodes.join(', then ')}`,
    leavesQuorum: true,
    hit: [],
    inject: async () => {
      const seen: HandOver[] = [];
      for (const heir of nodes) seen.push(await handOver(cluster, heir));
      return {
        evidence: seen.map(({ sentence }) => sentence),
        effective: seen.some(({ witness }) => witness !== null),
        observed: { witnesses: seen.map(({ witness }) => witness) },
      };
    },
    // An office that was handed over is not handed back.
    heal: async () => {
      const leader = await leaderStatus(cluster, statusTimeoutMs);
      const sentence =
        leader === null ? 'in the end no node leads' : `in the end ${inOffice(leader.node, leader.term)}`;
      return { evidence: [sentence], effective: false, observed: { leader: leader?.node ?? null } };
    },
  };
}

interface HandOver {
  readonly sentence: string;
  /** Another node than the heir that says that the heir leads, in a term that begun since; null: nobody does. */
  readonly witness: string | null;
}

async function handOver(cluster: Cluster, heir: string): Promise<HandOver> {
  const leader = await untilLeader(cluster);
  if (leader === null) return { sentence: `${heir}: there was no leader to hand over to it`, witness: null };
  const before = inOffice(leader.node, leader.term);
  const request = { method: 'POST', path: '/transfer', body: { to: heir } } as const;
  const error = await askNode(cluster, leader.node, request, callTimeoutMs);
  const seen = await untilFollowed(cluster, heir, leader.term, error === null ? patienceMs : 0);
  const refused = error === null ? '' : `, who was asked in vain (${error})`;
  if (seen === null)
    return { sentence: `${before}${refused}; no other node says that ${heir} leads since`, witness: null };
  return {
    sentence: `${before}${refused}; then, as ${seen.node} says, ${inOffice(heir, seen.term)}`,
    witness: seen.node,
  };
}

function inOffice(node: string, term: number): string {
  return `${node} leads term ${term}`;
}

async function untilLeader(cluster: Cluster) {
  const endNs = cluster.clock.nowNs() + patienceMs * 1e6;
  for (;;) {
    const leader = await leaderStatus(cluster, statusTimeoutMs);
    if (leader !== null || cluster.clock.nowNs() >= endNs) return leader;
    await sleep(cluster.clock, pauseMs);
  }
}

/** Another node that follows the heir in a later term; null where there is none in time. */
async function untilFollowed(cluster: Cluster, heir: string, term: number, withinMs: number) {
  const endNs = cluster.clock.nowNs() + withinMs * 1e6;
  const others = cluster.nodes.filter((node) => node !== heir);
  for (;;) {
    const statuses = await Promise.all(others.map((node) => nodeStatus(cluster, node, statusTimeoutMs)));
    const witness = statuses.find((status) => status?.leader === heir && status.term > term);
    if (witness !== undefined && witness !== null) return witness;
    if (cluster.clock.nowNs() >= endNs) return null;
    await sleep(cluster.clock, pauseMs);
  }
}
