import fc from 'fast-check';
import { expect, test } from 'vitest';
import { checkListAppend, checkRwRegister, type RegisterOptions } from '../../../src/checker/elle/check.ts';
import type { CheckerResult } from '../../../src/checker/verdict.ts';
import type { Operation } from '../../../src/history/operation.ts';
import { Choices } from '../histories.ts';
import { isAllRead, isSerializable, isSnapshotIsolated } from './brute-force.ts';
import { isolations, mutate, SimulatedStore } from './stores.ts';
import { cycleFault } from './verify.ts';

// A failing run prints its seed and the shrunk decisions; `RAFT_CHAOS_TEST_SEED` runs it again, `RAFT_CHAOS_HISTORIES` says how many.
const seed = Number(process.env['RAFT_CHAOS_TEST_SEED'] ?? Date.now() % 2 ** 31);
const runs = Number(process.env['RAFT_CHAOS_HISTORIES'] ?? 2000);
const decisions = fc.array(fc.nat(119), { minLength: 120, maxLength: 400, size: 'max' });

function property(name: string, judged: (choices: Choices) => void, share = 1): void {
  test(`${name} (seed ${seed})`, { timeout: 3_600_000 }, () => {
    fc.assert(
      fc.property(decisions, (numbers) => judged(new Choices(numbers))),
      { numRuns: Math.ceil(runs * share), seed },
    );
  });
}

function historyOf(choices: Choices, write: 'append' | 'w'): Operation[] {
  const store = new SimulatedStore(choices.pick(isolations) ?? 'serializable', write);
  store.run(choices, 3 + choices.below(4));
  const mutations = choices.below(3);
  let { history } = store;
  for (let count = 1; count < mutations; count++) history = mutate(history, choices, write);
  return history;
}

function told(history: readonly Operation[], { valid, reason }: CheckerResult): string {
  return `${valid}, ${reason}\n${history.map((operation) => JSON.stringify(operation)).join('\n')}`;
}

/** The checker says invalid only where brute force does, and wherever it does if all is known; each witness holds. */
function agrees(history: readonly Operation[], result: CheckerResult, isPossible: boolean): void {
  if (isPossible) expect(result.valid, told(history, result)).not.toBe(false);
  else if (isAllRead(history)) expect(result.valid, told(history, result)).toBe(false);
  for (const anomaly of result.anomalies) expect(cycleFault(history, anomaly), told(history, result)).toBeNull();
}

property('list-append agrees with brute force on serializability', (choices) => {
  const history = historyOf(choices, 'append');
  const result = checkListAppend(history, { consistencyModels: ['serializable'] });
  agrees(history, result, isSerializable(history, false));
});

property('list-append agrees with brute force on strict serializability', (choices) => {
  const history = historyOf(choices, 'append');
  agrees(history, checkListAppend(history), isSerializable(history, true));
});

// Brute force has the most orders to try here.
property(
  'list-append agrees with brute force on snapshot isolation',
  (choices) => {
    const history = historyOf(choices, 'append');
    const result = checkListAppend(history, { consistencyModels: ['snapshot-isolation'] });
    agrees(history, result, isSnapshotIsolated(history, false));
  },
  0.2,
);

property('list-append agrees with brute force on strong snapshot isolation', (choices) => {
  const history = historyOf(choices, 'append');
  const result = checkListAppend(history, { consistencyModels: ['strong-snapshot-isolation'] });
  agrees(history, result, isSnapshotIsolated(history, true));
});

property('strictly serializable histories keep the guarantees of sessions', (choices) => {
  const history = historyOf(choices, 'append');
  const result = checkListAppend(history, { consistencyModels: ['PRAM', 'writes-follow-reads'] });
  if (isSerializable(history, true)) expect(result.valid, told(history, result)).not.toBe(false);
});

property('rw-register never calls serializable histories invalid', (choices) => {
  const history = historyOf(choices, 'w');
  const result = checkRwRegister(history, { consistencyModels: ['serializable'] });
  if (isSerializable(history, false)) expect(result.valid, told(history, result)).not.toBe(false);
});

const assumptions: RegisterOptions = { writesFollowReads: true, sequentialKeys: true, linearizableKeys: true };

property(
  'rw-register never calls strictly serializable histories invalid, whatever it may assume of keys',
  (choices) => {
    const history = historyOf(choices, 'w');
    const result = checkRwRegister(history, assumptions);
    if (isSerializable(history, true)) expect(result.valid, result.reason).not.toBe(false);
  },
);

test('the histories are of all sorts', () => {
  const counts = { possible: 0, impossible: 0, exact: 0 };
  fc.assert(
    fc.property(decisions, (numbers) => {
      const history = historyOf(new Choices(numbers), 'append');
      counts[isSerializable(history, true) ? 'possible' : 'impossible']++;
      if (isAllRead(history)) counts.exact++;
    }),
    { numRuns: 500, seed },
  );
  expect(Math.min(counts.possible, counts.impossible, counts.exact)).toBeGreaterThan(50);
});
