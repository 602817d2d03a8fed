import { UsageError } from '../base/errors.ts';
import type { Random } from '../base/random.ts';
import type { Cluster } from '../cluster/cluster.ts';
import { findLeader } from '../cluster/status.ts';
import { choicesOf } from './choices.ts';
import type { FaultTarget } from './nemesis.ts';

/** Whom a fault of single nodes hits. */
export const targets = ['one', 'minority', 'majority', 'all', 'leader'] as const;
export type Target = (typeof targets)[number];

export const targetOption = { target: `one of ${targets.join(', ')} (each but all in turn, in random order)` };

/** Each target that is hit in turn: the one that was asked for, or all but `all`, which leaves nobody to talk to. */
export function targetsOf(given: string | undefined, nemesis: string): readonly Target[] {
  if (given === undefined) return ['one', 'minority', 'majority', 'leader'];
  return choicesOf(given, targets, `${nemesis}: there is no target`);
}

/** For a swarm: mostly each in turn, now and then one alone, `all` included. */
export function drawTarget(random: Random): Readonly<Record<string, string>> {
  return random.integer(1, 2) === 1 ? {} : { target: random.pick(targets) };
}

/** The nodes that a target means now. Where no leader is found, any node serves as one: the history names it. */
export async function resolveTarget(target: Target, cluster: Cluster, random: Random): Promise<readonly string[]> {
  const shuffled = await runningFirst(cluster, random);
  const count = cluster.nodes.length;
  switch (target) {
    case 'one':
      return shuffled.slice(0, 1);
    case 'minority':
      return shuffled.slice(0, Math.max(1, Math.floor((count - 1) / 2)));
    case 'majority':
      return shuffled.slice(0, Math.floor(count / 2) + 1);
    case 'all':
      return cluster.nodes;
    case 'leader': {
      const leader = await findLeader(cluster, 1000);
      return leader === null ? shuffled.slice(0, 1) : [leader];
    }
  }
}

/** The nodes of a resolved target. Throws a UsageError where they are none of this cluster. */
export function nodesOf({ nodes }: FaultTarget, cluster: Cluster): readonly string[] {
  if (isNodes(nodes, cluster) && nodes.length > 0) return nodes;
  throw notOfThisCluster(nodes, cluster);
}

export function isNodes(nodes: unknown, cluster: Cluster): nodes is readonly string[] {
  return Array.isArray(nodes) && nodes.every((node) => cluster.nodes.includes(node));
}

export function notOfThisCluster(found: unknown, cluster: Cluster): UsageError {
  return new UsageError('bad-plan', `a fault is aimed at ${JSON.stringify(found)}, not at nodes of the cluster`, {
    remedy: `The cluster has ${cluster.nodes.join(', ')}: replay a plan on as many nodes as it was made for.`,
  });
}

/** In random order, but those that run before those that another fault has paused or killed: there is more to hurt there. */
async function runningFirst(cluster: Cluster, random: Random): Promise<readonly string[]> {
  const shuffled = random.shuffle(cluster.nodes);
  const states = await Promise.all(shuffled.map(async (node) => (await cluster.observe(node)).state));
  const running = shuffled.filter((_, place) => states[place] === 'running');
  return [...running, ...shuffled.filter((node) => !running.includes(node))];
}

/** Whether those who are not hit are a majority by themselves. */
export function leavesQuorum(cluster: Cluster, hit: readonly string[]): boolean {
  return cluster.nodes.length - hit.length > cluster.nodes.length / 2;
}
