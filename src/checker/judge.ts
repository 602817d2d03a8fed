import type { Operation } from '../history/operation.ts';
import { type Checker, guarded } from './compose.ts';
import { faultsOf } from './faults.ts';
import { checkGuards } from './guards.ts';
import { operationStats } from './stats.ts';
import { type CheckerResult, mergeValidity, type Results } from './verdict.ts';
import { counted } from './words.ts';

/**
 * The verdict on a history: that of every checker, and of the guards against judging nothing (as `guards`). A checker that
 * throws says `unknown` and why. `fairWindowMs`: how long a fault must last before progress is due during it.
 */
export function judge(
  history: readonly Operation[],
  checkers: Readonly<Record<string, Checker>>,
  { fairWindowMs }: { readonly fairWindowMs?: number } = {},
): Results {
  const faults = faultsOf(history);
  const results: Record<string, CheckerResult> = {};
  for (const [name, checker] of Object.entries(checkers)) results[name] = guarded(() => checker(history));
  results['guards'] = guarded(() => checkGuards(history, faults, fairWindowMs));
  const valid = mergeValidity(Object.values(results).map((result) => result.valid));
  return {
    valid,
    summary: summaryOf(results, valid),
    checkers: results,
    anomalies: Object.values(results).flatMap((result) => result.anomalies),
    faults,
    stats: operationStats(history),
  };
}

function summaryOf(results: Readonly<Record<string, CheckerResult>>, valid: Results['valid']): string {
  const deciding = Object.entries(results).filter(([, result]) => result.valid === valid);
  switch (valid) {
    case true:
      return sentence(deciding.map(([, { reason }]) => reason));
    case 'unknown':
      return sentence(deciding.map(([name, { reason }]) => `${name}: ${reason}`));
    case false: {
      const anomalies = anomaliesInWords(deciding.map(([, result]) => result));
      const first = deciding.flatMap(([, result]) => result.anomalies)[0]?.sentence ?? '';
      return `${anomalies}. ${first}`.trim();
    }
  }
}

function sentence(reasons: readonly string[]): string {
  const text = reasons.join('; ');
  return `${text.slice(0, 1).toUpperCase()}${text.slice(1)}.`;
}

/** `3 anomalies (2 lost, 1 reordered)`, those that no list holds included. */
function anomaliesInWords(results: readonly CheckerResult[]): string {
  const counts = new Map<string, number>();
  const count = (kind: string, more: number): void => void counts.set(kind, (counts.get(kind) ?? 0) + more);
  for (const { anomalies, unlisted = {} } of results) {
    for (const { kind } of anomalies) count(kind, 1);
    for (const [kind, more] of Object.entries(unlisted)) count(kind, more);
  }
  const total = [...counts.values()].reduce((sum, more) => sum + more, 0);
  const kinds = [...counts].map(([kind, number]) => `${number} ${kind}`).join(', ');
  return `${counted(total, 'anomaly', 'anomalies')} (${kinds})`;
}
