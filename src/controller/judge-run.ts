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
 * The verdict on a history of which nothing else is known. Transactions are judged as they are taken, and not kept, unless they
 * have keys, each of which is judged by itself.
 */
export function judgeHistory(history: Iterable<Operation>, request: JudgeRequest): Results {
  const source = history[Symbol.iterator]();
  const seen: Operation[] = [];
  const guessed = checkerOfWrites(transactionsAtFirst(source, seen));
  const name = nameAskedFor(request) ?? guessed;
  const checker = name === undefined ? undefined : transactionChecker(name, request);
  const whole = joined(seen, source);
  if (name !== undefined && checker !== undefined && !seen.some(isKeyed)) {
    return judgeInOnePass(withoutKeys(whole), name, checker);
  }
  const operations = [...whole];
  return judge(operations, checkersFor(operations, request));
}

/** The operations before the first of a client that is no transaction; `seen` gets whatever was taken. */
function* transactionsAtFirst(source: Iterator<Operation>, seen: Operation[]): Generator<Operation> {
  for (let step = source.next(); !step.done; step = source.next()) {
    seen.push(step.value);
    if (step.value.process !== 'nemesis' && step.value.f !== 'txn') return;
    yield step.value;
  }
}

function isKeyed({ key }: Operation): boolean {
  return key !== undefined;
}

function* withoutKeys(history: Iterable<Operation>): Generator<Operation> {
  for (const operation of history) {
    if (isKeyed(operation)) throw mixedKeys(operation);
    yield operation;
  }
}

function mixedKeys({ index, key }: Operation): UsageError {
  return new UsageError(
    'mixed-keys',
    `operation ${index} is on key ${JSON.stringify(key)}, and those before it on none`,
    {
      remedy: 'Give every transaction a key, or none of them.',
    },
  );
}

function* joined(seen: readonly Operation[], rest: Iterator<Operation>): Generator<Operation> {
  yield* seen;
  yield* { [Symbol.iterator]: () => rest };
}

/** A run that was to be hurt and was not shows nothing, however clean it is. */
function checkFaultsHappened(options: RunOptions, history: readonly Operation[]): CheckerResult {
  const count = faultsOf(history).length;
  if (count > 0) return { valid: true, reason: `${count} faults were injected`, anomalies: [] };
  const reason = `${options.nemeses.join(', ')} was asked for, but the run of ${options.timeLimitMs / 1000} s ended before the first fault`;
  return { valid: 'unknown', reason, anomalies: [] };
}
