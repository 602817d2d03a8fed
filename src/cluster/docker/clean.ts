import type Docker from 'dockerode';
import { connectEngine } from './engine.ts';
import { describeOwner, labelNames, ownerState } from './labels.ts';
import { type Removed, removeCluster } from './removal.ts';

export interface CleanReport {
  readonly removed: readonly Removed[];
  /** Runs that were left alone, and why. */
  readonly kept: readonly { readonly run: string; readonly reason: string }[];
}

/**
 * Removes what dead runs left in the engine; with `all`, what living ones have there too. Nothing without our labels is
 * touched, and images stay, being a cache.
 */
export async function cleanDocker(options: { readonly all?: boolean } = {}): Promise<CleanReport> {
  const { docker } = await connectEngine();
  const removed: Removed[] = [];
  const kept: { run: string; reason: string }[] = [];
  for (const cluster of await clusters(docker)) {
    const reason = options.all ? null : reasonToKeep(cluster);
    if (reason === null) removed.push(...(await removeCluster(docker, cluster.id)));
    else kept.push({ run: cluster.run, reason });
  }
  return { removed, kept };
}

interface FoundCluster {
  readonly id: string;
  readonly run: string;
  readonly owner: string | undefined;
  readonly createdMs: number;
  agentRuns: boolean;
}

/** A controller that this host cannot look up may be making its agents still: for so long it is left in peace. */
const startupGraceMs = 120_000;

function reasonToKeep(cluster: FoundCluster): string | null {
  const owner = describeOwner(cluster.owner);
  switch (ownerState(cluster.owner)) {
    case 'alive':
      return `${owner} is running it`;
    case 'dead':
      return null;
    case 'unknown':
      // Seen from here, a controller elsewhere shows in its agents: they live no longer than it does.
      if (cluster.agentRuns) return `its agents are running, so ${owner} is`;
      return Date.now() - cluster.createdMs < startupGraceMs ? `${owner} may be starting it` : null;
  }
}

async function clusters(docker: Docker): Promise<FoundCluster[]> {
  const filters = { label: [labelNames.cluster] };
  const [containers, networks] = await Promise.all([
    docker.listContainers({ all: true, filters }),
    docker.listNetworks({ filters }),
  ]);
  const found = new Map<string, FoundCluster>();
  const clusterOf = (labels: Readonly<Record<string, string>>): FoundCluster => {
    const id = labels[labelNames.cluster] ?? '';
    const cluster = found.get(id) ?? {
      id,
      run: labels[labelNames.run] ?? id,
      owner: labels[labelNames.owner],
      createdMs: Date.parse(labels[labelNames.created] ?? '') || 0,
      agentRuns: false,
    };
    found.set(id, cluster);
    return cluster;
  };
  for (const { Labels, State } of containers) {
    const cluster = clusterOf(Labels);
    if (Labels[labelNames.role] === 'agent' && State === 'running') cluster.agentRuns = true;
  }
  for (const { Labels } of networks) clusterOf(Labels ?? {});
  return [...found.values()];
}
