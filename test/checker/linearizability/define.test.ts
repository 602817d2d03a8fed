import { describe, expect, it } from 'vitest';
import { checkLinearizability } from '../../../src/checker/linearizability/check.ts';
import { defineModel } from '../../../src/checker/linearizability/define.ts';
import { ok, pending, recorded } from './histories.ts';

/** A register that keeps the greatest of what was offered to it. */
const maximum = defineModel<number>({
  name: 'maximum',
  functions: ['offer', 'read'],
  reads: ['read'],
  initial: 0,
  step: (state, { f, asked, found }) => {
    if (f === 'offer') return Math.max(state, asked as number);
    return found === undefined || found === state ? state : undefined;
  },
});

const accounts = defineModel<number>({
  name: 'accounts',
  functions: ['deposit', 'balance'],
  reads: ['balance'],
  initial: 0,
  step: (state, { f, asked, found }) => {
    const [, amount] = asked as [string, number];
    if (f === 'deposit') return state + amount;
    return found === state ? state : undefined;
  },
  partition: (_, asked) => (asked as [string, number])[0],
});

describe('a model of one’s own', () => {
  it('judges', () => {
    expect(checkLinearizability(recorded(ok('offer', 3), ok('offer', 2), ok('read', 3)), maximum).valid).toBe(true);
    const result = checkLinearizability(recorded(ok('offer', 3), ok('offer', 2), ok('read', 2)), maximum);
    expect(result).toMatchObject({ valid: false, anomalies: [{ kind: 'nonlinearizable', operations: [0, 1, 4, 5] }] });
    expect(result.anomalies[0]?.sentence).toBe(
      'Read by process 2 returned 2 (operation 5), but offer of 3 (operation 1) had completed before it began.',
    );
  });

  it('takes what never returned for what may have happened', () => {
    expect(checkLinearizability(recorded(pending('offer', 3), ok('read', 3), ok('read', 3)), maximum).valid).toBe(true);
    expect(checkLinearizability(recorded(pending('offer', 3), ok('read', 3), ok('read', 0)), maximum).valid).toBe(
      false,
    );
  });

  it('judges each part by itself', () => {
    const balance = (who: string, value: number) => ({ ...ok('balance', value), asked: [who, 0] });
    const history = recorded(ok('deposit', ['a', 1]), ok('deposit', ['b', 2]), balance('a', 1), balance('b', 0));
    const result = checkLinearizability(history, accounts);
    expect(result).toMatchObject({ valid: false, anomalies: [{ operations: [2, 3, 6, 7] }] });
  });
});
