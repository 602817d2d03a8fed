import { describe, expect, it } from 'vitest';
import { anomalyNames, withImplied, withImplying } from '../../../src/checker/elle/anomalies.ts';
import { checkListAppend, checkRwRegister } from '../../../src/checker/elle/check.ts';
import { anomaliesRuledOutBy, boundaryOf, consistencyModelNames } from '../../../src/checker/elle/models.ts';
import type { CheckerResult } from '../../../src/checker/verdict.ts';
import type { Operation } from '../../../src/history/operation.ts';
import { atOnce, inSequence, type MicroOperation } from './scripts.ts';
import { cycleFault, edgesOf } from './verify.ts';

function kindsOf({ anomalies }: CheckerResult): string[] {
  return [...new Set(anomalies.map(({ kind }) => kind))].sort();
}

describe('what is asked for', () => {
  const writeSkew = atOnce('ax1ry', 'ay1rx');

  it('alone makes a history invalid; the rest is told', () => {
    const result = checkListAppend(writeSkew, { consistencyModels: ['snapshot-isolation'] });
    expect(result).toMatchObject({
      valid: true,
      anomalies: [],
      stats: { not: ['repeatable-read'], notAskedFor: { anomalies: [{ kind: 'G2-item' }] } },
    });
    expect(result.reason).toContain('beside what was asked for: 1 G2-item');
  });

  it('is strict serializability unless anything else is', () => {
    expect(checkListAppend(writeSkew)).toMatchObject({ valid: false, stats: { asked: 'strong-serializable' } });
  });

  it.each(['PL-3', 'serializable', 'conflict-serializable', 'repeatable-read'])('by another name: %s', (name) => {
    expect(checkListAppend(writeSkew, { consistencyModels: [name] }).valid).toBe(false);
  });

  it.each(['G2', 'G2-item', 'G2-item-process', 'G2-realtime'])('may be anomalies: %s', (name) => {
    expect(kindsOf(checkListAppend(writeSkew, { anomalies: [name] }))).toEqual(['G2-item']);
  });

  it.each(['G0', 'G1', 'G-single-item', 'G-nonadjacent'])('may be others: %s', (name) => {
    expect(checkListAppend(writeSkew, { anomalies: [name] }).valid).toBe(true);
  });

  it.each(['G-single-realtime', 'G-nonadjacent-realtime'])(
    'is told where the same circle is there without the order in time, and something worse beside it: %s',
    (name) => {
      const history = inSequence('1:ax1ry', '2:ay1rx', 'fail 3:az1', '4:rz1', '5:rx1ry1');
      expect(kindsOf(checkListAppend(history))).toEqual(['G1a', 'G2-item']);
      expect(kindsOf(checkListAppend(history, { anomalies: [name] }))).toEqual(['G-single-realtime']);
    },
  );

  it('is told beside a worse circle of the same transactions, where that is not asked for', () => {
    const history = atOnce('rzax1ay2', 'az1ax2ay1', 'rx12ry12');
    expect(kindsOf(checkListAppend(history))).toEqual(['G0']);
    expect(kindsOf(checkListAppend(history, { anomalies: ['G-single'] }))).toEqual(['G-single']);
    expect(kindsOf(checkListAppend(history, { anomalies: ['G2'] }))).toEqual(['G-single']);
  });

  it("takes Elle's names, keywords or not", () => {
    const gSingle = atOnce('ax1ay1', 'ax2ry', 'rx12');
    for (const anomaly of [':G-single', ':G2', 'GSIb', 'G-SIb', ':GSI'])
      expect(checkListAppend(gSingle, { anomalies: [anomaly] }).valid).toBe(false);
    expect(checkListAppend(writeSkew, { consistencyModels: [':serializable', ':PL-2'] }).valid).toBe(false);
    const lostUpdate = atOnce('ax1', 'rx1ax2', 'rx1ax3');
    expect(kindsOf(checkListAppend(lostUpdate, { anomalies: ['write-skew'] }))).toEqual(['lost-update']);
  });

  it.each([
    [{ anomalies: ['GSIa'] }, 'GSIa'],
    [{ anomalies: ['write-skew'] }, 'write-skew'],
    [{ consistencyModels: ['1SR'] }, 'one-copy-serializable'],
    [{ consistencyModels: ['session-serializable'] }, 'session-serializable'],
  ])('is unknown where nothing is found against what is judged in part: %j', (options, name) => {
    expect(checkListAppend(writeSkew, options)).toMatchObject({
      valid: 'unknown',
      reason: expect.stringContaining(`nothing was found against ${name}, but that is not judged in full`),
    });
  });

  it('must be known', () => {
    expect(() => checkListAppend([], { consistencyModels: ['perfect'] })).toThrow('no consistency model "perfect"');
    expect(() => checkListAppend([], { anomalies: ['G3'] })).toThrow('no anomaly "G3"');
  });

  it('names the scope in which cycles are told', () => {
    const staleRead = inSequence('1:ax1', '1:rx', '1:rx1');
    const kinds = (model: string) => kindsOf(checkListAppend(staleRead, { consistencyModels: [model] }));
    expect(kinds('strict-serializable')).toEqual(['G-single-realtime']);
    expect(kinds('strong-session-serializable')).toEqual(['G-single-process']);
    expect(kinds('serializable')).toEqual([]);
    const both = { consistencyModels: ['strong-session-serializable', 'strong-snapshot-isolation'] };
    expect(kindsOf(checkListAppend(staleRead, both))).toEqual(['G-single-process']);
  });
});

