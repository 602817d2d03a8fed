import { describe, expect, it } from 'vitest';
import { UsageError } from '../../../src/base/errors.ts';
import { checkLinearizability } from '../../../src/checker/linearizability/check.ts';
import { defaultSemantics, type Semantics } from '../../../src/checker/linearizability/model.ts';
import { modelNamed } from '../../../src/checker/linearizability/models.ts';
import { checkRegister } from '../../../src/checker/linearizability/register.ts';
import type { Operation } from '../../../src/history/operation.ts';
import { failed, ok, pending, recorded, unlimited } from './histories.ts';

const register = modelNamed('cas-register');

describe('the workload register', () => {
  it('is valid where every key is linearizable, and counts what it judged', () => {
    const onKey = (key: string) => [ok('write', 1), ok('read', 1), ok('cas', [1, 2])].map((op) => ({ ...op, key }));
    const result = checkRegister(recorded(...onKey('a'), ...onKey('b')));
    expect(result).toMatchObject({ valid: true, reason: 'all 6 operations on 2 keys are linearizable', anomalies: [] });
    expect(checkRegister(recorded(...onKey('a'))).reason).toBe('all 3 operations on "a" are linearizable');
  });

  it('is invalid where one key is not, and names it', () => {
    const history = recorded({ ...ok('write', 1), key: 'a' }, { ...ok('read', 1), key: 'b' });
    const result = checkRegister(history);
    expect(result).toMatchObject({ valid: false, reason: '1 of 2 keys are not linearizable' });
    expect(result.anomalies).toMatchObject([{ kind: 'thin-air-read', operations: [2, 3], details: { key: 'b' } }]);
  });

  it('lists ten keys in full and counts the rest', () => {
    const keys = Array.from({ length: 13 }, (_, key) => ({ ...ok('read', 1), key }));
    const result = checkRegister(recorded(...keys));
    expect([result.anomalies.length, result.unlisted]).toEqual([10, { nonlinearizable: 3 }]);
  });

  it.each([
    ['nothing was read', [ok('write', 1)], 'no read succeeded'],
    ['nothing was written', [ok('read', null)], 'no write succeeded'],
    ['nothing succeeded', [pending('write', 1), failed('read', null)], 'no operation succeeded'],
    ['there is nothing', [], 'no operation succeeded'],
  ])('is unknown where %s', (_, operations, reason) => {
    const result = checkRegister(recorded(...operations));
    expect(result.valid).toBe('unknown');
    expect(result.reason).toContain(reason);
  });

  it('takes a cas-mismatch for an observation, and no other failure', () => {
    const withCas = (code?: string) => recorded(ok('write', 1), failed('cas', [1, 2], code), ok('read', 1));
    expect(checkRegister(withCas('cas-mismatch')).valid).toBe(false);
    expect(checkRegister(withCas()).valid).toBe(false);
    expect(checkRegister(withCas('no-leader')).valid).toBe(true);
  });

  it('says in one sentence what a failed cas contradicts', () => {
    const history = recorded(ok('write', 1), failed('cas', [1, 2]));
    expect(checkRegister(history).anomalies[0]?.sentence).toBe(
      'Cas by process 1 found another value than 1 (operation 3), but write of 1 (operation 1) had completed before it began.',
    );
  });
});

