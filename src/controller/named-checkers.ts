import { UsageError } from '../base/errors.ts';
import type { Checker } from '../checker/compose.ts';
import { checkListAppend, checkRwRegister, type RegisterOptions } from '../checker/elle/check.ts';
import { independently } from '../checker/independent.ts';
import { type InvariantOptions, invariants } from '../checker/invariants/named.ts';
import type { OnePassChecker } from '../checker/judge.ts';
import { checkLinearizability } from '../checker/linearizability/check.ts';
import { defaultSemantics, type Semantics } from '../checker/linearizability/model.ts';
import { type AnyModel, models } from '../checker/linearizability/models.ts';
import { checkRegister } from '../checker/linearizability/register.ts';
import { checkLogs, type LogPattern, type NodeLog } from '../checker/log-patterns.ts';
import type { HistoryFormat } from '../history/format.ts';
import type { Operation } from '../history/operation.ts';
import type { Workload } from '../workload/workload.ts';
import { workloads } from '../workload/workloads.ts';
import { budgetOf, type Limits } from './search-limits.ts';
import { inThreads } from './side-by-side/threads.ts';

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
  /** Of transactions: what they are to be held against, and what may be taken for granted. */
  readonly transactions?: RegisterOptions;
}

export interface NamedChecker {
  readonly name: string;
  readonly summary: string;
}

/** Of transactions; each is the name of a checker and of a model. */
const transactionCheckers: readonly NamedChecker[] = [
  { name: 'list-append', summary: 'transactions of reads and appends of lists show no anomaly that is ruled out' },
  { name: 'rw-register', summary: 'transactions of reads and writes of registers show no anomaly that is ruled out' },
];

/** What `--model` takes. */
export const modelNames: readonly NamedChecker[] = [
  ...models
    .filter(({ name }) => !invariants.some((invariant) => invariant.name === name))
    .map(({ name, aliases, summary }) => ({
      name,
      summary: [summary, ...aliases.map((alias) => `or ${alias}`)].join('; '),
    })),
  ...invariants.map(({ name, summary }) => {
    const model = models.find((candidate) => candidate.name === name);
    const also = model === undefined ? '' : `; with --checker linearizability: ${model.summary}`;
    return { name, summary: `${summary}${also}` };
  }),
  ...transactionCheckers,
];

const linearizability = 'linearizability';
const logs = 'logs';

/** Checkers that take options, and so are made anew for each request. */
const withOptions: readonly string[] = [linearizability, ...transactionCheckers.map(({ name }) => name)];

/** Of the workloads, beside those that take options. */
const workloadCheckers: Readonly<Record<string, Checker>> = Object.fromEntries(
  workloads.flatMap(({ checkers }) => Object.entries(checkers)).filter(([name]) => !withOptions.includes(name)),
);

/** What `--checker` takes. */
export const checkerNames: readonly NamedChecker[] = [
  ...workloads.flatMap(({ name, checkers }) =>
    Object.keys(checkers)
      .filter((checker) => !withOptions.includes(checker))
      .map((checker) => ({ name: checker, summary: `judges the workload ${name}` })),
  ),
  { name: linearizability, summary: 'each operation took effect at one moment; by one of the models' },
  ...invariants.map(({ name, summary }) => ({ name, summary })),
  {
    name: logs,
    summary: 'nothing in the logs of the nodes of a run speaks of a crash; or of what --log-patterns names',
  },
  ...transactionCheckers,
];

/** How the files of each format are meant, where nobody says otherwise. */
const formatSemantics: Readonly<Record<HistoryFormat, Semantics>> = {
  jsonl: defaultSemantics,
  edn: { nilRead: 'unknown', failedCas: 'never-happened' },
  json: { nilRead: 'unknown', failedCas: 'never-happened' },
  porcupine: { nilRead: 'absent', failedCas: 'value-differed' },
};

/** The name that was asked for, if any. Throws a UsageError where two exclude each other. */
export function nameAskedFor({ checker, model }: JudgeRequest): string | undefined {
  if (checker !== undefined && model !== undefined && checker !== linearizability) {
    throw new UsageError('bad-option', `--checker ${checker} does not go by a model, but --model ${model} is given`, {
      remedy: 'Leave out one of the two.',
    });
  }
  return model ?? checker;
}

