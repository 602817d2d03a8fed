import { describe, expect, it } from 'vitest';
import { checkBank } from '../../../src/checker/invariants/bank.ts';
import { checkCounter } from '../../../src/checker/invariants/counter.ts';
import type { Operation } from '../../../src/history/operation.ts';
import {
  bruteForcePairs,
  checkRandomly,
  mutated,
  randomHistory,
  type Shared,
  script,
  sequential,
} from './random-histories.ts';

describe('bank', () => {
  const transfer = { from: 'a', to: 'b', amount: 5 };
  const reads = (...values: readonly unknown[]): Operation[] =>
    sequential(...values.map((value) => [0, 'read', null, value] as const));

  it('is valid where every read shows the same total', () => {
    const history = [...sequential([0, 'read', null, { a: 10, b: 0 }], [1, 'transfer', transfer, transfer])];
    expect(checkBank(history)).toMatchObject({
      valid: true,
      stats: { total: 10, accounts: 2, lowest: 10, highest: 10 },
    });
  });

  it.each([
    [
      'wrong-total',
      [
        { a: 10, b: 0 },
        { a: 5, b: 0 },
      ],
      [1, 3],
      /total of a read is 5 .*first read is 10/,
    ],
    [
      'negative-balance',
      [
        { a: 10, b: 0 },
        { a: 15, b: -5 },
      ],
      [3],
      /less than nothing on account b/,
    ],
    ['unexpected-account', [{ a: 10 }, { a: 5, c: 5 }], [1, 3], /account c, which should not exist/],
    [
      'nil-balance',
      [
        { a: 10, b: 0 },
        { a: 10, b: null },
      ],
      [3],
      /no balance for account b/,
    ],
  ])('finds %s', (kind, values, operations, sentence) => {
    expect(checkBank(reads(...values))).toMatchObject({
      valid: false,
      anomalies: [{ kind, operations, sentence: expect.stringMatching(sentence) }],
    });
  });

  it('goes by the total, the accounts and the freedom that are given', () => {
    expect(checkBank(reads({ a: 5 }), { total: 10 }).anomalies).toMatchObject([
      { kind: 'wrong-total', operations: [1] },
    ]);
    expect(checkBank(reads({ a: 5 }), { accounts: ['b'] }).anomalies).toMatchObject([{ kind: 'unexpected-account' }]);
    expect(checkBank(reads({ a: 15, b: -5 }), { negativeBalances: true }).valid).toBe(true);
    expect(checkBank(reads({ a: 15, b: -5 })).valid).toBe(false);
  });

  it('takes a list of balances for those of the accounts 0, 1 and so on', () => {
    expect(checkBank(reads([10, 10], { 0: 5, 1: 15 })).valid).toBe(true);
    expect(checkBank(reads([10, 10], [5, 10])).anomalies).toMatchObject([{ kind: 'wrong-total', operations: [1, 3] }]);
    expect(checkBank(reads([10, 10], [10, 10, 0])).anomalies).toMatchObject([{ kind: 'unexpected-account' }]);
  });

  it('adds up longs exactly', () => {
    expect(checkBank(reads({ a: 2n ** 60n, b: 1 }, { a: 2n ** 60n + 1n, b: 0 })).valid).toBe(true);
    expect(checkBank(reads({ a: 2n ** 60n, b: 1 }, { a: 2n ** 60n, b: 0 })).valid).toBe(false);
    expect(checkBank(reads({ a: 2n ** 53n, b: -1 }, { a: 2 ** 53 - 1, b: 0 }), { negativeBalances: true }).valid).toBe(
      true,
    );
  });

  it('is unknown without a read, and refuses what is no balance', () => {
    expect(checkBank(sequential([1, 'transfer', transfer, transfer])).valid).toBe('unknown');
    expect(() => checkBank(reads('much'))).toThrow('operation 1: a read of a bank has a map');
    expect(() => checkBank(reads({ a: 'much' }))).toThrow('the balance of account a is no number');
  });

  checkRandomly('finds a read of half a transfer, and nothing else', 1000, (choices) => {
    const balances = [10, 10, 10];
    let torn = 0;
    const bank: Shared = {
      next: () =>
        choices.below(2) === 0
          ? { f: 'read' }
          : { f: 'transfer', value: [choices.below(3), choices.below(3), 1 + choices.below(3)] },
      apply: ({ f, value }) => {
        if (f === 'read') {
          const copy = [...balances];
          const isTorn = choices.below(20) === 0;
          if (isTorn) copy[0] = (copy[0] ?? 0) - 1;
          if (isTorn) torn++;
          return { ...copy };
        }
        const [from, to, amount] = value as [number, number, number];
        balances[from] = (balances[from] ?? 0) - amount;
        balances[to] = (balances[to] ?? 0) + amount;
        return value;
      },
    };
    const history = randomHistory(choices, bank, 60);
    const answers = bruteForcePairs(history, 'read').filter(({ isOk }) => isOk);
    const wrong = answers.filter(
      ({ completion }) => Object.values(completion?.value as object).reduce((a, b) => a + b, 0) !== 30,
    );
    const result = checkBank(history, { total: 30, negativeBalances: true });
    expect(result.valid).toBe(answers.length === 0 ? 'unknown' : wrong.length === 0);
    expect(torn).toBeGreaterThanOrEqual(wrong.length);
  });
});

