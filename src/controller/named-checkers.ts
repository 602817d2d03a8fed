import { UsageError } from '../base/errors.ts';
import type { Checker } from '../checker/judge.ts';
import { checkLinearizability } from '../checker/linearizability/check.ts';
import { defaultSemantics, type Semantics } from '../checker/linearizability/model.ts';
import { type AnyModel, models } from '../checker/linearizability/models.ts';
import { checkRegister } from '../checker/linearizability/register.ts';
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
}

export interface NamedChecker {
  readonly name: string;
  readonly summary: string;
}

/** Names that histories from elsewhere come with, and that nothing here judges yet. */
const notYetSupported: readonly string[] = ['list-append', 'rw-register', 'bank', 'long-fork', 'set-full'];

const unsupported: readonly NamedChecker[] = notYetSupported.map((name) => ({ name, summary: 'not yet supported' }));

/** What `--model` takes. */
export const modelNames: readonly NamedChecker[] = [
  ...models.map(({ name, aliases, summary }) => ({
    name,
    summary: [summary, ...aliases.map((alias) => `or ${alias}`)].join('; '),
  })),
  ...unsupported,
];

const linearizability = 'linearizability';

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
  const workloadChecker = checker === linearizability ? undefined : workloadCheckers[name];
  if (workloadChecker !== undefined) return { [name]: workloadChecker };
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

/** The checkers of a workload, where those that search keep to the limits. */
export function limited(checkers: Workload['checkers'], limits: Limits): Workload['checkers'] {
  if (checkers[linearizability] === undefined) return checkers;
  const budget = budgetOf(limits);
  const sideBySide = inThreads('cas-register', defaultSemantics, budget);
  return { ...checkers, [linearizability]: (history) => checkRegister(history, { budget, sideBySide }) };
}

function guess(history: readonly Operation[]): string {
  const functions = functionsOf(history);
  return functions.has('broadcast') || functions.has('deliveries') ? 'total-order' : guessModel(history).name;
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
