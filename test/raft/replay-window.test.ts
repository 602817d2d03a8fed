import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ReplayWindow, WINDOW_NUMBERS } from '../../src/raft/transport/replay-window.ts';

describe('a replay window', () => {
  it('takes numbers within it once each, in any order and with gaps', () => {
    const window = new ReplayWindow();
    expect([5, 3, 5, 9, 3, 4, 9, 1].map((number) => window.take(number))).toEqual([
      ...[true, true, false, true, false, true, false, true],
    ]);
  });

  it('takes the oldest number that is in it, and none before', () => {
    const window = new ReplayWindow();
    window.take(10 * WINDOW_NUMBERS);
    expect(window.take(9 * WINDOW_NUMBERS)).toBe(false);
    expect(window.take(9 * WINDOW_NUMBERS + 1)).toBe(true);
    expect(window.take(9 * WINDOW_NUMBERS + 1)).toBe(false);
  });

  it('does as the set of all numbers that came would, whatever comes', () => {
    const jump = fc.oneof(fc.integer({ min: -20, max: 20 }), fc.integer({ min: -2 * WINDOW_NUMBERS, max: 3000 }));
    fc.assert(
      fc.property(fc.array(jump, { maxLength: 400 }), (jumps) => {
        const window = new ReplayWindow();
        const came = new Set<number>();
        let highest = 0;
        let number = 1;
        for (const by of jumps) {
          number = Math.max(1, number + by);
          const expected = !came.has(number) && number > highest - WINDOW_NUMBERS;
          expect(window.take(number)).toBe(expected);
          if (expected) came.add(number);
          highest = Math.max(highest, number);
        }
      }),
    );
  });
});
