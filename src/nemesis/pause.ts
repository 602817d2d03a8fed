import type { Cluster, NodeObservation, PauseMethod } from '../cluster/cluster.ts';
import { nodeStatus } from '../cluster/status.ts';
import { choicesOf, Rotation } from './choices.ts';
import type { Evidence, NemesisKind } from './nemesis.ts';
import { scheduleOf } from './schedule.ts';
import { drawTarget, leavesQuorum, nodesOf, resolveTarget, targetOption, targetsOf } from './targets.ts';

const methods = ['freezer', 'signal'] as const satisfies readonly PauseMethod[];
const statusTimeoutMs = 300;

/** Processes stand still and go on later, with their memory, their connections and their idea of the time. */
export const pause: NemesisKind = {
  name: 'pause',
  summary: 'stops nodes from running, as a long garbage collection would, and lets them go on',
  options: { ...targetOption, method: `one of ${methods.join(', ')} (in turn): the kernel's freezer, or SIGSTOP` },
  create: (options, { random }) => {
    const rotation = new Rotation(targetsOf(options.get('target'), 'pause'), random);
    const methodRotation = new Rotation(choicesOf(options.get('method'), methods, 'pause: there is no method'), random);
    return {
      name: 'pause',
      schedule: scheduleOf(options),
      choose: async (cluster) => {
        const target = rotation.next();
        const method = methodRotation.next();
        return { target, method, nodes: await resolveTarget(target, cluster, random) };
      },
    };
  },
  isInjectable: () => true,
  aim: (target, cluster) => {
    const nodes = nodesOf(target, cluster);
    const [method = 'freezer'] = choicesOf(String(target['method']), methods, 'pause: there is no method');
    return {
      description: `${nodes.join(' ')} (${method})`,
      leavesQuorum: leavesQuorum(cluster, nodes),
      hit: nodes,
      inject: () => inject(cluster, nodes, method),
      heal: () => heal(cluster, nodes),
    };
  },
  draw: drawTarget,
};

interface Seen extends Pick<NodeObservation, 'state' | 'detail'> {
  readonly answers: boolean;
}

async function inject(cluster: Cluster, nodes: readonly string[], method: PauseMethod): Promise<Evidence> {
  await Promise.all(nodes.map((node) => cluster.pause(node, method)));
  const seen = await seeAll(cluster, nodes);
  // Another fault may have killed one of them: it stands still too, and the others show the effect of this one.
  const observed = Object.values(seen);
  const still = observed.some(({ state }) => state === 'paused') && observed.every(({ answers }) => !answers);
  return { evidence: sentences(seen), effective: still, observed: seen };
}

async function heal(cluster: Cluster, nodes: readonly string[]): Promise<Evidence> {
  const before = await seeAll(cluster, nodes);
  await Promise.all(nodes.map((node) => cluster.resume(node)));
  const seen = await seeAll(cluster, nodes);
  const stood = Object.values(before).some(({ state, answers }) => state === 'paused' && !answers);
  return { evidence: sentences(seen), effective: stood, observed: { before, after: seen } };
}

async function seeAll(cluster: Cluster, nodes: readonly string[]): Promise<Record<string, Seen>> {
  const seen = await Promise.all(
    nodes.map(async (node): Promise<[string, Seen]> => {
      const [{ state, detail }, status] = await Promise.all([
        cluster.observe(node),
        nodeStatus(cluster, node, statusTimeoutMs),
      ]);
      return [node, { state, detail, answers: status !== null }];
    }),
  );
  return Object.fromEntries(seen);
}

function sentences(seen: Readonly<Record<string, Seen>>): string[] {
  return Object.entries(seen).map(
    ([node, { detail, answers }]) => `${node}: process ${detail}, ${answers ? 'answers' : 'does not answer'}`,
  );
}
