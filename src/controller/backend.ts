import type { Cluster } from '../cluster/cluster.ts';
import { dockerCluster } from '../cluster/docker/docker-cluster.ts';
import type { RunOptions } from './run-folder.ts';

/** The cluster that a run's options ask for; nothing is started yet. `say` is told of what takes long. */
export function createCluster(options: RunOptions, runId: string, say: (line: string) => void): Cluster {
  const { nodes, bug, seed, backend } = options;
  switch (backend) {
    case 'docker':
      return dockerCluster({ runId, nodes, bug, seed }, { say });
  }
}
