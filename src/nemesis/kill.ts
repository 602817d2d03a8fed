import type { Cluster, NodeObservation } from '../cluster/cluster.ts';
import { nodeStatus } from '../cluster/status.ts';
import type { ChosenFault, Evidence, NemesisKind } from './nemesis.ts';
import { scheduleOf } from './schedule.ts';
import { leavesQuorum, Rotation, resolveTarget, targetOption, targetsOf } from './targets.ts';

/** Processes end with SIGKILL and are started again: memory and connections are lost, what was written to disk stays. */
export const kill: NemesisKind = {
  name: 'kill',
  summary: 'ends nodes with SIGKILL and starts them again when the fault is over',
  options: targetOption,
  create: (options, { random }) => {
    const rotation = new Rotation(targetsOf(options.get('target'), 'kill'), random);
    return {
      name: 'kill',
      schedule: scheduleOf(options),
      choose: async (cluster): Promise<ChosenFault> => {
        const target = rotation.next();
        const nodes = await resolveTarget(target, cluster, random);
        const before = new Map<string, NodeObservation>();
        return {
          description: nodes.join(' '),
          leavesQuorum: leavesQuorum(cluster, nodes),
          hit: nodes,
          target: { target, nodes },
          inject: () => inject(cluster, nodes, before),
          heal: () => heal(cluster, nodes, before),
        };
      },
    };
  },
};

async function inject(
  cluster: Cluster,
  nodes: readonly string[],
  before: Map<string, NodeObservation>,
): Promise<Evidence> {
  await Promise.all(nodes.map(async (node) => before.set(node, await cluster.observe(node))));
  await Promise.all(nodes.map((node) => cluster.kill(node)));
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
