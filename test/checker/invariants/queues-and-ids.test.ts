import { describe, expect, it } from 'vitest';
import { checkQueue, checkTotalQueue } from '../../../src/checker/invariants/queue.ts';
import { checkUniqueIds } from '../../../src/checker/invariants/unique-ids.ts';
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

describe('queue and total-queue', () => {
  const put = (value: unknown) => [0, 'enqueue', value, value] as const;
  const take = (value: unknown) => [1, 'dequeue', null, value] as const;

  it('are valid where all that went in came out once, drained or not', () => {
    const history = [...sequential(put(1), put(2), put(2), take(2), [1, 'drain', null, [1, 2]])];
    expect(checkTotalQueue(history)).toMatchObject({
      valid: true,
      stats: { acknowledged: 3, dequeued: 3, recovered: 0 },
    });
    expect(checkQueue(history).valid).toBe(true);
  });

  it('count what came out though nobody learned that it went in', () => {
    const history = script(
      ['invoke', 0, 'enqueue', 1],
      ['info', 0, 'enqueue', 1],
      ['invoke', 1, 'dequeue'],
      ['ok', 1, 'dequeue', 1],
    );
    expect(checkTotalQueue(history)).toMatchObject({ valid: true, stats: { recovered: 1 } });
  });

  it.each([
    ['unexpected', sequential(put(1), take(1), take(9)), [5]],
    ['duplicated', sequential(put(1), take(1), take(1)), [0, 3, 5]],
    [
      'unexpected',
      script(['invoke', 1, 'dequeue'], ['ok', 1, 'dequeue', 1], ['invoke', 0, 'enqueue', 1], ['ok', 0, 'enqueue', 1]),
      [1, 2],
    ],
    [
      'unexpected',
      script(['invoke', 0, 'enqueue', 1], ['fail', 0, 'enqueue', 1], ['invoke', 1, 'dequeue'], ['ok', 1, 'dequeue', 1]),
      [1, 3],
    ],
  ])('both find %s', (kind, history, operations) => {
    expect(checkQueue(history)).toMatchObject({ valid: false, anomalies: [{ kind, operations }] });
    expect(checkTotalQueue(history)).toMatchObject({ valid: false, anomalies: [{ kind, operations }] });
  });

  it('let elements come out again where that is allowed, count them, and find what is wrong besides', () => {
    const again = sequential(put(1), put(2), take(1), take(1), take(2));
    const options = { atLeastOnce: true };
    for (const check of [checkQueue, checkTotalQueue]) {
      expect(check(again)).toMatchObject({ valid: false, stats: { duplicated: 1, repeated: 1 } });
      expect(check(again, options)).toMatchObject({ valid: true, stats: { repeated: 1 } });
      expect(
        check(
          [...again, ...sequential(take(9))].map((one, index) => ({ ...one, index })),
          options,
        ),
      ).toMatchObject({
        valid: false,
        anomalies: [{ kind: 'unexpected' }],
      });
    }
    expect(checkTotalQueue(sequential(put(1), put(2), take(1), take(1)), options)).toMatchObject({
      valid: false,
      anomalies: [{ kind: 'lost' }],
    });
  });

  it('differ over what stayed in', () => {
    const history = sequential(put(1), put(2), take(1));
    expect(checkQueue(history).valid).toBe(true);
    expect(checkTotalQueue(history)).toMatchObject({ valid: false, anomalies: [{ kind: 'lost', operations: [2, 3] }] });
  });

  it('take an operation of unknown outcome for one that may have taken what is missing', () => {
    const open = script(['invoke', 2, 'dequeue'], ['info', 2, 'dequeue']);
    const withOpenDequeue = (history: readonly Operation[]): Operation[] =>
      [...history, ...open].map((operation, index) => ({ ...operation, index }));
    const one = withOpenDequeue(sequential(put(1), put(2), take(1)));
    expect(checkTotalQueue(one)).toMatchObject({
      valid: 'unknown',
      reason: expect.stringContaining('1 dequeue of unknown outcome'),
    });
    const two = withOpenDequeue(sequential(put(1), put(2), put(3), take(1)));
    expect(checkTotalQueue(two).anomalies.map(({ kind }) => kind)).toEqual(['lost', 'lost']);
    const drain = [...sequential(put(1), put(2), take(1)), ...script(['invoke', 2, 'drain'])].map(
      (operation, index) => ({ ...operation, index }),
    );
    expect(checkTotalQueue(drain).valid).toBe('unknown');
  });

  it('are unknown where nothing was dequeued', () => {
    expect(checkQueue(sequential(put(1))).valid).toBe('unknown');
    expect(checkTotalQueue(script(['invoke', 0, 'enqueue', 1], ['info', 0, 'enqueue', 1])).valid).toBe('unknown');
    expect(() => checkQueue(sequential([0, 'drain', null, 4]))).toThrow('operation 1: a drain has the list');
  });

  checkRandomly('agree with their definition', 3000, (choices) => {
    const items: number[] = [];
    const queue: Shared = {
      next: () => (choices.below(2) === 0 ? { f: 'dequeue' } : { f: 'enqueue', value: choices.below(12) }),
      apply: ({ f, value }) => {
        if (f === 'enqueue') items.push(value as number);
        return f === 'enqueue' ? value : (items.shift() ?? null);
      },
    };
    const correct = randomHistory(choices, queue, 60);
    expect(checkQueue(correct).valid).not.toBe(false);
    const history = mutated(correct, choices, ({ f, value }) => (f === 'dequeue' ? choices.below(14) : value));
    const enqueues = bruteForcePairs(history, 'enqueue');
    const dequeues = bruteForcePairs(history, 'dequeue');
    const out = dequeues
      .filter(({ isOk, completion }) => isOk && completion?.value !== null)
      .map(({ completion }) => completion as Operation);
    const tooMany = out.filter(({ index, value }) => {
      const before = out.filter((other) => other.value === value && other.index <= index).length;
      return (
        before >
        enqueues.filter(
          ({ invocation, hasFailed }) => invocation.value === value && invocation.index < index && !hasFailed,
        ).length
      );
    });
    const values = [...new Set(enqueues.map(({ invocation }) => invocation.value))];
    const missing = values.reduce<number>((sum, value) => {
      const acknowledged = enqueues.filter(({ invocation, isOk }) => invocation.value === value && isOk).length;
      return sum + Math.max(0, acknowledged - out.filter((each) => each.value === value).length);
    }, 0);
    const uncertain = dequeues.filter(({ isOk, hasFailed }) => !isOk && !hasFailed).length;
    const found = checkQueue(history);
    expect(found.anomalies.length + Object.values(found.unlisted ?? {}).reduce((a, b) => a + b, 0)).toBe(
      tooMany.length,
    );
    expect(checkTotalQueue(history).valid === false).toBe(tooMany.length > 0 || missing > uncertain);
  });
});

describe('unique-ids', () => {
  it('finds an id that was handed out twice', () => {
    const history = sequential(
      [0, 'generate', null, 1],
      [1, 'generate', null, [1]],
      [0, 'generate', null, '1'],
      [2, 'generate', null, 1],
    );
    expect(checkUniqueIds(history)).toMatchObject({
      valid: false,
      anomalies: [{ kind: 'duplicated', operations: [1, 7] }],
      stats: { generated: 4, distinct: 3 },
    });
    expect(checkUniqueIds(history.slice(0, 6)).valid).toBe(true);
  });

  it('tells longs apart', () => {
    const history = sequential([0, 'generate', null, 2n ** 60n], [0, 'generate', null, 2n ** 60n + 1n]);
    expect(checkUniqueIds(history).valid).toBe(true);
  });

  it('is unknown where none was handed out', () => {
    expect(checkUniqueIds(script(['invoke', 0, 'generate'], ['info', 0, 'generate', 1])).valid).toBe('unknown');
    expect(() => checkUniqueIds(sequential([0, 'generate', null, null]))).toThrow('operation 1');
  });
});
