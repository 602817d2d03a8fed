import { describe, expect, it } from 'vitest';
import { partsOf } from '../../../src/checker/linearizability/calls.ts';
import { defaultSemantics, type Semantics } from '../../../src/checker/linearizability/model.ts';
import { models } from '../../../src/checker/linearizability/models.ts';
import { search } from '../../../src/checker/linearizability/search.ts';
import { linearizationFault } from '../../../src/checker/linearizability/verify.ts';
import type { Operation } from '../../../src/history/operation.ts';
import { historyByBruteForce, linearizableByBruteForce, linearizableByPlainSearch } from './brute-force.ts';
import { unlimited } from './histories.ts';
import { randomHistory, type Size } from './random-histories.ts';

const firstSeed = Number(process.env['RAFT_CHAOS_SEED'] ?? 1);
const histories = Number(process.env['RAFT_CHAOS_HISTORIES'] ?? 2000);

const initials: Readonly<Record<string, unknown>> = {
  register: null,
  'cas-register': null,
  'kv-append': '',
  'multi-register': { x: 0, y: 0 },
  mutex: 'free',
};

const semantics: readonly Semantics[] = (['absent', 'unknown'] as const).flatMap((nilRead) =>
  (['value-differed', 'never-happened'] as const).map((failedCas) => ({ ...defaultSemantics, nilRead, failedCas })),
);

/** What the search says; where it says yes, its order is verified. */
function judged(modelName: string, history: readonly Operation[], given: Semantics): boolean {
  const model = models.find(({ name }) => name === modelName);
  if (model === undefined) throw new Error(modelName);
  return model.use((typed) =>
    partsOf(history, typed, given).parts.every(({ problem }) => {
      const result = search(problem, unlimited);
      if (result.kind === 'linearizable') expect(linearizationFault(problem, result.order)).toBeNull();
      return result.kind === 'linearizable';
    }),
  );
}

/** Holds the search to another way of judging, over many random histories. */
function compare(
  modelName: string,
  given: Semantics,
  size: Size,
  histories: number,
  isLinearizable: typeof linearizableByBruteForce,
): void {
  const verdicts = { true: 0, false: 0 };
  for (let seed = firstSeed; seed < firstSeed + histories; seed++) {
    const history = randomHistory(modelName, seed, size);
    const expected = historyByBruteForce(modelName, history, initials[modelName], given, isLinearizable);
    verdicts[`${expected}`]++;
    if (judged(modelName, history, given) !== expected) {
      const lines = history.map((operation) => JSON.stringify(operation)).join('\n');
      throw new Error(`seed ${seed}: linearizable should be ${expected}, and the search says otherwise:\n${lines}`);
    }
  }
  const { nilRead, failedCas } = given;
  const seeds = `seeds ${firstSeed} to ${firstSeed + histories - 1}`;
  process.stderr.write(
    `${modelName}, nil read ${nilRead}, failed cas ${failedCas}, up to ${size.operations} operations, ${seeds}: ` +
      `${verdicts.true} linearizable, ${verdicts.false} not\n`,
  );
  expect(Math.min(verdicts.true, verdicts.false)).toBeGreaterThan(histories / 50);
}

describe.each(Object.keys(initials))('%s', (modelName) => {
  const meaningful = modelName === 'cas-register' ? semantics : [defaultSemantics];

  it.each(meaningful)('against every order of few calls: nil read $nilRead, failed cas $failedCas', (given) => {
    compare(modelName, given, { operations: 8, clients: 4 }, histories, linearizableByBruteForce);
  });

  it.each(meaningful)('against a plain search, more calls: nil read $nilRead, failed cas $failedCas', (given) => {
    compare(modelName, given, { operations: 20, clients: 6 }, histories / 2, linearizableByPlainSearch);
  });
});
