import { describe, expect, it } from 'vitest';
import { type Delays, drawDelayNs } from '../../src/base/memory/delays.ts';
import { seededRandom } from '../../src/base/random.ts';

const COUNT = 50_000;
const SEEDS = [1, 2, 3];

function draws(delays: Delays, seed: number, count = COUNT): number[] {
  const random = seededRandom(seed);
  return Array.from({ length: count }, () => drawDelayNs(delays, random));
}

const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;
const shareOf = (values: readonly number[], condition: (value: number) => boolean): number =>
  values.filter(condition).length / values.length;

const kinds: readonly Delays[] = [
  { kind: 'constant', ns: 5 },
  { kind: 'uniform', minNs: 50_000, maxNs: 500_000 },
  { kind: 'exponential', minNs: 1000, meanNs: 1_000_000, maxNs: 3_000_000 },
  { kind: 'pareto', minNs: 1000, maxNs: 1_000_000_000 },
];

describe.each(SEEDS)('delays, drawn with seed %i', (seed) => {
  it.each(kinds)('are whole numbers in their range, the same from the same seed ($kind)', (delays) => {
    const drawn = draws(delays, seed);
    const [low, high] = delays.kind === 'constant' ? [delays.ns, delays.ns] : [delays.minNs, delays.maxNs];
    expect(drawn.filter((ns) => !Number.isSafeInteger(ns) || ns < low || ns > high)).toEqual([]);
    expect(draws(delays, seed)).toEqual(drawn);
    if (delays.kind !== 'constant') expect(draws(delays, seed + 1)).not.toEqual(drawn);
  });

  it('are spread evenly where they are uniform, both ends included', () => {
    const drawn = draws({ kind: 'uniform', minNs: 0, maxNs: 9 }, seed);
    for (let value = 0; value < 10; value++) expect(shareOf(drawn, (ns) => ns === value)).toBeCloseTo(0.1, 2);
  });

  it('have the mean and the tail of an exponential beside the least', () => {
    const drawn = draws({ kind: 'exponential', minNs: 5_000_000, meanNs: 1_000_000, maxNs: 1e12 }, seed);
    expect(mean(drawn) / 1e6).toBeCloseTo(6, 1);
    for (const [times, share] of [
      [1, 0.3679],
      [2, 0.1353],
      [3, 0.0498],
    ] as const) {
      expect(shareOf(drawn, (ns) => ns >= 5e6 + times * 1e6)).toBeCloseTo(share, 2);
    }
  });

  it('that an exponential would draw beyond the most become the most', () => {
    const drawn = draws({ kind: 'exponential', minNs: 0, meanNs: 1_000_000, maxNs: 1_000_000 }, seed);
    expect(shareOf(drawn, (ns) => ns === 1_000_000)).toBeCloseTo(0.3679, 2);
  });

  it('have the tail of a Pareto distribution: twice as far, half as many', () => {
    const drawn = draws({ kind: 'pareto', minNs: 1000, maxNs: 1e9 }, seed);
    for (const [beyond, share] of [
      [2000, 0.5],
      [4000, 0.25],
      [8000, 0.125],
      [100_000, 0.01],
    ] as const) {
      expect(shareOf(drawn, (ns) => ns >= beyond)).toBeCloseTo(share, 2);
    }
  });

  it('have the mean of a Pareto distribution that is bounded', () => {
    // (minNs * maxNs / (maxNs - minNs)) * ln(maxNs / minNs), here with ln 16.
    const drawn = draws({ kind: 'pareto', minNs: 1_000_000, maxNs: 16_000_000 }, seed);
    expect(mean(drawn) / 1e6).toBeCloseTo((16 / 15) * 2.7726, 1);
  });
});

describe('delays', () => {
  it('that are meaningless are a bug of the caller', () => {
    const random = seededRandom(1);
    expect(() => drawDelayNs({ kind: 'pareto', minNs: 0, maxNs: 10 }, random)).toThrow('from more than 0');
    expect(() => drawDelayNs({ kind: 'pareto', minNs: 11, maxNs: 10 }, random)).toThrow('from more than 0');
  });
});
