import { asChaosError } from '../base/errors.ts';
import type { Cluster } from '../cluster/cluster.ts';
import { dockerCluster } from '../cluster/docker/docker-cluster.ts';
import { connectEngine } from '../cluster/docker/engine.ts';
import { programs } from '../cluster/docker/programs/programs.ts';
import { systemNamed } from '../cluster/systems.ts';
import type { RunOptions } from './options.ts';
import { createSimulation } from './simulation.ts';

export const backendNames = ['auto', 'docker', 'sim'] as const;

/** The backend that is meant: `auto` is Docker where an engine answers, and else a simulation, which `say` is told of. */
export async function resolveBackend(
  asked: (typeof backendNames)[number],
  say: (line: string) => void,
): Promise<RunOptions['backend']> {
  if (asked !== 'auto') return asked;
  try {
    await connectEngine();
    return 'docker';
  } catch (error) {
    say(`simulating the cluster in this process: ${asChaosError(error, 'Docker').message}`);
    say('  `raft-chaos doctor` says how to get an engine; --backend sim or docker says which one is meant');
    return 'sim';
  }
}

/** The cluster that a run's options ask for; nothing is started yet. `say` is told of what takes long. */
export function createCluster(options: RunOptions, runId: string, say: (line: string) => void): Cluster {
  const { system, nodes, bug, seed, timing, compaction } = options;
  switch (options.backend) {
    case 'docker':
      return dockerCluster(
        { runId, nodes, bug, seed, timing, compaction },
        { say, program: programs[systemNamed(system).name] },
      );
    case 'sim':
      return createSimulation(options, { traced: true });
  }
}
