import { readFileSync, readlinkSync } from 'node:fs';
import { hostname } from 'node:os';
import { parseStat } from './agent/process-stat.ts';

/** The labels of everything that a cluster makes in the engine. */
export const labelNames = {
  run: 'raft-chaos.run',
  /** Unique to one cluster, even where a run's id was used twice. */
  cluster: 'raft-chaos.cluster',
  node: 'raft-chaos.node',
  /** `agent` or `node`; a network has none. */
  role: 'raft-chaos.role',
  /** ISO 8601. */
  created: 'raft-chaos.created',
  owner: 'raft-chaos.owner',
} as const;

export type Labels = Readonly<Record<string, string>>;

export function clusterLabels(runId: string, clusterId: string): Labels {
  return {
    [labelNames.run]: runId,
    [labelNames.cluster]: clusterId,
    [labelNames.created]: new Date().toISOString(),
    [labelNames.owner]: JSON.stringify(thisProcess()),
  };
}

/** Which process made something. A process number alone is used again, by another boot, container or process. */
interface Owner {
  readonly host: string;
  readonly pid: number;
  /** Of the running kernel, so also of the host; empty where the system does not tell. */
  readonly boot: string;
  readonly pidNamespace: string;
  readonly startedTicks: string;
}

/** Whether the process that made something still runs; `unknown` for one of another host or container. */
export function ownerState(label: string | undefined): 'alive' | 'dead' | 'unknown' {
  const owner = parseOwner(label);
  const me = thisProcess();
  if (owner === null || owner.boot === '') return 'unknown';
  if (owner.boot !== me.boot || owner.pidNamespace !== me.pidNamespace) return 'unknown';
  return startTicksOf(owner.pid) === owner.startedTicks ? 'alive' : 'dead';
}

/** The owner as a person reads it, e.g. `process 4711 on build-7`. */
export function describeOwner(label: string | undefined): string {
  const owner = parseOwner(label);
  return owner === null ? 'an unknown process' : `process ${owner.pid} on ${owner.host}`;
}

function parseOwner(label: string | undefined): Owner | null {
  try {
    return label === undefined ? null : (JSON.parse(label) as Owner);
  } catch {
    return null;
  }
}

function thisProcess(): Owner {
  return {
    host: hostname(),
    pid: process.pid,
    boot: systemFact(() => readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()),
    pidNamespace: systemFact(() => readlinkSync('/proc/self/ns/pid')),
    startedTicks: startTicksOf(process.pid),
  };
}

/** When the process started, in ticks since boot; empty where there is none, or only a zombie of one. */
function startTicksOf(pid: number): string {
  return systemFact(() => {
    const stat = parseStat(readFileSync(`/proc/${pid}/stat`, 'utf8'));
    return stat === null || stat.state === 'Z' || stat.state === 'X' ? '' : stat.startedTicks;
  });
}

function systemFact(read: () => string): string {
  try {
    return read();
  } catch {
    return '';
  }
}
