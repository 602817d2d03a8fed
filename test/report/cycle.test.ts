import { describe, expect, it } from 'vitest';
import { present } from '../../src/base/assert.ts';
import { checkListAppend } from '../../src/checker/elle/check.ts';
import type { Anomaly } from '../../src/checker/verdict.ts';
import type { Operation } from '../../src/history/operation.ts';
import { cyclePicture } from '../../src/report/cycle.ts';
import { atOnce } from '../checker/elle/scripts.ts';

function cycleOf(history: readonly Operation[]): Anomaly {
  return present(
    checkListAppend(history).anomalies.find(({ kind }) => kind === 'G2-item'),
    'a cycle',
  );
}

/** The picture's text, a line for each of its parts. */
function picture(history: readonly Operation[], stored = history): string {
  const { text } = present(cyclePicture(cycleOf(history), stored), 'a picture');
  return text
    .replaceAll(/<[^>]*>/g, '')
    .replaceAll('&#39;', "'")
    .replaceAll(/\n+/g, '\n')
    .trim();
}

describe('the picture of a cycle', () => {
  it('shows what each transaction did, each edge with what was seen of it, and the way back', () => {
    expect(picture(atOnce('ryax1', 'rxay2'))).toBe(
      [
        'T2 r y null · append x 1 process 0, ok',
        "↓ rw T2 read y = [] and so did not see T3's append of 2",
        'T3 r x null · append y 2 process 1, ok',
        "↩ back to T2: rw T3 read x = [] and so did not see T2's append of 1",
      ].join('\n'),
    );
  });

  it('shows the end of a long list', () => {
    const history = atOnce('ay1ay2ay3ay4ay5ay6ay7ay8ay9', 'ry123456789ax1', 'rxay0');
    expect(picture(history)).toContain('r y [… 2 3 4 5 6 7 8 9] · append x 1');
  });

  it('is there of cycles only', () => {
    const details = { edges: [], transactions: [] };
    expect(cyclePicture({ kind: 'lost', sentence: '', operations: [] }, [])).toBeNull();
    expect(cyclePicture({ kind: 'G0', sentence: '', operations: [], details }, [])).toBeNull();
  });

  it('says where an operation is missing from what is stored', () => {
    const history = atOnce('ryax1', 'rxay2');
    expect(picture(history, history.slice(0, 3))).toContain('T3 not in the history that is stored');
  });
});
