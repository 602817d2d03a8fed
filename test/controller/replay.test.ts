import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Results } from '../../src/checker/verdict.ts';
import { isReproduced, rateInterval, reproductionOf } from '../../src/controller/replay.ts';

function results(valid: Results['valid'], kinds: readonly string[] = []): Results {
  const anomalies = kinds.map((kind) => ({ kind, sentence: '', operations: [] }));
  return { valid, summary: '', checkers: {}, anomalies, faults: [], stats: {} };
}

describe('what counts as reproduced', () => {
  it.each([
    [results(false, ['lost']), results(false, ['reordered', 'lost']), true],
    [results(false, ['lost']), results(false, ['no-recovery']), false],
    [results(false, ['lost']), results(true), false],
    [results(true), results(true), true],
    [results(true), results('unknown'), false],
  ])('%#', (original, replayed, expected) => {
    expect(isReproduced(original, replayed)).toBe(expected);
  });
});

describe('the interval of a rate', () => {
  // Values as in Wilson's score interval without continuity correction, from Newcombe, 1998, table I.
  it.each([
    [81, 263, 0.2553, 0.3662],
    [15, 148, 0.0624, 0.1605],
    [0, 20, 0, 0.1611],
    [1, 29, 0.0061, 0.1718],
  ])('%i of %i', (successes, trials, low, high) => {
    const [lower, upper] = rateInterval(successes, trials);
    expect(lower).toBeCloseTo(low, 3);
    expect(upper).toBeCloseTo(high, 3);
  });

  it('holds the rate itself, and stays between 0 and 1', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 500 }), fc.nat(), (trials, drawn) => {
        const successes = drawn % (trials + 1);
        const [low, high] = rateInterval(successes, trials);
        expect(low).toBeGreaterThanOrEqual(0);
        expect(high).toBeLessThanOrEqual(1);
        expect(low).toBeLessThanOrEqual(successes / trials + 1e-12);
        expect(high).toBeGreaterThanOrEqual(successes / trials - 1e-12);
      }),
    );
  });
});

describe('a reproduction', () => {
  it('has a rate of what was judged', () => {
    const lost = results(false, ['lost']);
    const reproduction = reproductionOf(lost, [lost, results(true), results('unknown'), lost]);
    expect(reproduction).toMatchObject({ times: 4, reproduced: 2, rate: 0.5 });
    expect(reproduction.interval?.[0]).toBeCloseTo(0.15, 2);
  });

  it('has none where nothing could be judged', () => {
    expect(reproductionOf(results(true), [])).toEqual({ times: 0, reproduced: 0, rate: null, interval: null });
  });
});
