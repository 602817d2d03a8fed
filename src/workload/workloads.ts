import { UsageError } from '../base/errors.ts';
import { append } from './append.ts';
import { broadcast } from './broadcast.ts';
import { register } from './register.ts';
import type { Workload } from './workload.ts';

export const workloads: readonly Workload[] = [broadcast, register, append];

/** Throws a UsageError that says what there is. */
export function workloadNamed(name: string): Workload {
  const workload = workloads.find((candidate) => candidate.name === name);
  if (workload !== undefined) return workload;
  throw new UsageError('unknown-workload', `there is no workload ${JSON.stringify(name)}`, {
    remedy: `There are: ${workloads.map((candidate) => candidate.name).join(', ')}.`,
  });
}
