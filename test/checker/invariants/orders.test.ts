import { describe, expect, it } from 'vitest';
import { checkLongFork } from '../../../src/checker/invariants/long-fork.ts';
import { checkMonotonicReads } from '../../../src/checker/invariants/monotonic-reads.ts';
import { checkSessions } from '../../../src/checker/invariants/sessions.ts';
import type { Operation } from '../../../src/history/operation.ts';
import { checkRandomly, mutated, randomHistory, type Shared, script, sequential } from './random-histories.ts';

describe('long-fork', () => {
  const write = (key: string) => [0, 'write', [['w', key, 1]], [['w', key, 1]]] as const;
  const read = (...values: readonly (readonly [key: string, value: number | null])[]) => {
    const accesses = values.map(([key, value]) => ['r', key, value]);
    return [1, 'read', accesses.map(([f, key]) => [f, key, null]), accesses] as const;
  };

  it('finds two reads that see two writes in different orders', () => {
    const history = sequential(write('x'), write('y'), read(['x', 1], ['y', null]), read(['y', 1], ['x', null]));
    expect(checkLongFork(history, { groupSize: 2 })).toMatchObject({
      valid: false,
      anomalies: [{ kind: 'long-fork', operations: [5, 7], details: { keys: ['y', 'x'] } }],
    });
  });

  it('is valid where all reads fit one order', () => {
    const history = sequential(
      write('x'),
      write('y'),
      read(['x', null], ['y', null]),
      read(['y', 1], ['x', null]),
      read(['y', 1], ['x', 1]),
    );
    expect(checkLongFork(history).valid).toBe(true);
    expect(checkLongFork(history, { groupSize: 3 })).toMatchObject({
      valid: 'unknown',
      reason: expect.stringContaining('reads 2 keys, and a group has 3'),
    });
  });

  it('finds values that nobody wrote', () => {
    expect(checkLongFork(sequential(write('x'), read(['x', 7]))).anomalies).toMatchObject([
      { kind: 'garbage-read', operations: [3] },
    ]);
    const failed = script(
      ['invoke', 0, 'write', [['w', 'x', 1]]],
      ['fail', 0, 'write', [['w', 'x', 1]]],
      ['invoke', 1, 'read', [['r', 'x', null]]],
      ['ok', 1, 'read', [['r', 'x', 1]]],
    );
    expect(checkLongFork(failed).anomalies).toMatchObject([
      { kind: 'garbage-read', sentence: expect.stringContaining('had certainly failed') },
    ]);
  });

  it('is unknown without a read, and where a key has two writes', () => {
    expect(checkLongFork(sequential(write('x'))).valid).toBe('unknown');
    const twice = sequential(write('x'), [0, 'write', [['w', 'x', 2]], [['w', 'x', 2]]], read(['x', 2]));
    expect(checkLongFork(twice)).toMatchObject({
      valid: 'unknown',
      reason: expect.stringContaining('written more than once'),
    });
    expect(checkLongFork(sequential(read(['x', 1]), read(['x', 2]))).valid).toBe('unknown');
    expect(() => checkLongFork(sequential([0, 'read', null, 5]))).toThrow('a transaction of a long-fork test');
  });

  checkRandomly('agrees with its definition', 3000, (choices) => {
    const keys = ['a', 'b', 'c', 'd'];
    const written = new Set<string>();
    let next = 0;
    const store: Shared = {
      next: () => {
        const key = keys[next];
        if (key !== undefined && choices.below(3) === 0) {
          next++;
          return { f: 'write', value: [['w', key, 1]] };
        }
        return { f: 'read', value: keys.filter(() => choices.below(4) > 0).map((each) => ['r', each, null]) };
      },
      apply: ({ value }) =>
        (value as [string, string, unknown][]).map(([f, key, to]) => {
          if (f === 'w') written.add(key);
          return f === 'w' ? [f, key, to] : [f, key, written.has(key) ? 1 : null];
        }),
    };
    const correct = randomHistory(choices, store, 60);
    expect(checkLongFork(correct).anomalies.filter(({ kind }) => kind === 'long-fork')).toEqual([]);
    const history = mutated(correct, choices, ({ f, value }) =>
      f === 'read'
        ? (value as [string, string, unknown][]).map(([name, key, seen]) => [
            name,
            key,
            choices.below(3) === 0 ? (seen === null ? 1 : null) : seen,
          ])
        : value,
    );
    const reads = history
      .filter(({ type, f }) => type === 'ok' && f === 'read')
      .map(({ value }) => new Map((value as [string, string, unknown][]).map(([, key, seen]) => [key, seen !== null])));
    const isForked = reads.some((one) =>
      reads.some((other) =>
        keys.some((x) =>
          keys.some(
            (y) => one.get(x) === true && one.get(y) === false && other.get(x) === false && other.get(y) === true,
          ),
        ),
      ),
    );
    expect(checkLongFork(history).anomalies.some(({ kind }) => kind === 'long-fork')).toBe(isForked);
  });
});

describe('monotonic-reads', () => {
  it('holds each process to what it read before', () => {
    const history = sequential(
      [0, 'read', null, null],
      [0, 'read', null, 1],
      [1, 'read', null, 3],
      [0, 'read', null, 2],
      [1, 'read', null, 2],
    );
    expect(checkMonotonicReads(history)).toMatchObject({
      valid: false,
      anomalies: [{ kind: 'non-monotonic-read', operations: [5, 9] }],
    });
    expect(checkMonotonicReads(history.slice(0, 8)).valid).toBe(true);
  });

  it('counts nil as before everything', () => {
    expect(checkMonotonicReads(sequential([0, 'read', null, 0], [0, 'read', null, null])).valid).toBe(false);
  });

  it('is unknown where no process read twice', () => {
    expect(checkMonotonicReads(sequential([0, 'read', null, 1], [1, 'read', null, 0])).valid).toBe('unknown');
    expect(() => checkMonotonicReads(sequential([0, 'read', null, []]))).toThrow('operation 1');
  });
});

