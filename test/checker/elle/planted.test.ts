import { describe, expect, it } from 'vitest';
import { checkListAppend, checkRwRegister, type RegisterOptions } from '../../../src/checker/elle/check.ts';
import type { CheckerResult } from '../../../src/checker/verdict.ts';
import type { Operation } from '../../../src/history/operation.ts';
import { atOnce, inSequence, interleaved } from './scripts.ts';
import { cycleFault } from './verify.ts';

function kindsOf({ anomalies }: CheckerResult): string[] {
  return [...new Set(anomalies.map(({ kind }) => kind))].sort();
}

const serializable = { consistencyModels: ['serializable'] };

describe('each anomaly of list-append', () => {
  const planted: readonly (readonly [name: string, history: Operation[], kinds: string[], not: string[]])[] = [
    ['G0', atOnce('ax1ay1', 'ax2ay2', 'rx12ry21'), ['G0'], ['read-uncommitted']],
    ['G1a', atOnce('fail ax1', 'ax2', 'rx1', 'rx'), ['G1a'], ['read-committed']],
    ['G1b', atOnce('ax1ax2', 'rx1'), ['G-single', 'G1b'], ['read-committed']],
    ['G1c', atOnce('ax1ry1', 'ax2ay1', 'rx12ry1'), ['G1c'], ['read-committed']],
    ['G-single', atOnce('ax1ay1', 'ax2ry', 'rx12'), ['G-single'], ['consistent-view', 'repeatable-read']],
    [
      'G-nonadjacent',
      atOnce('ax1', 'rx1ry', 'ay1', 'ry1rx'),
      ['G-nonadjacent'],
      ['repeatable-read', 'snapshot-isolation'],
    ],
    ['G2-item', atOnce('ax1ry', 'ay1rx'), ['G2-item'], ['repeatable-read']],
    [
      'lost-update',
      atOnce('ax1', 'rx1ax2', 'rx1ax3'),
      ['G2-item', 'lost-update'],
      ['cursor-stability', 'update-atomic'],
    ],
    ['dirty-update', atOnce('fail ax1', 'ax2', 'rx12'), ['G1a', 'dirty-update'], ['read-committed']],
    ['future-read', atOnce('rx1ax1', 'rx'), ['future-read'], ['read-committed']],
    [
      'internal',
      atOnce('ax1', 'rx1rx', 'rx1'),
      ['G-single', 'internal'],
      ['consistent-view', 'read-atomic', 'repeatable-read'],
    ],
    ['internal of its own append', atOnce('ax1', 'ax2rx1'), ['internal'], ['read-atomic']],
    ['duplicate-elements', atOnce('ax1', 'rx11', 'rx1'), ['duplicate-elements'], ['read-uncommitted']],
    ['incompatible-order', atOnce('ax1', 'ax2', 'ax3', 'rx123', 'rx13'), ['incompatible-order'], ['read-committed']],
    ['garbage-read', atOnce('ax1', 'rx19'), ['garbage-read'], ['read-uncommitted']],
  ];

  it.each(planted)('%s', (_, history, kinds, not) => {
    const result = checkListAppend(history, serializable);
    expect([result.valid, kindsOf(result)]).toEqual([false, kinds]);
    expect(result.stats?.['not']).toEqual(not);
    for (const anomaly of result.anomalies) {
      expect(cycleFault(history, anomaly)).toBeNull();
      expect(anomaly.sentence).toMatch(/^T\d.*\.$/);
      expect(anomaly.operations.length).toBeGreaterThan(0);
    }
  });
});