describe('counter', () => {
  it('counts what is certain below, and what may be above', () => {
    const history = script(
      ['invoke', 0, 'add', 1],
      ['ok', 0, 'add', 1],
      ['invoke', 1, 'add', 2],
      ['info', 1, 'add', 2],
      ['invoke', 2, 'add', 4],
      ['fail', 2, 'add', 4],
      ['invoke', 0, 'read'],
      ['invoke', 3, 'add', 8],
      ['ok', 0, 'read', 3],
    );
    const read = (value: unknown): Operation[] => history.with(8, { ...(history[8] as Operation), value });
    for (const value of [1, 3, 9, 11]) expect(checkCounter(read(value)).valid).toBe(true);
    for (const value of [0, 12]) {
      expect(checkCounter(read(value))).toMatchObject({
        valid: false,
        anomalies: [{ kind: 'out-of-bounds', operations: [6, 8], details: { lower: 1, upper: 11 } }],
      });
    }
  });

  it('takes away what is below zero', () => {
    const history = script(['invoke', 0, 'add', -3], ['invoke', 1, 'read'], ['ok', 1, 'read', -2]);
    expect(checkCounter(history).valid).toBe(true);
    expect(checkCounter(script(['invoke', 1, 'read'], ['ok', 1, 'read', -1])).valid).toBe(false);
  });

  it('adds up longs exactly', () => {
    const big = 2n ** 53n;
    const adds = [0, 'add', big, big] as const;
    expect(checkCounter(sequential(adds, [0, 'add', 1, 1], [0, 'read', null, big + 1n])).valid).toBe(true);
    expect(checkCounter(sequential(adds, [0, 'add', 1, 1], [0, 'read', null, big])).valid).toBe(false);
  });

  it('is not broken where it is never read, and unknown where nothing happened', () => {
    expect(checkCounter(sequential([0, 'add', 1, 1]))).toMatchObject({
      valid: true,
      reason: expect.stringContaining('never read'),
    });
    expect(checkCounter(script(['invoke', 0, 'add', 1], ['info', 0, 'add', 1])).valid).toBe('unknown');
    expect(() => checkCounter(sequential([0, 'read', null, 'x']))).toThrow(
      'operation 1: a read of a counter has a number',
    );
  });

  checkRandomly('agrees with its definition', 3000, (choices) => {
    let sum = 0;
    const counter: Shared = {
      next: () => (choices.below(2) === 0 ? { f: 'read' } : { f: 'add', value: choices.below(9) - 3 }),
      apply: ({ f, value }) => {
        if (f === 'add') sum += value as number;
        return f === 'add' ? value : sum;
      },
    };
    const correct = randomHistory(choices, counter, 60);
    expect(checkCounter(correct).valid).not.toBe(false);
    const history = mutated(correct, choices, ({ f, value }) =>
      f === 'read' ? (value as number) + choices.below(9) - 4 : value,
    );
    const adds = bruteForcePairs(history, 'add').filter(({ hasFailed }) => !hasFailed);
    const wrong = bruteForcePairs(history, 'read').filter(({ isOk, invocation, completion }) => {
      if (!isOk || completion === undefined) return false;
      const begun = adds.filter((add) => add.invocation.index < completion.index);
      const isCertain = (add: (typeof adds)[number]) => add.isOk && (add.completion?.index ?? 0) < invocation.index;
      const certain = begun.filter(isCertain).reduce((total, add) => total + (add.invocation.value as number), 0);
      const open = begun.filter((add) => !isCertain(add)).map((add) => add.invocation.value as number);
      const lower = open.filter((value) => value < 0).reduce((total, value) => total + value, certain);
      const upper = open.filter((value) => value > 0).reduce((total, value) => total + value, certain);
      return (completion.value as number) < lower || (completion.value as number) > upper;
    });
    const result = checkCounter(history);
    expect(result.anomalies.length + (result.unlisted?.['out-of-bounds'] ?? 0)).toBe(wrong.length);
    expect(result.valid === false).toBe(wrong.length > 0);
  });
});
