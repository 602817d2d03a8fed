import { UsageError } from '../base/errors.ts';
import { faultsOf } from '../checker/faults.ts';
import { type Checker, judge } from '../checker/judge.ts';
import { checkRecovery } from '../checker/recovery.ts';
import type { CheckerResult, Results } from '../checker/verdict.ts';
import type { Operation } from '../history/operation.ts';
import { workloadNamed, workloads } from '../workload/workloads.ts';
import type { RunOptions } from './run-folder.ts';

/** Every checker by its name. */
const checkers: Readonly<Record<string, Checker>> = Object.fromEntries(
  workloads.flatMap((workload) => Object.entries(workload.checkers)),
);

/** The verdict on a run of our own: its workload's checkers, whether it recovered, and the guards. */
export function judgeRun(options: RunOptions, history: readonly Operation[]): Results {
  return judge(history, workloadNamed(options.workload).checkers, {
    recovery: checkRecovery(history),
    ...(options.nemeses.length === 0 ? {} : { faults: checkFaultsHappened(options, history) }),
  });
}

/** The verdict on a history of which nothing else is known; the checker by its name, or by what the operations are. */
export function judgeHistory(history: readonly Operation[], checkerName: string | undefined): Results {
  const name = checkerName ?? guessChecker(history);
  const checker = checkers[name];
  if (checker !== undefined) return judge(history, { [name]: checker });
  throw new UsageError('unknown-checker', `there is no checker ${JSON.stringify(name)}`, {
    remedy: `There are: ${Object.keys(checkers).join(', ')}.`,
  });
}

/** A run that was to be hurt and was not shows nothing, however clean it is. */
function checkFaultsHappened(options: RunOptions, history: readonly Operation[]): CheckerResult {
  const count = faultsOf(history).length;
  if (count > 0) return { valid: true, reason: `${count} of them in the history`, anomalies: [] };
  const reason = `${options.nemeses.join(', ')} was asked for, but the run of ${options.timeLimitMs / 1000} s ended before the first fault`;
  return { valid: 'unknown', reason, anomalies: [] };
}

function guessChecker(history: readonly Operation[]): string {
  const functions = new Set(history.map((operation) => operation.f));
  if (functions.has('broadcast') || functions.has('deliveries')) return 'total-order';
  throw new UsageError('unknown-history', 'the history has operations of no workload that is known here', {
    remedy: `Name a checker with --checker: ${Object.keys(checkers).join(', ')}.`,
  });
}