/** The checkers that judge the history, by name. Throws a UsageError. */
export function checkersFor(history: readonly Operation[], request: JudgeRequest): Readonly<Record<string, Checker>> {
  const { checker, model } = request;
  const name = nameAskedFor(request) ?? guess(history);
  const transactional = transactionChecker(name, request);
  if (transactional !== undefined) return { [name]: independently(transactional) };
  if (name === logs) return { [logs]: logChecker(request) };
  // `--model queue` is the queue that operations take effect on one by one, as the other names of models are.
  const isAlias = models.some(({ aliases }) => aliases.includes(name));
  const isModel = checker === linearizability || (model !== undefined && isAlias);
  const workloadChecker = isModel ? undefined : workloadCheckers[name];
  if (workloadChecker !== undefined) return { [name]: workloadChecker };
  // A model may have the name of one: `--checker linearizability` says that it is meant.
  const invariant = isModel ? undefined : invariants.find((candidate) => candidate.name === name);
  if (invariant !== undefined) return { [name]: invariant.checker(request.invariants ?? {}) };
  const typed = name === linearizability ? guessModel(history) : modelKnownAs(name);
  if (typed === undefined) throw noSuch(name, model === undefined ? 'checker' : 'model');
  const semantics = { ...formatSemantics[request.format], ...request.semantics };
  return {
    [linearizability]: (operations) => {
      const budget = budgetOf(request);
      const sideBySide = inThreads(typed.name, semantics, budget);
      return checkLinearizability(operations, typed, { semantics, budget, sideBySide });
    },
  };
}

function logChecker({ logs: stored, logPatterns }: JudgeRequest): Checker {
  if (stored !== undefined) return () => checkLogs(stored, logPatterns);
  throw new UsageError('no-logs', 'there are no logs of nodes beside a history', {
    remedy: 'Name the folder of a run, such as runs/latest.',
  });
}

/**
 * The checker of transactions of this name, on one key or none, if it is one. Throws a UsageError where it is not, but
 * options for one are given.
 */
export function transactionChecker(
  name: string,
  { transactions, semantics }: JudgeRequest,
): OnePassChecker | undefined {
  switch (name) {
    case 'list-append':
      return (history) => checkListAppend(history, transactions);
    case 'rw-register':
      return (history) => checkRwRegister(history, { ...transactions, initial: semantics.initial });
    default:
      if (transactions === undefined) return undefined;
      throw new UsageError('bad-option', `${name} does not judge transactions, but options for these are given`, {
        remedy: `Leave out --consistency-models, --anomalies and the like, or name one of ${transactionCheckers.map((each) => each.name).join(', ')}.`,
      });
  }
}

/** The checkers of a workload, where those that search keep to the limits. */
export function limited(checkers: Workload['checkers'], limits: Limits): Workload['checkers'] {
  if (checkers[linearizability] === undefined) return checkers;
  const budget = budgetOf(limits);
  const sideBySide = inThreads('cas-register', defaultSemantics, budget);
  return { ...checkers, [linearizability]: (history) => checkRegister(history, { budget, sideBySide }) };
}

function guess(history: readonly Operation[]): string {
  const functions = functionsOf(history);
  if (functions.has('txn')) return guessTransactions(history);
  const isTotalOrder = functions.has('deliveries') || (functions.has('broadcast') && !functions.has('read'));
  if (isTotalOrder) return 'total-order';
  const invariant = invariants.find((candidate) => candidate.recognizes(history, functions));
  return invariant?.name ?? guessModel(history).name;
}

/** By what its transactions do. Those that `read` and `write` by whole words are of a model. */
function guessTransactions(history: readonly Operation[]): string {
  const name = checkerOfWrites(history);
  if (name !== undefined) return name;
  const isInWords = history.some(({ value }) =>
    microOperations(value).some(({ 0: f }) => f === 'read' || f === 'write'),
  );
  return isInWords ? guessModel(history).name : 'list-append';
}

/** The checker of transactions that write as the first of these does that writes, or undefined where none does. */
export function checkerOfWrites(transactions: Iterable<Operation>): 'list-append' | 'rw-register' | undefined {
  for (const { process, value } of transactions) {
    if (process === 'nemesis') continue;
    for (const { 0: f } of microOperations(value)) {
      if (f === 'append') return 'list-append';
      if (f === 'w') return 'rw-register';
    }
  }
  return undefined;
}

function microOperations(value: unknown): readonly (readonly unknown[])[] {
  return Array.isArray(value) ? value.filter((micro) => Array.isArray(micro)) : [];
}

function guessModel(history: readonly Operation[]): AnyModel {
  const model = models.find((candidate) => candidate.suits(history));
  if (model !== undefined) return model;
  throw new UsageError(
    'unknown-history',
    `no checker is known for operations named ${[...functionsOf(history)].join(', ')}`,
    {
      remedy: 'Name one with --checker or --model; `raft-chaos list checkers` and `raft-chaos list models` show them.',
    },
  );
}

function modelKnownAs(name: string): AnyModel | undefined {
  return models.find((model) => model.name === name || model.aliases.includes(name));
}

function functionsOf(history: readonly Operation[]): Set<string> {
  return new Set(history.filter(({ process }) => process !== 'nemesis').map(({ f }) => f));
}

function noSuch(name: string, what: 'checker' | 'model'): UsageError {
  const names = new Set([...checkerNames, ...modelNames].map((known) => known.name));
  return new UsageError(`unknown-${what}`, `there is no ${what} ${JSON.stringify(name)}`, {
    remedy: `There are: ${[...names].join(', ')}.`,
  });
}
