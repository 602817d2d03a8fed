import { randomBytes } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import type Docker from 'dockerode';
import { connectEngine } from '../../src/cluster/docker/engine.ts';
import { labelNames } from '../../src/cluster/docker/labels.ts';

export const say = (line: string): boolean => process.stderr.write(`${line}\n`);

export function newRunId(): string {
  return `test-${randomBytes(4).toString('hex')}`;
}

/** Polls until `probe` gives something; what it throws counts as nothing. */
export async function until<T>(what: string, limitMs: number, probe: () => Promise<T | null>): Promise<T> {
  for (const deadline = Date.now() + limitMs; ; await new Promise((resolve) => setTimeout(resolve, 50))) {
    const found = await probe().catch(() => null);
    if (found !== null) return found;
    if (Date.now() > deadline) throw new Error(`not within ${limitMs} ms: ${what}`);
  }
}

/** The names of what a run has in the engine: containers and volumes of whatever state, and networks. */
export async function leftovers(docker: Docker, runId: string): Promise<string[]> {
  const filters = { label: [`${labelNames.run}=${runId}`] };
  const containers = await docker.listContainers({ all: true, filters });
  const networks = await docker.listNetworks({ filters });
  const { Volumes } = await docker.listVolumes({ filters });
  return [
    ...containers.flatMap((container) => container.Names),
    ...networks.map((network) => network.Name),
    ...(Volumes ?? []).map((volume) => volume.Name),
  ];
}

/** The processes of this machine that have the run's id among their arguments. */
export function processesOf(runId: string): { pid: number; command: string }[] {
  return readdirSync('/proc').flatMap((name) => {
    if (!/^\d+$/.test(name) || Number(name) === process.pid) return [];
    try {
      // A zombie has no arguments: whoever is to take note of its end has not done so, but it has ended.
      const command = readFileSync(`/proc/${name}/cmdline`, 'utf8').replaceAll('\0', ' ').trim();
      return command.includes(runId) ? [{ pid: Number(name), command }] : [];
    } catch {
      return [];
    }
  });
}

/** One container of a pod. */
export async function containerOf(runId: string, node: string, role: 'node' | 'agent'): Promise<Docker.Container> {
  const { docker } = await connectEngine();
  const label = [`${labelNames.run}=${runId}`, `${labelNames.node}=${node}`, `${labelNames.role}=${role}`];
  const [found] = await docker.listContainers({ all: true, filters: { label } });
  if (found === undefined) throw new Error(`no ${role} container of ${node}`);
  return docker.getContainer(found.Id);
}

/** By the engine, behind the cluster's back. */
export async function killContainer(runId: string, node: string, role: 'node' | 'agent' = 'node'): Promise<void> {
  await (await containerOf(runId, node, role)).kill();
}