describe('consistency models', () => {
  it('are ruled out by what is wrong, the weakest first', () => {
    expect(boundaryOf([])).toEqual({ not: [], alsoNot: [] });
    expect(boundaryOf(['G2-item'])).toEqual({
      not: ['repeatable-read'],
      alsoNot: ['serializable', 'strong-serializable', 'strong-session-serializable'],
    });
    expect(boundaryOf(['G-nonadjacent-process']).not).toEqual(['strong-session-snapshot-isolation']);
    expect(boundaryOf(['G0-realtime']).not).toEqual(['strong-read-uncommitted']);
    expect(boundaryOf(['internal']).not).toEqual(['read-atomic']);
    expect(boundaryOf(['G0']).alsoNot.length).toBe(24);
  });

  it('rule out no less than the models that they imply', () => {
    for (const name of anomalyNames) {
      const { not, alsoNot } = boundaryOf([name]);
      for (const model of [...not, ...alsoNot]) expect(anomaliesRuledOutBy([model])).toContain(name);
      for (const other of withImplied([name])) expect(withImplying([other])).toContain(name);
    }
    expect(consistencyModelNames).toEqual(expect.arrayContaining(['PRAM', 'causal', 'strict-serializable', 'PL-2+']));
  });
});

describe('session guarantees', () => {
  it.each([
    [
      'monotonic-reads',
      'non-monotonic-reads',
      inSequence('1:ax1', '2:rx1', '2:rx'),
      'Process 2 read x = [1] in T3 and then read x = [] in T5.',
    ],
    [
      'read-your-writes',
      'missing-your-writes',
      inSequence('1:ax1', '1:rx', '2:rx1'),
      'Process 1 appended 1 to x in T1 and then read x = [] in T3.',
    ],
    [
      'monotonic-writes',
      'non-monotonic-writes',
      inSequence('1:ax1', '1:ax2', '2:rx21'),
      'Process 1 appended 1 to x in T1 and then appended 2 to x in T3, which has its place before that.',
    ],
    [
      'writes-follow-reads',
      'missing-read-write-dependency',
      inSequence('1:ax1', '2:rx12', '2:ax2'),
      'Process 2 read x = [1 2] in T3 and then appended 2 to x in T5, which has its place before that.',
    ],
  ])('%s', (model, kind, history, sentence) => {
    for (const name of [model, model === 'writes-follow-reads' ? 'causal' : 'PRAM']) {
      const result = checkListAppend(history, { consistencyModels: [name] });
      expect([result.valid, kindsOf(result)]).toEqual([false, [kind]]);
      expect(result.anomalies[0]?.sentence).toBe(sentence);
      expect(result.stats?.['not']).toContain(model);
    }
    expect(kindsOf(checkListAppend(history))).not.toContain(kind);
    const ofOthers = history.map((operation) => ({ ...operation, process: Math.floor(operation.index / 2) }));
    const inFull = { consistencyModels: ['monotonic-reads', 'monotonic-writes', 'read-your-writes'] };
    expect(checkListAppend(ofOthers, inFull).valid).toBe(true);
  });

  it('of one key do not show PRAM, which also orders what a process writes to several', () => {
    const history = inSequence('1:ax1', '1:ay2', '2:ry2', '2:rx');
    expect(checkListAppend(history, { consistencyModels: ['PRAM'] })).toMatchObject({
      valid: 'unknown',
      reason: 'nothing was found against PRAM, but that is not judged in full',
    });
  });

  it('are those of a process that sees everything in order', () => {
    const history = inSequence('1:ax1rx1', '1:ax2', '1:rx12ay1', '2:rx1', '2:rx12ax3', '2:rx123');
    expect(checkListAppend(history, { anomalies: ['N-MR', 'MYR', 'N-MW', 'MRWD'] }).valid).toBe(true);
  });
});

