import { describe, expect, it } from 'vitest';
import { present } from '../../src/base/assert.ts';
import { checkListAppend } from '../../src/checker/elle/check.ts';
import type { Operation } from '../../src/history/operation.ts';
import { cyclePicture } from '../../src/report/cycle.ts';

/** Two transactions of which each missed what the other appended, at the same time. */
function skewed(length = 0): Operation[] {
  const long = Array.from({ length }, (_, at) => at + 100);
  const before = long.map((element) => ['append', 'y', element]);
  return [
    { index: 0, type: 'invoke', process: 0, f: 'txn', value: before },
    { index: 1, type: 'ok', process: 0, f: 'txn', value: before },
    {
      index: 2,
      type: 'invoke',
      process: 1,
      f: 'txn',
      value: [
        ['r', 'y', null],
        ['append', 'x', 1],
      ],
    },
    {
      index: 3,
      type: 'invoke',
      process: 2,
      f: 'txn',
      value: [
        ['r', 'x', null],
        ['append', 'y', 2],
      ],
    },
    {
      index: 4,
      type: 'ok',
      process: 1,
      f: 'txn',
      value: [
        ['r', 'y', long],
        ['append', 'x', 1],
      ],
    },
    {
      index: 5,
      type: 'ok',
      process: 2,
      f: 'txn',
      value: [
        ['r', 'x', []],
        ['append', 'y', 2],
      ],
    },
    {
      index: 6,
      type: 'invoke',
      process: 1,
      f: 'txn',
      value: [
        ['r', 'y', null],
        ['r', 'x', null],
      ],
    },
    {
      index: 7,
      type: 'ok',
      process: 1,
      f: 'txn',
      value: [
        ['r', 'y', [...long, 2]],
        ['r', 'x', [1]],
      ],
    },
  ];
}

function picture(history: readonly Operation[]): string {
  const cycle = present(
    checkListAppend(history).anomalies.find(({ kind }) => kind === 'G2-item'),
    'a cycle',
  );
  const text = present(cyclePicture(cycle, history), 'a picture').text;
  return text
    .replaceAll(/<[^>]*>/g, '')
    .replaceAll('&#39;', "'")
    .replaceAll(/\n+/g, '\n')
    .trim();
}

describe('the picture of a cycle', () => {
  it('shows what each transaction did, each edge with what was seen of it, and the way back', () => {
    expect(picture(skewed())).toBe(
      [
        'T4 r y [] · append x 1 process 1, ok',
        "↓ rw T4 read y = [] and so did not see T5's append of 2",
        'T5 r x [] · append y 2 process 2, ok',
        "↩ back to T4: rw T5 read x = [] and so did not see T4's append of 1",
      ].join('\n'),
    );
  });

  it('shows the end of a long list', () => {
    expect(picture(skewed(20))).toContain('T4 r y [… 112 113 114 115 116 117 118 119] · append x 1');
  });

  it('is there of cycles only', () => {
    expect(cyclePicture({ kind: 'lost', sentence: '', operations: [] }, [])).toBeNull();
    expect(
      cyclePicture({ kind: 'G0', sentence: '', operations: [], details: { edges: [], transactions: [] } }, []),
    ).toBeNull();
  });

  it('says where an operation is missing from what is stored', () => {
    const history = skewed();
    const cycle = present(
      checkListAppend(history).anomalies.find(({ kind }) => kind === 'G2-item'),
      'a cycle',
    );
    expect(present(cyclePicture(cycle, history.slice(0, 5)), 'a picture').text).toContain(
      'not in the history that is stored',
    );
  });
});
