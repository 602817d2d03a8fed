import { UsageError } from '../base/errors.ts';
import { checkCrashes } from '../checker/crashes.ts';
import { faultsOf } from '../checker/faults.ts';
import { defaultFairWindowMs } from '../checker/guards.ts';
import { judge, judgeInOnePass } from '../checker/judge.ts';
import { checkRecovery } from '../checker/recovery.ts';
import type { CheckerResult, Results } from '../checker/verdict.ts';
import type { Operation } from '../history/operation.ts';
import { workloadNamed } from '../workload/workloads.ts';
import {
  checkerOfWrites,
  checkersFor,
  type JudgeRequest,
  limited,
  nameAskedFor,
  transactionChecker,
} from './named-checkers.ts';
import type { RunOptions } from './options.ts';
import type { Limits } from './search-limits.ts';

/**
 * The verdict on a run of our own: its workload's checkers, whether it recovered, and the guards. `limits`: what a search
 * may use, where that is given.
 */
export function judgeRun(options: RunOptions, history: readonly Operation[], limits: Limits = {}): Results {
  const checkers = {
    ...limited(workloadNamed(options.workload).checkers, limits),
    recovery: checkRecovery,
    crashes: checkCrashes,
    ...(options.nemeses.length === 0 ? {} : { faults: () => checkFaultsHappened(options, history) }),
  };
  const [, longestElectionMs] = options.timing.electionTimeoutMs;
  return judge(history, checkers, { fairWindowMs: Math.max(defaultFairWindowMs, 5 * longestElectionMs) });
}

/**
 * The verdict on a history of which nothing else is known. Transactions on one object are judged as they are taken, and not
 * kept; what needs a history as a whole gets it.
 */
export function judgeHistory(history: Iterable<Operation>, request: JudgeRequest): Results {
  const asked = nameAskedFor(request);
  const source = history[Symbol.iterator]();
  const seen: Operation[] = [];
  const shown = checkerOfWrites(transactionsAtFirst(source, seen));
  const name = asked ?? shown;
  const whole = joined(seen, source);
  const checker = shown === undefined || name === undefined ? undefined : transactionChecker(name, request);
  if (name !== undefined && checker !== undefined) return judgeInOnePass(withoutKeys(whole), name, checker);
  const operations = [...whole];
  return judge(operations, checkersFor(operations, request));
}

/** The operations before the first of a client that has a key or is no transaction; `seen` gets whatever was taken. */
function* transactionsAtFirst(source: Iterator<Operation>, seen: Operation[]): Generator<Operation> {
  for (let step = source.next(); !step.done; step = source.next()) {
    const { process, f, key } = step.value;
    seen.push(step.value);
    if (process !== 'nemesis' && (f !== 'txn' || key !== undefined)) return;
    yield step.value;
  }
}

function* joined(seen: readonly Operation[], rest: Iterator<Operation>): Generator<Operation> {
  yield* seen;
  yield* { [Symbol.iterator]: () => rest };
}

/** Each key is an object of its own, and once some transactions were taken for those of one object it is too late for that. */
function* withoutKeys(history: Iterable<Operation>): Generator<Operation> {
  for (const operation of history) {
    const { index, process, key } = operation;
    if (key !== undefined && process !== 'nemesis') {
      const found = `operation ${index} has the key ${JSON.stringify(key)}, but transactions before it have none`;
      throw new UsageError('bad-history', found, { remedy: 'Give all transactions a key, or none.' });
    }
    yield operation;
  }
}

/** A run that was to be hurt and was not shows nothing, however clean it is. */
function checkFaultsHappened(options: RunOptions, history: readonly Operation[]): CheckerResult {
  const count = faultsOf(history).length;
  if (count > 0) return { valid: true, reason: `${count} faults were injected`, anomalies: [] };
  const reason = `${options.nemeses.join(', ')} was asked for, but the run of ${options.timeLimitMs / 1000} s ended before the first fault`;
  return { valid: 'unknown', reason, anomalies: [] };
}
