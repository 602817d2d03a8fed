import type { Operation } from '../../history/operation.ts';
import type { CheckerResult } from '../verdict.ts';
import { checkLinearizability, type LinearizabilityOptions } from './check.ts';
import { modelNamed } from './models.ts';

/**
 * Judges the workload `register`: `{"f":"read"|"write"|"cas","key","value"}`, each key a register that holds null at first.
 * A cas that failed with `cas-mismatch` found another value. Where nothing was read, or nothing written, there is nothing
 * to judge.
 */
export function checkRegister(history: readonly Operation[], options: LinearizabilityOptions = {}): CheckerResult {
  const result = checkLinearizability(history, modelNamed('cas-register'), options);
  const missing = result.valid === true ? whatIsMissing(history) : null;
  return missing === null
    ? result
    : { ...result, valid: 'unknown', reason: `${missing}, so there is nothing to judge` };
}

function whatIsMissing(history: readonly Operation[]): string | null {
  const succeeded = new Set<string>();
  for (const { type, process, f } of history) if (type === 'ok' && process !== 'nemesis') succeeded.add(f);
  if (!succeeded.has('read') && !succeeded.has('cas')) return 'no read succeeded';
  return succeeded.has('write') || succeeded.has('cas') ? null : 'no write succeeded';
}
