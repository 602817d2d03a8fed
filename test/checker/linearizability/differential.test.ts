import { describe, expect, it } from 'vitest';
import { partsOf } from '../../../src/checker/linearizability/calls.ts';
import { defaultSemantics, type Problem, type Semantics } from '../../../src/checker/linearizability/model.ts';
import { modelNamed } from '../../../src/checker/linearizability/models.ts';
import { search } from '../../../src/checker/linearizability/search.ts';
import { linearizationFault } from '../../../src/checker/linearizability/verify.ts';
import type { Operation } from '../../../src/history/operation.ts';
import {
  eventsOfProblem,
  historyByBruteForce,
  linearizableByBruteForce,
  linearizableByPlainSearch,
} from './brute-force.ts';
import { unlimited } from './histories.ts';
import { randomHistory, type Size } from './random-histories.ts';

const firstSeed = Number(process.env['RAFT_CHAOS_SEED'] ?? 1);
const histories = Number(process.env['RAFT_CHAOS_HISTORIES'] ?? 2000);

/** What each model begins with; after a comma, histories of some kind. */
const initials: Readonly<Record<string, unknown>> = {
  register: null,
  'cas-register': null,
  'kv-append': '',
  'kv-append, cas': '',
  'multi-register': { x: 0, y: 0 },
  mutex: 'free',
  'fifo-queue': [],
  'fifo-queue, unique': [],
  stack: [],
  'stack, unique': [],
  'priority-queue': [],
  'priority-queue, unique': [],
  log: [],
  'log, unique': [],
  counter: 0,
  set: [],
  'set, by element': [],
  'set, unique': [],
};

const semantics: readonly Semantics[] = (['absent', 'unknown'] as const).flatMap((nilRead) =>
  (['value-differed', 'never-happened'] as const).map((failedCas) => ({ ...defaultSemantics, nilRead, failedCas })),
);

/** What the search says; where it says yes, its order is verified. */
function judged(modelName: string, history: readonly Operation[], given: Semantics): boolean {
  return modelNamed(modelName).use((typed) =>
    partsOf(history, typed, given).parts.every(({ problem }) => {
      const result = search(problem, unlimited);
      if (result.kind === 'linearizable') expect(linearizationFault(problem, result.order)).toBeNull();
      const quick = decideQuickly(problem);
      if (quick !== null) expect(quick).toBe(result.kind);
      return result.kind === 'linearizable';
    }),
  );
}

/** What the quick way says, if it is there for this problem; it must prove it. */
function decideQuickly<State, Action>(problem: Problem<State, Action>): string | null {
  const decision = problem.model.decide?.(problem) ?? null;
  if (decision === null) return null;
  quickly++;
  if (decision.kind === 'linearizable') {
    const fault = linearizationFault(problem, decision.order);
    if (fault === null) return decision.kind;
  } else {
    const { model, initial } = problem;
    const few = { model, initial, calls: decision.items.map(({ call }) => call) };
    const explained = linearizableByPlainSearch(eventsOfProblem(few), initial);
    if (!explained) return 'not-linearizable';
  }
  unproven++;
  return null;
}

let quickly = 0;
let unproven = 0;

/** Holds the search to another way of judging, over many random histories. */
function compare(
  modelName: string,
  given: Semantics,
  size: Size,
  histories: number,
  isLinearizable: typeof linearizableByBruteForce,
): void {
  const verdicts = { true: 0, false: 0 };
  quickly = 0;
  unproven = 0;
  for (let seed = firstSeed; seed < firstSeed + histories; seed++) {
    const history = randomHistory(modelName, seed, size);
    const model = modelName.replace(/,.*/, '');
    const expected = historyByBruteForce(model, history, initials[modelName], given, isLinearizable);
    verdicts[`${expected}`]++;
    if (judged(model, history, given) !== expected) {
      const lines = history.map((operation) => JSON.stringify(operation)).join('\n');
      throw new Error(`seed ${seed}: linearizable should be ${expected}, and the search says otherwise:\n${lines}`);
    }
  }
  const { nilRead, failedCas } = given;
  const seeds = `seeds ${firstSeed} to ${firstSeed + histories - 1}`;
  process.stderr.write(
    `${modelName}, nil read ${nilRead}, failed cas ${failedCas}, up to ${size.operations} operations, ${seeds}: ` +
      `${verdicts.true} linearizable, ${verdicts.false} not; quickly ${quickly}, of which unproven ${unproven}\n`,
  );
  expect(Math.min(verdicts.true, verdicts.false)).toBeGreaterThan(histories / 50);
}

describe.each(Object.keys(initials))('%s', (modelName) => {
  const meaningful = ['cas-register', 'fifo-queue, unique'].includes(modelName) ? semantics : [defaultSemantics];

  it.each(meaningful)('against every order of few calls: nil read $nilRead, failed cas $failedCas', (given) => {
    compare(modelName, given, { operations: 8, clients: 4 }, histories, linearizableByBruteForce);
  });

  // Where every order of calls leads to another state, a plain search gets nowhere with more.
  const operations = /^(fifo-queue|stack|priority-queue|log|counter)/.test(modelName) ? 12 : 20;

  it.each(meaningful)('against a plain search, more calls: nil read $nilRead, failed cas $failedCas', (given) => {
    compare(modelName, given, { operations, clients: 6 }, histories / 2, linearizableByPlainSearch);
  });
});