describe('cycles that need the order in time, or within a process', () => {
  // Those of the second column are by one process where that is asked for.
  const planted: readonly (readonly [kind: string, ofOne: readonly number[], history: Operation[], model: string])[] = [
    ['G0', [1, 2], inSequence('ax1', 'ax2', 'rx21'), 'read-uncommitted'],
    ['G1c', [1, 2], inSequence('rx1', 'ax1', 'rx1'), 'read-committed'],
    ['G-single', [2, 3], inSequence('ax1', 'ax2', 'rx1', 'rx12'), 'snapshot-isolation'],
    ['G-nonadjacent', [3, 4], interleaved('1 2 3 3 4 4 2 1', 'ax1', 'rx1ry', 'ay1', 'rx'), 'snapshot-isolation'],
    ['G2-item', [1, 3], interleaved('2 1 1 3 3 2', 'ay1', 'ax1ry', 'rx'), 'serializable'],
  ];

  it.each(planted)('%s', (kind, ofOne, history, model) => {
    const inTime = checkListAppend(history);
    expect(kindsOf(inTime)).toEqual([`${kind}-realtime`]);
    expect(inTime.stats?.['not']).toEqual([`strong-${model}`]);
    const ofOneProcess = history.map((operation) =>
      ofOne.includes((operation.process as number) + 1) ? { ...operation, process: 100 } : operation,
    );
    const session = { consistencyModels: [`strong-session-${model}`] };
    const inProcess = checkListAppend(ofOneProcess, session);
    expect(kindsOf(inProcess)).toEqual([`${kind}-process`]);
    expect(inProcess.stats?.['not']).toEqual([`strong-session-${model}`]);
    for (const anomaly of inTime.anomalies) expect(cycleFault(history, anomaly)).toBeNull();
    for (const anomaly of inProcess.anomalies) expect(cycleFault(ofOneProcess, anomaly)).toBeNull();
    expect(checkListAppend(history, serializable).valid).toBe(true);
    expect(checkListAppend(history, session).valid).toBe(true);
  });
});

it('finds the appends of one transaction reversed, though no read ends with them', () => {
  const history = atOnce('info ax2ax3', 'info ax1', 'rx321');
  const result = checkListAppend(history, serializable);
  expect([result.valid, kindsOf(result)]).toEqual([false, ['cyclic-versions']]);
  expect(result.anomalies[0]?.sentence).toBe(
    'T5 read x = [3 2 1], with 3 before 2, though T3 appended 2 first and then 3.',
  );
  expect(checkListAppend(atOnce('info ax2ax3', 'info ax1', 'rx231'), serializable).valid).toBe(true);
});

it('takes, of contradicting lists that are as long, the one that was read first', () => {
  const { anomalies } = checkListAppend(inSequence('ax1', 'ax2', 'rx2', 'rx12', 'rx21'));
  const kinds = anomalies.map(({ kind }) => kind);
  expect(kinds).toContain('incompatible-order');
  expect(kinds).not.toContain('G0-realtime');
});

describe('each anomaly of rw-register', () => {
  const planted: readonly (readonly [name: string, history: Operation[], options: RegisterOptions, kinds: string[]])[] =
    [
      ['G1a', atOnce('fail wx1', 'wx2', 'rx1wy1'), {}, ['G1a']],
      ['G1b', atOnce('wx1wx2', 'wz1rx1'), {}, ['G1b']],
      ['G1c', atOnce('wx1ry1', 'wy1rx1'), {}, ['G1c']],
      ['G-single', atOnce('wx1wy1', 'wz1rxry1'), {}, ['G-single']],
      ['G2-item', atOnce('wx1ry', 'wy1rx'), {}, ['G2-item']],
      ['G-nonadjacent', atOnce('wx1', 'wz1rx1ry', 'wy1', 'wz2ry1rx'), {}, ['G-nonadjacent']],
      ['lost-update', atOnce('wx1', 'rx1wx2', 'rx1wx3'), {}, ['lost-update']],
      [
        'lost-update with its order',
        atOnce('wx1', 'rx1wx2', 'rx1wx3'),
        { writesFollowReads: true },
        ['G2-item', 'lost-update'],
      ],
      ['internal', atOnce('wx1rx2', 'wx2'), {}, ['internal']],
      ['future-read', atOnce('rx1wx1', 'wy1rx1'), {}, ['future-read']],
      ['garbage-read', atOnce('wx1', 'wy1rx9'), {}, ['garbage-read']],
      ['cyclic-versions', inSequence('1:wx1', '1:wx2', '1:wz1rx1'), { sequentialKeys: true }, ['cyclic-versions']],
      ['cyclic-versions in time', inSequence('wx1', 'wx2', 'wz1rx1'), { linearizableKeys: true }, ['cyclic-versions']],
      ['G0', inSequence('1:wx1wy2', '2:wx2wy1', '1:wz1rx2', '2:wz2ry2'), { sequentialKeys: true }, ['G0']],
    ];

  it.each(planted)('%s', (_, history, options, kinds) => {
    const result = checkRwRegister(history, { ...options, ...serializable });
    expect([result.valid, kindsOf(result)]).toEqual([false, kinds]);
  });
});