describe('sessions', () => {
  const w = (process: number, value: number) => [process, 'write', value, value] as const;
  const r = (process: number, value: number | null) => [process, 'read', null, value] as const;

  it.each([
    ['read-your-writes', [w(0, 1), w(0, 2), r(0, 1)], [2, 5]],
    ['read-your-writes', [w(0, 1), r(0, null)], [0, 3]],
    ['monotonic-reads', [w(0, 1), w(1, 2), r(2, 1), r(2, 2), r(3, 2), r(3, 1)], [5, 7, 9, 11]],
    ['monotonic-reads', [w(0, 1), r(1, 1), r(1, null)], [3, 5]],
    ['writes-follow-reads', [r(0, 1), w(0, 2), r(1, 2), w(1, 1)], [1, 2, 5, 6]],
  ])('finds that %s is broken', (kind, operations, cited) => {
    const result = checkSessions(sequential(...operations));
    expect(result).toMatchObject({ valid: false, anomalies: [{ kind }] });
    expect(result.anomalies[0]?.operations).toEqual(expect.arrayContaining(cited));
  });

  it('names all guarantees that cannot hold together', () => {
    const history = sequential(w(0, 1), w(0, 2), r(1, 2), r(1, 1));
    const [anomaly] = checkSessions(history).anomalies;
    expect(anomaly).toMatchObject({
      kind: 'monotonic-reads',
      operations: [0, 2, 5, 7],
      details: { guarantees: ['monotonic-reads', 'monotonic-writes'] },
    });
    expect(anomaly?.sentence).toContain('monotonic-reads and monotonic-writes cannot all hold');
  });

  it('judges each key by itself', () => {
    const history = sequential(
      [0, 'write', 1, 1, 'x'],
      [0, 'write', 1, 1, 'y'],
      [0, 'read', null, null, 'x'],
      [0, 'read', null, 1, 'y'],
    );
    expect(checkSessions(history)).toMatchObject({
      valid: false,
      anomalies: [{ details: { key: 'x' } }],
      stats: { keys: 2 },
    });
  });

  it('finds values that nobody wrote, and is unknown where one is written twice or no session did two things', () => {
    expect(checkSessions(sequential(w(0, 1), r(1, 7))).anomalies).toMatchObject([
      { kind: 'garbage-read', operations: [3] },
    ]);
    expect(checkSessions(sequential(w(0, 1), w(1, 1), r(0, 1)))).toMatchObject({
      valid: 'unknown',
      reason: expect.stringContaining('written to it more than once'),
    });
    expect(checkSessions(sequential(w(0, 1), r(1, 1))).valid).toBe('unknown');
  });

  checkRandomly('agrees with a search for an order of the versions', 3000, (choices) => {
    let value: number | null = null;
    let last = 0;
    const register: Shared = {
      next: () => (choices.below(2) === 0 || last === 5 ? { f: 'read', value: null } : { f: 'write', value: ++last }),
      apply: (operation) => {
        if (operation.f === 'write') value = operation.value as number;
        return value;
      },
    };
    const correct = randomHistory(choices, register, 40);
    expect(checkSessions(correct).anomalies).toEqual([]);
    const history = mutated(correct, choices, ({ f, value: was }) =>
      f === 'read' && last > 0 ? 1 + choices.below(last) : was,
    );
    const failed = history
      .filter(({ type, f }) => type === 'fail' && f === 'write')
      .map((operation) => operation.value);
    const result = checkSessions(history);
    const isGarbage = history.some(
      ({ type, f, value: seen }) => type === 'ok' && f === 'read' && failed.includes(seen),
    );
    expect(result.anomalies.some(({ kind }) => kind === 'garbage-read')).toBe(isGarbage);
    expect(result.anomalies.some(({ kind }) => kind !== 'garbage-read')).toBe(!hasOrder(history));
  });
});

/** Whether the versions, nil first, have an order in which no session goes back: tries all. */
function hasOrder(history: readonly Operation[]): boolean {
  const sessions = new Map<unknown, unknown[]>();
  history.forEach((operation, at) => {
    const { type, f, process, value } = operation;
    const outcome = history.slice(at + 1).find((later) => later.process === process)?.type ?? 'info';
    if (f === 'write' ? type !== 'invoke' || outcome === 'fail' : type !== 'ok') return;
    sessions.set(process, [...(sessions.get(process) ?? []), value]);
  });
  const versions = [...new Set([...sessions.values()].flat())].filter((version) => version !== null);
  return permutations(versions).some((order) => {
    const rank = new Map<unknown, number>([[null, -1], ...order.map((version, at) => [version, at] as const)]);
    return [...sessions.values()].every((touched) =>
      touched.every((version, at) => at === 0 || (rank.get(touched[at - 1]) ?? 0) <= (rank.get(version) ?? 0)),
    );
  });
}

function permutations(items: readonly unknown[]): unknown[][] {
  if (items.length === 0) return [[]];
  return items.flatMap((item, at) => permutations(items.toSpliced(at, 1)).map((rest) => [item, ...rest]));
}
