import type { Validity } from '../checker/verdict.ts';

/** Jepsen's exit statuses. */
export const exitStatus = { valid: 0, invalid: 1, unknown: 2, usage: 254, failure: 255 } as const;

export function statusOf(valid: Validity): number {
  if (valid === 'unknown') return exitStatus.unknown;
  return valid ? exitStatus.valid : exitStatus.invalid;
}

/** Of several runs judged together: an invalid one is never masked, then failures of the harness, then what is unknown. */
export function mergeStatuses(statuses: readonly number[]): number {
  const order = [exitStatus.invalid, exitStatus.failure, exitStatus.usage, exitStatus.unknown];
  return order.find((status) => statuses.includes(status)) ?? exitStatus.valid;
}
