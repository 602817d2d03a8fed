import type Docker from 'dockerode';
import { ChaosError } from '../../base/errors.ts';
import { engineMessage, engineStatus } from './engine.ts';
import { labelNames } from './labels.ts';

export interface Removed {
  readonly kind: 'container' | 'network';
  readonly name: string;
  readonly run: string;
}

const deadlineMs = 20_000;
const retryMs = 50;

/**
 * Removes every container, with its anonymous volumes, and every network that carries this cluster's label, whatever
 * state they are in. Rejects with `not-removed` when something withstands.
 */
export async function removeCluster(docker: Docker, clusterId: string): Promise<Removed[]> {
  const filters = { label: [`${labelNames.cluster}=${clusterId}`] };
  const removed = new Map<string, Removed>();
  const deadline = Date.now() + deadlineMs;
  let obstacle: unknown;
  // In rounds: agents remove themselves when they exit, and a network stays as long as a container is leaving it.
  for (;;) {
    const containers = await docker.listContainers({ all: true, filters });
    const networks = containers.length > 0 ? [] : await docker.listNetworks({ filters });
    if (containers.length === 0 && networks.length === 0) return [...removed.values()];
    if (Date.now() > deadline) throw notRemoved(containers, networks, obstacle);
    const attempt = async (item: Removed, id: string, remove: () => Promise<unknown>): Promise<void> => {
      removed.set(id, item);
      await remove().catch((thrown: unknown) => {
        if (engineStatus(thrown) !== 404) obstacle = thrown;
      });
    };
    await Promise.all([
      ...containers.map(({ Id, Names, Labels }) =>
        attempt(
          { kind: 'container', name: (Names[0] ?? Id).replace(/^\//, ''), run: Labels[labelNames.run] ?? '' },
          Id,
          () => docker.getContainer(Id).remove({ force: true, v: true }),
        ),
      ),
      ...networks.map(({ Id, Name, Labels }) =>
        attempt({ kind: 'network', name: Name, run: Labels?.[labelNames.run] ?? '' }, Id, () =>
          docker.getNetwork(Id).remove(),
        ),
      ),
    ]);
    if (containers.length > 0 || obstacle !== undefined) await new Promise((resolve) => setTimeout(resolve, retryMs));
  }
}

function notRemoved(
  containers: readonly Docker.ContainerInfo[],
  networks: readonly Docker.NetworkInspectInfo[],
  obstacle: unknown,
): ChaosError {
  const names = [...containers.map(({ Names, Id }) => Names[0] ?? Id), ...networks.map(({ Name }) => Name)];
  return new ChaosError(
    'not-removed',
    `still there after ${deadlineMs / 1000} s: ${names.join(', ')} (${engineMessage(obstacle)})`,
    { remedy: 'remove them later with `raft-chaos clean`', cause: obstacle },
  );
}
