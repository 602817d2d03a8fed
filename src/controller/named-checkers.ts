import { freemem } from 'node:os';
import { getHeapStatistics } from 'node:v8';
import { UsageError } from '../base/errors.ts';
import type { Checker } from '../checker/compose.ts';
import { type InvariantOptions, invariants } from '../checker/invariants/named.ts';
import { checkLinearizability } from '../checker/linearizability/check.ts';
import { defaultSemantics, type Semantics } from '../checker/linearizability/model.ts';
import { type AnyModel, models } from '../checker/linearizability/models.ts';
import { checkRegister } from '../checker/linearizability/register.ts';
import type { Budget } from '../checker/linearizability/search.ts';
import { checkLogs, type LogPattern, type NodeLog } from '../checker/log-patterns.ts';
import type { HistoryFormat } from '../history/format.ts';
import type { Operation } from '../history/operation.ts';
import type { Workload } from '../workload/workload.ts';
import { workloads } from '../workload/workloads.ts';

/** How a history that is not one of our runs is to be judged. What is missing is guessed, or the format's own. */
export interface JudgeRequest extends Limits {
  readonly checker?: string;
  readonly model?: string;
  readonly format: HistoryFormat;
  readonly semantics: Partial<Semantics>;
  readonly invariants?: InvariantOptions;
  /** What the nodes printed, where the history is a run's, and what is looked for in it. */
  readonly logs?: readonly NodeLog[];
  readonly logPatterns?: readonly LogPattern[];
}

/** What a search may use: no more than this time, and unless given three quarters of the memory that is free. */
export interface Limits {
  readonly memoryBytes?: number;
  readonly timeMs?: number;
}

export interface NamedChecker {
  readonly name: string;
  readonly summary: string;
}

/** Names that histories from elsewhere come with, and that nothing here judges yet. */
const notYetSupported: readonly string[] = ['list-append', 'rw-register'];

const unsupported: readonly NamedChecker[] = notYetSupported.map((name) => ({ name, summary: 'not yet supported' }));

/** What `--model` takes. */
export const modelNames: readonly NamedChecker[] = [
  ...models.map(({ name, summary }) => ({ name, summary })),
  ...invariants.map(({ name, summary }) => ({ name, summary })),
  ...unsupported,
];

const linearizability = 'linearizability';
const logs = 'logs';

/** Of the workloads, beside linearizability, which is judged by a model. */
const workloadCheckers: Readonly<Record<string, Checker>> = Object.fromEntries(
  workloads.flatMap(({ checkers }) => Object.entries(checkers)).filter(([name]) => name !== linearizability),
);

/** What `--checker` takes. */
export const checkerNames: readonly NamedChecker[] = [
  ...workloads.flatMap(({ name, checkers }) =>
    Object.keys(checkers)
      .filter((checker) => checker !== linearizability)
      .map((checker) => ({ name: checker, summary: `judges the workload ${name}` })),
  ),
  { name: linearizability, summary: 'each operation took effect at one moment; by one of the models' },
  ...invariants.map(({ name, summary }) => ({ name, summary })),
  {
    name: logs,
    summary: 'nothing in the logs of the nodes of a run speaks of a crash; or of what --log-patterns names',
  },
  ...unsupported,
];

/** How the files of each format are meant, where nobody says otherwise. */
const formatSemantics: Readonly<Record<HistoryFormat, Semantics>> = {
  jsonl: defaultSemantics,
  edn: { nilRead: 'unknown', failedCas: 'never-happened' },
  porcupine: { nilRead: 'absent', failedCas: 'value-differed' },
};

