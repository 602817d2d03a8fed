import { expect, test } from 'vitest';
import { checkCrashes } from '../../src/checker/crashes.ts';
import { checkRecovery } from '../../src/checker/recovery.ts';
import type { Operation } from '../../src/history/operation.ts';

function nemesis(f: string, value: unknown): Operation[] {
  return [
    { index: 0, time: 1, type: 'invoke', process: 'nemesis', f, value: {} },
    { index: 1, time: 2, type: 'info', process: 'nemesis', f, value },
  ];
}

test('a node that ends by itself is a node-crash, with what it printed last', () => {
  const value = { node: 'n2', exitCode: 1, output: 'n2 is ready\nstopped: the term never goes back\n' };
  const { valid, anomalies } = checkCrashes(nemesis('node-crash', value));
  expect(valid).toBe(false);
  expect(anomalies).toMatchObject([{ kind: 'node-crash', nodes: ['n2'], operations: [1] }]);
  expect(anomalies[0]?.sentence).toMatch(/n2 ended with exit code 1.*the term never goes back/);
});

test('no crash is well', () => {
  expect(checkCrashes([])).toMatchObject({ valid: true, anomalies: [] });
});

test('a node that does not answer in time after the heal is no-recovery', () => {
  const value = { timeoutMs: 30_000, recovered: false, answeredAfterMs: { n1: 12, n2: null } };
  const { valid, anomalies } = checkRecovery(nemesis('recovery', value));
  expect(valid).toBe(false);
  expect(anomalies).toMatchObject([{ kind: 'no-recovery', nodes: ['n2'], operations: [1] }]);
  expect(anomalies[0]?.sentence).toContain('n2 did not complete an operation within 30 s');
});

test.each([
  [{ n1: 12, n2: 13 }, /^Not all nodes became voters again within 30 s/, []],
  [{ n1: 12, n2: null }, /^n2 did not complete an operation, and not all nodes became voters again, within/, ['n2']],
])('a membership that is not restored is no-recovery (%j)', (answeredAfterMs, sentence, nodes) => {
  const value = { timeoutMs: 30_000, recovered: false, answeredAfterMs, membersAfterMs: null };
  const { valid, anomalies } = checkRecovery(nemesis('recovery', value));
  expect(valid).toBe(false);
  expect(anomalies).toMatchObject([{ kind: 'no-recovery', sentence: expect.stringMatching(sentence), nodes }]);
});

test('a recovery says how long it took', () => {
  const value = { timeoutMs: 30_000, recovered: true, answeredAfterMs: { n1: 12, n2: 340 } };
  const result = checkRecovery(nemesis('recovery', value));
  expect(result.valid).toBe(true);
  expect(result.reason).toContain('within 340 ms');
});

test('a run that ended before recovery was tried is unknown', () => {
  expect(checkRecovery([]).valid).toBe('unknown');
  expect(checkRecovery(nemesis('recovery', {}).slice(0, 1)).valid).toBe('unknown');
});