describe('what origin means', () => {
  const verdict = (history: Operation[], semantics: Partial<Semantics>) =>
    checkLinearizability(history, register, { semantics: { ...defaultSemantics, ...semantics } }).valid;

  it('a read of nil found nothing, or says nothing', () => {
    const history = recorded(ok('write', 1), ok('read', null));
    expect(verdict(history, { nilRead: 'absent' })).toBe(false);
    expect(verdict(history, { nilRead: 'unknown' })).toBe(true);
  });

  it('a failed cas found another value, or says nothing', () => {
    const history = recorded(ok('write', 1), failed('cas', [1, 2]));
    expect(verdict(history, { failedCas: 'value-differed' })).toBe(false);
    expect(verdict(history, { failedCas: 'never-happened' })).toBe(true);
  });

  it('the initial value is given', () => {
    const history = recorded(ok('read', 0));
    expect(verdict(history, {})).toBe(false);
    expect(verdict(history, { initial: 0 })).toBe(true);
  });

  it('longs beyond 2^53 are told apart', () => {
    const history = recorded(ok('write', 9007199254740993n), ok('read', 9007199254740992n));
    expect(verdict(history, {})).toBe(false);
    expect(verdict(recorded(ok('write', 9007199254740993n), ok('read', 9007199254740993n)), {})).toBe(true);
    expect(verdict(recorded(ok('write', { a: 1, b: 2 }), ok('read', { b: 2, a: 1 })), {})).toBe(true);
  });

  it.each([
    ['cas-register', recorded(ok('append', 1)), 'operation 0', 'no operation "append"'],
    ['cas-register', recorded(ok('cas', 1)), 'operation 0 (cas)', '[from, to]'],
    ['kv-append', recorded(ok('put', 1)), 'operation 0 (put)', 'must be a string'],
    ['multi-register', recorded(ok('txn', 'x')), 'operation 0 (txn)', 'must be a list'],
    [
      'multi-register',
      recorded(
        ok('txn', [
          ['r', 'x', 0],
          ['append', 'x', 1],
        ]),
      ),
      'operation 0',
      'a read or a write',
    ],
  ])('%s: what it cannot take is bad input', (model, history, where, what) => {
    const judge = () => checkLinearizability(history, modelNamed(model));
    expect(judge).toThrow(UsageError);
    expect(judge).toThrow(where);
    expect(judge).toThrow(what);
  });
});

describe('a budget that is used up', () => {
  /** Pending writes of values that many reads alternate between: what each is needed for can only be tried. */
  const hard = (): Operation[] => {
    const writes = Array.from({ length: 60 }, (_, write) => pending('write', write % 20));
    const cas = Array.from({ length: 60 }, (_, write) => pending('cas', [write % 20, (write * 7) % 20]));
    const reads = Array.from({ length: 300 }, (_, read) => ok('read', (read * read * 31 + read) % 20));
    return recorded(ok('write', 0), ok('read', 0), ...writes, ...cas, ...reads);
  };

  it('of time is unknown, with what was established', () => {
    let looks = 3;
    const budget = { ...unlimited, deadlineReached: () => --looks < 0 };
    const result = checkLinearizability(hard(), register, { budget });
    expect(result).toMatchObject({ valid: 'unknown', anomalies: [], stats: { undecided: 1 } });
    expect(result.reason).toMatch(
      /^the time was up: the first \d+ operations of 302 are linearizable, read of \d+ \(operation \d+\) could not be placed yet; what may have happened or not: .* more$/,
    );
  });

  it('of time is unknown where no two operations overlap, too', () => {
    const budget = { ...unlimited, deadlineReached: () => true };
    const writes = Array.from({ length: 10_000 }, (_, value) => ok('write', value % 5));
    const result = checkLinearizability(recorded(...writes, ok('cas', [4, 0])), register, { budget });
    expect(result.reason).toMatch(/^the time was up: the first \d{4} operations of 10001 are linearizable, write of /);
  });

  it('of memory is unknown', () => {
    const budget = { ...unlimited, memoryBytes: 1e6 };
    const result = checkLinearizability(hard(), register, { budget });
    expect(result.valid).toBe('unknown');
    expect(result.reason).toMatch(/^the memory was used up: the first \d+ operations/);
  });

  it('for one key does not hide what is wrong with another', () => {
    const planned = hard().map((operation) => ({ ...operation, key: 'hard' }));
    const wrong = recorded({ ...ok('read', 99), key: 'wrong' }).map((operation) => ({
      ...operation,
      index: planned.length + operation.index,
      process: 10_000,
    }));
    const budget = { ...unlimited, memoryBytes: 1e6 };
    const result = checkLinearizability([...planned, ...wrong], register, { budget });
    expect(result).toMatchObject({ valid: false, stats: { undecided: 1 } });
    expect(result.anomalies).toMatchObject([{ details: { key: 'wrong' } }]);
  });
});
