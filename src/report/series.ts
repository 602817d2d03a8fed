import { quantile } from '../base/quantile.ts';
import type { ClientOperation, Outcome } from './outcomes.ts';
import type { Timeline } from './timeline.ts';

/** Completions a second in each slice of time; `open` operations have no completion and no place here. */
export interface Throughput {
  readonly ok: readonly number[];
  readonly fail: readonly number[];
  readonly info: readonly number[];
}

/** Milliseconds, by slice of time; null where no operation ended ok. */
export interface Quantiles {
  readonly p50: readonly (number | null)[];
  readonly p95: readonly (number | null)[];
  readonly p99: readonly (number | null)[];
  readonly max: readonly (number | null)[];
}

/** Single operations as points: seconds since the run began, milliseconds. */
export interface Scatter {
  readonly points: Readonly<Record<Completed, readonly (readonly [number, number])[]>>;
  readonly shown: number;
  readonly total: number;
}

type Completed = Exclude<Outcome, 'open'>;

/** What a picture of a thousand pixels can still tell apart, and a page of a few megabytes hold. */
const MOST_POINTS = 6000;
const SCATTER_SLICES = 300;

export function sortedLatencies(pairs: Iterable<ClientOperation>, outcome: Outcome): Float64Array {
  const latencies: number[] = [];
  for (const pair of pairs) if (pair.outcome === outcome && pair.latencyNs !== null) latencies.push(pair.latencyNs);
  return Float64Array.from(latencies).sort();
}

/** Counted at the time of completion: what the cluster got done then. */
export function throughput(pairs: readonly ClientOperation[], timeline: Timeline): Throughput {
  const slices = Math.round(timeline.endNs / timeline.bucketNs);
  const perSecond = 1e9 / timeline.bucketNs;
  const counts = { ok: zeros(slices), fail: zeros(slices), info: zeros(slices) };
  for (const { outcome, completion } of pairs) {
    if (outcome === 'open' || completion?.time === undefined) continue;
    const slice = sliceOf(completion.time, slices, timeline.endNs);
    counts[outcome][slice] = (counts[outcome][slice] ?? 0) + 1;
  }
  const rates = (of: readonly number[]): number[] => of.map((count) => rounded(count * perSecond));
  return { ok: rates(counts.ok), fail: rates(counts.fail), info: rates(counts.info) };
}

/** Of the operations that ended ok, by the time of their invocation: how long one had to wait that asked then. */
export function latencyQuantiles(pairs: readonly ClientOperation[], timeline: Timeline): Quantiles {
  const slices = Math.round(timeline.endNs / timeline.bucketNs);
  const bySlice: ClientOperation[][] = Array.from({ length: slices }, () => []);
  for (const pair of pairs) {
    const { time } = pair.invocation;
    if (time !== undefined) bySlice[sliceOf(time, slices, timeline.endNs)]?.push(pair);
  }
  const sorted = bySlice.map((inSlice) => sortedLatencies(inSlice, 'ok'));
  const at = (q: number): (number | null)[] => {
    return sorted.map((latencies) => {
      const ns = quantile(latencies, q);
      return ns === null ? null : milliseconds(ns);
    });
  };
  return { p50: at(0.5), p95: at(0.95), p99: at(0.99), max: at(1) };
}

/**
 * All operations, or a sample of them that keeps the shape: of each slice of time and outcome the same share, taken
 * evenly by rank of latency, the slowest always among them; and every operation whose index is `cited`.
 */
export function latencyScatter(
  pairs: readonly ClientOperation[],
  timeline: Timeline,
  cited: ReadonlySet<number>,
): Scatter {
  const timed = pairs.filter((pair) => pair.latencyNs !== null);
  const kept = timed.length <= MOST_POINTS ? timed : sample(timed, timeline, cited);
  const points: Record<Completed, (readonly [number, number])[]> = { ok: [], fail: [], info: [] };
  for (const { invocation, outcome, latencyNs } of kept) {
    if (outcome === 'open' || latencyNs === null) continue;
    points[outcome].push([Math.round((invocation.time ?? 0) / 1e5) / 1e4, milliseconds(latencyNs)]);
  }
  return { points, shown: kept.length, total: timed.length };
}

function sample(pairs: readonly ClientOperation[], timeline: Timeline, cited: ReadonlySet<number>): ClientOperation[] {
  const groups = new Map<string, ClientOperation[]>();
  for (const pair of pairs) {
    const slice = sliceOf(pair.invocation.time ?? 0, SCATTER_SLICES, timeline.endNs);
    const key = `${slice} ${pair.outcome}`;
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [pair]);
    else group.push(pair);
  }
  const kept = new Set<ClientOperation>();
  for (const pair of pairs) if (isCited(pair, cited)) kept.add(pair);
  for (const group of groups.values()) {
    const ranked = group.sort((a, b) => (b.latencyNs ?? 0) - (a.latencyNs ?? 0));
    const count = Math.ceil((ranked.length * MOST_POINTS) / pairs.length);
    for (let i = 0; i < count; i++) {
      const pair = ranked[Math.floor((i * ranked.length) / count)];
      if (pair !== undefined) kept.add(pair);
    }
  }
  return [...kept];
}

function isCited(pair: ClientOperation, cited: ReadonlySet<number>): boolean {
  return cited.has(pair.invocation.index) || (pair.completion !== null && cited.has(pair.completion.index));
}

function sliceOf(time: number, slices: number, endNs: number): number {
  return Math.min(slices - 1, Math.max(0, Math.floor((time / endNs) * slices)));
}

/** A logarithmic axis has no place for zero, which virtual time can give: a microsecond stands for less. */
function milliseconds(ns: number): number {
  return Math.max(0.001, Math.round(ns / 1e3) / 1e3);
}

function zeros(length: number): number[] {
  return Array.from({ length }, () => 0);
}

function rounded(value: number): number {
  return Math.round(value * 100) / 100;
}
