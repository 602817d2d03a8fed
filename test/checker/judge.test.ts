import { expect, test } from 'vitest';
import { ChaosError } from '../../src/base/errors.ts';
import { checkTotalOrder, judge } from '../../src/checker/index.ts';
import { judgeInOnePass } from '../../src/checker/judge.ts';
import type { CheckerResult } from '../../src/checker/verdict.ts';
import type { Operation } from '../../src/history/operation.ts';
import { NemesisScript } from './nemesis-script.ts';
import { Script } from './planted.ts';

const good: CheckerResult = { valid: true, reason: 'all is well', anomalies: [] };
const unsure: CheckerResult = { valid: 'unknown', reason: 'too little', anomalies: [] };
const lost = { kind: 'lost', sentence: 'Message "a" is gone.', operations: [1] };
const bad: CheckerResult = { valid: false, reason: 'anomalies', anomalies: [lost], unlisted: { lost: 2 } };

function succeeding(): NemesisScript {
  return new NemesisScript().success();
}

test('false over unknown over true', () => {
  const { history } = succeeding();
  expect(judge(history, { a: () => good }).valid).toBe(true);
  expect(judge(history, { a: () => good, b: () => unsure }).valid).toBe('unknown');
  expect(judge(history, { a: () => bad, b: () => unsure, c: () => good }).valid).toBe(false);
});

test('every checker counts, and the summary gives the first anomaly', () => {
  const results = judge(succeeding().history, { a: () => good, recovery: () => bad });
  expect(results).toMatchObject({ valid: false, anomalies: [lost], summary: `3 anomalies (3 lost). ${lost.sentence}` });
  expect(Object.keys(results.checkers)).toEqual(['a', 'recovery', 'guards']);
});

test('the summary says what was established, or why it is unknown', () => {
  const { history } = succeeding();
  expect(judge(history, { a: () => good }).summary).toBe('All is well; 1 operation succeeded, without any fault.');
  expect(judge(history, { a: () => good, b: () => unsure }).summary).toBe('B: too little.');
});

test('a checker that throws says unknown and why, and masks no anomaly', () => {
  const crash = (): never => {
    throw new ChaosError('out-of-memory', 'the checker needs more memory');
  };
  const results = judge(succeeding().history, { a: crash, b: () => bad });
  expect(results.valid).toBe(false);
  expect(results.checkers['a']).toEqual({
    valid: 'unknown',
    reason: 'the checker needs more memory',
    anomalies: [],
    stats: { error: 'out-of-memory' },
  });
});

test.each([
  ['nothing', () => undefined as never],
  ['a promise', () => Promise.resolve(good) as never],
  ['another word', () => ({ ...good, valid: 'yes' }) as never],
])('a checker that returns %s says unknown', (_, checker) => {
  const results = judge(succeeding().history, { a: checker });
  expect(results).toMatchObject({ valid: 'unknown', checkers: { a: { stats: { error: 'no-verdict' } } } });
});

test('an empty history is unknown', () => {
  expect(judge([], { 'total-order': checkTotalOrder })).toMatchObject({ valid: 'unknown', anomalies: [], faults: [] });
});

test('a guard makes a valid history unknown', () => {
  const script = succeeding().start('partition-1', { effective: false }).stop('partition-1', false);
  const results = judge(script.history, { a: () => good });
  expect(results.valid).toBe('unknown');
  expect(results.faults).toHaveLength(1);
});

test.each([
  ['that takes all', (history: Iterable<Operation>) => ({ ...good, reason: `${[...history].length} operations` })],
  ['that leaves off', ([first]: Iterable<Operation>) => ({ ...good, reason: `operation ${first?.index}` })],
  [
    'that fails',
    (history: Iterable<Operation>): never => {
      for (const { index } of history) throw new Error(`no memory for operation ${index}`);
      throw new Error('no memory');
    },
  ],
])('by a checker %s, a history that is taken once is judged as one that is kept', (_, checker) => {
  const { history } = succeeding().start('partition-1').at(4).success().stop('partition-1').success();
  const taken = (function* () {
    yield* history;
  })();
  const results = judgeInOnePass(taken, 'a', checker);
  expect(results).toEqual(judge(history, { a: checker }));
  expect(results.checkers['guards']?.stats).toMatchObject({ succeeded: 3, succeededInFairWindows: 1 });
});

test('counts of pairs by name and outcome', () => {
  const script = succeeding();
  script.client('broadcast', 'fail').client('broadcast', 'info').client('deliveries', 'ok').start('kill-1');
  script.at(3).begin('broadcast');
  expect(judge(script.history, {}).stats).toEqual({
    operations: 5,
    ok: 2,
    okRate: 0.4,
    byFunction: { broadcast: { ok: 1, fail: 1, info: 2 }, deliveries: { ok: 1, fail: 0, info: 0 } },
    durationNs: 3e9,
  });
});

test('a whole run', () => {
  const script = new Script();
  script.ack('a', 1);
  script.read('n1', ['a'], { final: true });
  expect(judge(script.history, { 'total-order': checkTotalOrder }).valid).toBe(true);
});