describe('what happened and what did not', () => {
  it('a read shows that an indeterminate transaction happened', () => {
    expect(checkListAppend(inSequence('info ax1', 'rx1', 'rx1')).valid).toBe(true);
    expect(kindsOf(checkListAppend(inSequence('info ax1', 'rx1', 'rx')))).toEqual(['G-single-realtime']);
  });

  it('one that no read shows may never happen', () => {
    expect(checkListAppend(inSequence('ay1', 'info ax1', 'rxry1', 'rx')).valid).toBe(true);
  });

  it('one that was never completed is indeterminate', () => {
    const history = inSequence('1:ax1', '2:rx1', '3:rx1');
    const withoutCompletion = history.filter(({ index }) => index !== 1);
    expect(checkListAppend(withoutCompletion).valid).toBe(true);
  });

  it('it happens as a whole', () => {
    expect(kindsOf(checkListAppend(atOnce('info ax1ay1', 'rx1ry'), { anomalies: ['G2'] }))).toEqual(['G-single']);
  });

  it('what failed may be tried again', () => {
    expect(checkListAppend(inSequence('fail ax1', 'ax1', 'rx1')).valid).toBe(true);
  });
});

describe('what cannot be judged is unknown', () => {
  it.each([
    ['nothing', [], 'no committed transaction has read anything'],
    ['appends alone', inSequence('ax1', 'ax2'), 'no committed transaction has read anything'],
    ['reads of what nobody wrote to', inSequence('rx', 'ry'), 'nothing was put to the test'],
    [
      'an element appended twice',
      inSequence('1:ax1', '2:ax1', '3:rx1'),
      '1 was appended to x more than once (T1 and T3)',
    ],
  ])('%s', (_, history, reason) => {
    const result = checkListAppend(history);
    expect(result.valid).toBe('unknown');
    expect(result.reason).toContain(reason);
  });

  it('a key that is, does not hide what is wrong with others', () => {
    expect(checkListAppend(inSequence('1:ax1', '2:ax1', '3:rx1', '4:ay1', '5:ry'))).toMatchObject({ valid: false });
  });

  it('a model of which only a part is judged', () => {
    const reason = 'nothing was found against causal, but that is not judged in full';
    expect(checkListAppend(inSequence('ax1', 'rx1'), { consistencyModels: ['causal'] })).toMatchObject({
      valid: 'unknown',
      reason,
    });
    const registers = checkRwRegister(inSequence('wx1', 'wy1rx1'), { consistencyModels: ['PRAM'] });
    expect(registers.valid).toBe('unknown');
  });

  it('a register whose initial value was written, too', () => {
    const history = inSequence('wx1rx1', 'wx2rx2', 'wz1rx1');
    expect(checkRwRegister(history, { initial: 1 }).reason).toContain('1 was written to x, which held it at first');
    expect(checkRwRegister(history, { initial: 1 }).valid).toBe('unknown');
  });
});

describe('registers', () => {
  it('may hold something at first', () => {
    const history = atOnce('wx2ry1', 'wy2rx1');
    expect(kindsOf(checkRwRegister(history, { initial: 1 }))).toEqual(['G2-item']);
    expect(kindsOf(checkRwRegister(history))).toEqual(['garbage-read']);
  });

  it('are valid with what little is known of their order, unless more may be taken for granted', () => {
    const staleRead = inSequence('wx1', 'wx2', 'wy1rx2', 'wy2rx1');
    expect(checkRwRegister(staleRead)).toMatchObject({
      valid: true,
      reason: expect.stringContaining('no more is known than that what it held at first came before the rest'),
    });
    const inOrder = checkRwRegister(inSequence('wx1', 'wx2', 'wy1rx2'), { linearizableKeys: true });
    expect(inOrder.valid).toBe(true);
    expect(inOrder.reason).not.toContain('no more is known');
  });

  it.each([{ sequentialKeys: true }, { linearizableKeys: true }])(
    'have what is read before what its transaction then writes, where their states are seen in order: %j',
    (options) => {
      const history = inSequence('1:wx1', '1:wx2', '1:rx2wx3', '1:rx3wx4', '1:wy1rx2');
      expect(kindsOf(checkRwRegister(history, options))).toContain('cyclic-versions');
    },
  );

  it('tell an order of versions by its source', () => {
    const history = inSequence('1:wx1', '1:rx1wx2', '1:wz1rx1');
    const result = checkRwRegister(history, { sequentialKeys: true, writesFollowReads: true });
    expect(result.anomalies.map(({ sentence }) => sentence)).toContain(
      'The versions of x are in a circle: T3 read 1 and then wrote 2; one process had 2 in T3 and then 1 in T5.',
    );
  });
});

