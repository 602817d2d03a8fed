import { describe, expect, it } from 'vitest';
import { quantile } from '../../src/base/quantile.ts';
import type { Operation } from '../../src/history/operation.ts';
import { clientOperations } from '../../src/report/outcomes.ts';
import { latencyQuantiles, latencyScatter, throughput } from '../../src/report/series.ts';
import { buildTimeline } from '../../src/report/timeline.ts';
import { emptyRun, lostRun, SECOND, validRun } from './fixture-run.ts';

const NONE = new Set<number>();

describe('quantile', () => {
  it('is by nearest rank', () => {
    const hundred = Array.from({ length: 100 }, (_, at) => at + 1);
    expect([0, 0.5, 0.95, 0.99, 1].map((q) => quantile(hundred, q))).toEqual([1, 50, 95, 99, 100]);
    expect(quantile([7], 0.99)).toBe(7);
    expect(quantile([], 0.5)).toBeNull();
  });
});

describe('client operations', () => {
  it('gives each invocation its outcome, open where nothing completed it', () => {
    const step = (index: number, process: number | 'nemesis', type: Operation['type']): Operation => {
      return { index, time: index * 10, process, type, f: 'write' };
    };
    const history = [
      step(0, 0, 'invoke'),
      step(1, 'nemesis', 'invoke'),
      step(2, 1, 'invoke'),
      step(3, 0, 'fail'),
      step(4, 'nemesis', 'info'),
    ];
    const found = clientOperations(history).map(({ invocation, outcome, latencyNs }) => [
      invocation.index,
      outcome,
      latencyNs,
    ]);
    expect(found).toEqual([
      [0, 'fail', 30],
      [2, 'open', null],
    ]);
  });
});

describe('throughput', () => {
  it('counts every completion once', () => {
    const run = validRun();
    const timeline = buildTimeline(run);
    const { ok, fail, info } = throughput(clientOperations(run.operations), timeline);
    const sum = [...ok, ...fail, ...info].reduce((a, b) => a + b, 0);
    expect(Math.round(sum * (timeline.bucketNs / SECOND))).toBe(3000);
    expect(ok).toHaveLength(timeline.endNs / timeline.bucketNs);
  });

  it.each([0.4, 30, 600, 86_400, 10_000_000])('cuts a run of %d seconds into at most 80 slices', (seconds) => {
    const run = emptyRun();
    const options = { ...run.test.options, timeLimitMs: seconds * 1000 };
    const { endNs, bucketNs } = buildTimeline({ ...run, test: { ...run.test, options } });
    expect(endNs / bucketNs).toBeLessThanOrEqual(80);
    expect(endNs).toBeGreaterThanOrEqual(seconds * SECOND);
    expect(Number.isInteger(endNs / bucketNs)).toBe(true);
  });
});

describe('latency', () => {
  it('has no quantiles where nothing ended ok', () => {
    const run = validRun();
    const quantiles = latencyQuantiles([], buildTimeline(run));
    expect(quantiles.p50.every((value) => value === null)).toBe(true);
  });

  it('shows all operations of a small run', () => {
    const run = validRun();
    const scatter = latencyScatter(clientOperations(run.operations), buildTimeline(run), NONE);
    expect(scatter.shown).toBe(3000);
    expect(Object.values(scatter.points).flat()).toHaveLength(3000);
  });

  it('samples a large run and keeps the slowest, the rare outcomes and the cited', () => {
    const run = validRun(3400);
    const operations = clientOperations(run.operations);
    const cited = operations.find(({ outcome }) => outcome === 'ok')?.completion?.index ?? -1;
    const scatter = latencyScatter(operations, buildTimeline(run), new Set([cited]));
    expect(scatter.total).toBe(102_000);
    expect(scatter.shown).toBeGreaterThan(5000);
    expect(scatter.shown).toBeLessThan(8000);
    const slowest = operations.reduce((most, { latencyNs }) => Math.max(most, latencyNs ?? 0), 0);
    const shown = Object.values(scatter.points).flat();
    expect(shown.reduce((most, [, ms]) => Math.max(most, ms), 0)).toBeCloseTo(slowest / 1e6, 2);
    expect(scatter.points.info.length).toBeGreaterThan(0);
    expect(scatter.points.ok).toContainEqual([0, expect.any(Number)]);
  });
});

describe('timeline', () => {
  it('never puts two faults of one row on top of each other', () => {
    const run = lostRun();
    const overlapping = run.results.faults.map((fault, at) => ({
      ...fault,
      nemesis: 'partition',
      endTime: (20 + at) * SECOND,
    }));
    const { bands } = buildTimeline({ ...run, results: { ...run.results, faults: overlapping } });
    for (const one of bands) {
      for (const other of bands) {
        if (one === other || one.row !== other.row) continue;
        expect(one.toNs <= other.fromNs || other.toNs <= one.fromNs).toBe(true);
      }
    }
    expect(bands.map((band) => band.id)).toEqual(['F1', 'F2', 'F3', 'F4', 'F5']);
  });

  it('draws a fault that was never undone to the end', () => {
    const run = validRun();
    const [first] = run.results.faults;
    if (first === undefined) throw new Error('the fixture has faults');
    const { endTime: _, ...open } = first;
    const timeline = buildTimeline({ ...run, results: { ...run.results, faults: [open] } });
    expect(timeline.bands[0]?.toNs).toBe(timeline.endNs);
  });
});
