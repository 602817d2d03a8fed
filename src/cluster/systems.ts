import { UsageError } from '../base/errors.ts';
import type { Cluster } from './cluster.ts';

/** What the nodes of a cluster run, as far as everybody must know. What their containers need of it is in docker/programs. */
export interface System {
  readonly name: SystemName;
  readonly summary: string;
  /** The simulator runs only what keeps to the ports of src/base. */
  readonly backends: readonly Cluster['backend'][];
  /** The workloads whose calls its nodes can be sent; the first unless another one is asked for. */
  readonly workloads: readonly [string, ...string[]];
  /** Whether its nodes have the planted bugs. */
  readonly hasBugs: boolean;
  /** Whether its nodes take changes of the membership and of the leadership. */
  readonly isAdministrable: boolean;
}

export type SystemName = 'raft' | 'redis-kv';

export const systems: readonly System[] = [
  {
    name: 'raft',
    summary: 'the Raft library of this package',
    backends: ['docker', 'sim'],
    workloads: ['broadcast', 'register', 'append'],
    hasBugs: true,
    isAdministrable: true,
  },
  {
    name: 'redis-kv',
    summary: 'the example of a replicated store that speaks the Redis protocol; in Docker, with the register workload',
    backends: ['docker'],
    workloads: ['register'],
    hasBugs: false,
    isAdministrable: false,
  },
];

/** Throws a UsageError that says what there is. */
export function systemNamed(name: string): System {
  const system = systems.find((candidate) => candidate.name === name);
  if (system !== undefined) return system;
  throw new UsageError('unknown-system', `there is no system ${JSON.stringify(name)}`, {
    remedy: `There are: ${systems.map((candidate) => candidate.name).join(', ')}.`,
  });
}
