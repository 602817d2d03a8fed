import type { Cluster, NodeObservation } from '../cluster/cluster.ts';
import { nodeStatus } from '../cluster/status.ts';
import { Rotation } from './choices.ts';
import type { Evidence, Fault, FaultTarget, Nemesis, NemesisContext, NemesisOptions } from './nemesis.ts';
import { scheduleOf } from './schedule.ts';
import { leavesQuorum, nodesOf, resolveTarget, targetsOf } from './targets.ts';

/** What `kill` and `power` have in common: nodes die, and are started again when the fault is over. */
export function outages(name: 'kill' | 'power', options: NemesisOptions, { random }: NemesisContext): Nemesis {
  const rotation = new Rotation(targetsOf(options.get('target'), name), random);
  return {
    name,
    schedule: scheduleOf(options),
    choose: async (cluster) => {
      const target = rotation.next();
      return { target, nodes: await resolveTarget(target, cluster, random) };
    },
  };
}

/** `end` ends a node; `aftermath` is what else has been seen of it, in sentences, once it runs again. */
export function outage(
  target: FaultTarget,
  cluster: Cluster,
  end: (node: string) => Promise<void>,
  aftermath: (nodes: readonly string[]) => Promise<readonly string[]>,
): Fault {
  const nodes = nodesOf(target, cluster);
  const before = new Map<string, NodeObservation>();
  return {
    description: nodes.join(' '),
    leavesQuorum: leavesQuorum(cluster, nodes),
    hit: nodes,
    inject: () => inject(cluster, nodes, end, before),
    heal: async () => {
      const evidence = await heal(cluster, nodes, before);
      return { ...evidence, evidence: [...evidence.evidence, ...(await aftermath(nodes))] };
    },
  };
}

async function inject(
  cluster: Cluster,
  nodes: readonly string[],
  end: (node: string) => Promise<void>,
  before: Map<string, NodeObservation>,
): Promise<Evidence> {
  await Promise.all(nodes.map(async (node) => before.set(node, await cluster.observe(node))));
  await Promise.all(nodes.map((node) => end(node)));
  const observed = await observeAll(cluster, nodes);
  const dead = observed.every(([, seen]) => seen.state === 'dead' && seen.connection !== 'accepted');
  const livedBefore = [...before.values()].some((seen) => seen.state !== 'dead');
  return {
    evidence: observed.map(([node, seen]) => `${node}: process ${seen.detail}, a connection is ${seen.connection}`),
    effective: dead && livedBefore,
    observed: { before: Object.fromEntries(before), after: Object.fromEntries(observed) },
  };
}

async function heal(
  cluster: Cluster,
  nodes: readonly string[],
  before: ReadonlyMap<string, NodeObservation>,
): Promise<Evidence> {
  await Promise.all(nodes.map((node) => cluster.restart(node)));
  const observed = await observeAll(cluster, nodes);
  const evidence = await Promise.all(
    observed.map(async ([node, seen]) => {
      const status = await nodeStatus(cluster, node, 1000);
      const boot = status === null ? 'does not answer yet' : `answers with boot ${status.boot}`;
      return `${node}: process id ${before.get(node)?.pid ?? 'none'} is now ${seen.pid ?? 'none'}, start ${seen.starts}, ${boot}`;
    }),
  );
  const anew = observed.some(([node, seen]) => seen.starts > (before.get(node)?.starts ?? 0));
  return { evidence, effective: anew, observed: { after: Object.fromEntries(observed) } };
}

function observeAll(cluster: Cluster, nodes: readonly string[]): Promise<[string, NodeObservation][]> {
  return Promise.all(
    nodes.map(async (node): Promise<[string, NodeObservation]> => [node, await cluster.observe(node)]),
  );
}
