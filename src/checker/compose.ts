import { asChaosError, ChaosError, UsageError } from '../base/errors.ts';
import type { Operation } from '../history/operation.ts';
import { Findings } from './findings.ts';
import { type CheckerResult, mergeValidity } from './verdict.ts';

/** A checker: a pure function from a history to what it says of it. */
export type Checker = (history: readonly Operation[]) => CheckerResult;

/**
 * Several checkers as one: false over unknown over true. The results of all are in its `stats`, by name, and a checker that
 * throws says `unknown` and why.
 */
export function composed(checkers: Readonly<Record<string, Checker>>): Checker {
  return (history) => {
    const results = Object.fromEntries(
      Object.entries(checkers).map(([name, checker]) => [name, guarded(() => checker(history))]),
    );
    return merged(results);
  };
}

function merged(results: Readonly<Record<string, CheckerResult>>): CheckerResult {
  const parts = Object.entries(results);
  const valid = mergeValidity(parts.map(([, part]) => part.valid));
  const deciding = parts.filter(([, part]) => part.valid === valid);
  const findings = new Findings();
  for (const [, part] of parts) findings.addAll(part);
  return {
    valid,
    reason: deciding.map(([name, part]) => `${name}: ${part.reason}`).join('; ') || 'there was nothing to judge',
    ...findings.result(),
    stats: { parts: Object.fromEntries(parts.map(([name, part]) => [name, summaryOf(part)])) },
  };
}

/** A result without its anomalies, which are listed with those of the others. */
export function summaryOf({ valid, reason, stats }: CheckerResult): Readonly<Record<string, unknown>> {
  return { valid, reason, ...(stats === undefined ? {} : { stats }) };
}

/** What the checker says, or `unknown` where it fails. Throws a UsageError only: malformed input has a status of its own. */
export function guarded(check: () => CheckerResult): CheckerResult {
  try {
    const result = check();
    // A checker of a user's own may be plain JavaScript, or asynchronous by mistake: that must not pass for true.
    const isVerdict = [true, false, 'unknown'].includes(result?.valid) && Array.isArray(result.anomalies);
    if (!isVerdict) throw new ChaosError('no-verdict', 'the checker did not return a verdict');
    return result;
  } catch (thrown) {
    if (thrown instanceof UsageError) throw thrown;
    const { code, message } = asChaosError(thrown, 'the checker failed');
    return { valid: 'unknown', reason: message, anomalies: [], stats: { error: code } };
  }
}