/** The checkers that judge the history, by name. Throws a UsageError. */
export function checkersFor(history: readonly Operation[], request: JudgeRequest): Readonly<Record<string, Checker>> {
  const { checker, model } = request;
  if (checker !== undefined && model !== undefined && checker !== linearizability) {
    throw new UsageError('bad-option', `--checker ${checker} does not go by a model, but --model ${model} is given`, {
      remedy: 'Leave out one of the two.',
    });
  }
  const name = model ?? checker ?? guess(history);
  if (name === logs) return { [logs]: logChecker(request) };
  const workloadChecker = workloadCheckers[name];
  if (workloadChecker !== undefined) return { [name]: workloadChecker };
  // A model may have the name of one: `--checker linearizability` says that it is meant.
  const invariant = checker === linearizability ? undefined : invariants.find((candidate) => candidate.name === name);
  if (invariant !== undefined) return { [name]: invariant.checker(request.invariants ?? {}) };
  const typed = name === linearizability ? guessModel(history) : models.find((candidate) => candidate.name === name);
  if (typed === undefined) throw noSuch(name, model === undefined ? 'checker' : 'model');
  const semantics = { ...formatSemantics[request.format], ...request.semantics };
  const budget = budgetOf(request);
  return { [linearizability]: (operations) => checkLinearizability(operations, typed, { semantics, budget }) };
}

function logChecker({ logs: stored, logPatterns }: JudgeRequest): Checker {
  if (stored !== undefined) return () => checkLogs(stored, logPatterns);
  throw new UsageError('no-logs', 'there are no logs of nodes beside a history', {
    remedy: 'Name the folder of a run, such as runs/latest.',
  });
}

/** The checkers of a workload, where those that search keep to the limits. */
export function limited(checkers: Workload['checkers'], limits: Limits): Workload['checkers'] {
  if (checkers[linearizability] === undefined) return checkers;
  const budget = budgetOf(limits);
  return { ...checkers, [linearizability]: (history) => checkRegister(history, { budget }) };
}

function guess(history: readonly Operation[]): string {
  const functions = functionsOf(history);
  const isTotalOrder = functions.has('deliveries') || (functions.has('broadcast') && !functions.has('read'));
  if (isTotalOrder) return 'total-order';
  const invariant = invariants.find((candidate) => candidate.recognizes(history, functions));
  return invariant?.name ?? guessModel(history).name;
}

function guessModel(history: readonly Operation[]): AnyModel {
  const functions = [...functionsOf(history)];
  const model = models.find((candidate) => functions.every((f) => candidate.functions.includes(f)));
  if (model !== undefined) return model;
  throw new UsageError('unknown-history', `no checker is known for operations named ${functions.join(', ')}`, {
    remedy: 'Name one with --checker or --model; `raft-chaos list checkers` and `raft-chaos list models` show them.',
  });
}

function functionsOf(history: readonly Operation[]): Set<string> {
  return new Set(history.filter(({ process }) => process !== 'nemesis').map(({ f }) => f));
}

function noSuch(name: string, what: 'checker' | 'model'): UsageError {
  if (notYetSupported.includes(name)) {
    return new UsageError('not-supported', `the ${what} ${name} is not yet supported`, {
      remedy: `\`raft-chaos list ${what}s\` shows what is.`,
    });
  }
  const names = [...checkerNames, ...modelNames].filter(({ name: other }) => !notYetSupported.includes(other));
  return new UsageError(`unknown-${what}`, `there is no ${what} ${JSON.stringify(name)}`, {
    remedy: `There are: ${names.map(({ name: other }) => other).join(', ')}.`,
  });
}

function budgetOf({ memoryBytes, timeMs = Number.POSITIVE_INFINITY }: Limits): Budget {
  const deadlineMs = performance.now() + timeMs;
  return {
    deadlineReached: () => performance.now() > deadlineMs,
    memoryBytes: memoryBytes ?? 0.75 * freeMemoryBytes(),
    heapBytes: 0.5 * getHeapStatistics().heap_size_limit,
  };
}

/** What the machine has free, or the container that this runs in, if that is less. */
function freeMemoryBytes(): number {
  const limitBytes = process.constrainedMemory();
  const free = freemem();
  return limitBytes > 0 ? Math.min(free, Math.max(0, limitBytes - process.memoryUsage.rss())) : free;
}