describe('keys and values', () => {
  const judged = (...values: readonly MicroOperation[][]) =>
    checkListAppend(
      values.flatMap((value, at): Operation[] => [
        { index: 2 * at, type: 'invoke', process: at, f: 'txn', value },
        { index: 2 * at + 1, type: 'ok', process: at, f: 'txn', value },
      ]),
    );

  it('may be of any kind, and are told apart', () => {
    const [one, other] = [9007199254740993n, 9007199254740992n];
    expect(judged([['append', one, one]], [['r', one, [one]]], [['r', other, []]]).valid).toBe(true);
    expect(judged([['append', 1, 1]], [['r', '1', []]], [['r', 1, [1]]]).valid).toBe(true);
    expect(kindsOf(judged([['append', 1, 1]], [['r', 1, ['1']]]))).toContain('garbage-read');
    expect(judged([['append', ['a', 1], { b: 1 }]], [['r', ['a', 1], [{ b: 1 }]]]).valid).toBe(true);
    expect(judged([['append', 'k', 'v']], [['r', 'k', ['v', null]]]).anomalies).toMatchObject([
      { kind: 'garbage-read' },
    ]);
  });

  it('that make no transaction are bad input', () => {
    const given = (value: unknown) => () => checkListAppend([{ index: 7, type: 'ok', process: 0, f: 'txn', value }]);
    expect(given('x')).toThrow('operation 7 (txn): expected an array of micro-operations, found "x"');
    expect(given([['w', 'x', 1]])).toThrow('expected ["append", key, value] or ["r", key, value]');
    expect(given([['r', 'x', 1]])).toThrow('a read has a list, or null');
    expect(given([['append', 'x', null]])).toThrow('writes nothing');
    expect(given([['append']])).toThrow('expected ["append", key, value]');
  });
});

describe('a witness', () => {
  it('names the observations that make each edge', () => {
    const history = atOnce('ax1ay1', 'ax2ry', 'rx12');
    expect(checkListAppend(history, { consistencyModels: ['serializable'] }).anomalies).toEqual([
      {
        kind: 'G-single',
        sentence:
          "T4 and T3 follow one another in a circle: T4 read y = [] and so did not see T3's append of 1; T4 appended 2 to x after T3 appended 1.",
        operations: [0, 1, 3, 4],
        details: {
          transactions: [
            { transaction: 4, invocation: 1, completion: 4 },
            { transaction: 3, invocation: 0, completion: 3 },
          ],
          edges: [
            { from: 4, to: 3, kind: 'rw', reason: "T4 read y = [] and so did not see T3's append of 1" },
            { from: 3, to: 4, kind: 'ww', reason: 'T4 appended 2 to x after T3 appended 1' },
          ],
          componentSize: 2,
        },
      },
    ]);
  });

  it('is not told twice where the order in time adds nothing', () => {
    const lostUpdate = inSequence('ax1', 'rx1ax2', 'rx1ax3');
    expect(kindsOf(checkListAppend(lostUpdate))).toEqual(['G2-item', 'lost-update']);
    const writeSkew = inSequence('ax1ry', 'ay1rx');
    expect(kindsOf(checkListAppend(writeSkew))).toEqual(['G-single-realtime', 'G2-item']);
  });

  it('is found in a component of 10,000 transactions', () => {
    const count = 10_000;
    const history = Array.from({ length: count }, (_, at): Operation[] => {
      const value = (read: unknown): MicroOperation[] => [
        ['append', at, 1],
        ['r', (at + 1) % count, read],
      ];
      return [
        { index: 2 * at, type: 'invoke', process: at, f: 'txn', value: value(null) },
        { index: 2 * at + 1, type: 'ok', process: at, f: 'txn', value: value([]) },
      ];
    }).flat();
    const result = checkListAppend(history, { consistencyModels: ['serializable'] });
    expect(kindsOf(result)).toEqual(['G2-item']);
    const [anomaly] = result.anomalies;
    expect(anomaly && edgesOf(anomaly)?.length).toBe(count);
    const strict = checkListAppend(history);
    expect(kindsOf(strict)).toEqual(['G-single-realtime', 'G2-item']);
    expect(strict.stats?.['largestComponent']).toBe(count);
    const [shortest] = strict.anomalies.filter(({ kind }) => kind === 'G-single-realtime');
    expect(shortest && cycleFault(history, shortest)).toBeNull();
  });
});

it('takes a history as it comes', () => {
  function* stream() {
    yield* inSequence('ax1', 'rx1');
  }
  expect(checkListAppend(stream()).valid).toBe(true);
});

it('pairs completions with what they complete, where a process has several at once', () => {
  const [a, b] = [inSequence('0:ax1ry', '0:ay1rx'), atOnce('0:ax1ry', '0:ay1rx')];
  expect(checkListAppend(a).stats).toMatchObject({ ok: 2, info: 0 });
  expect(checkListAppend(b).stats).toMatchObject({ ok: 2, info: 0 });
});
