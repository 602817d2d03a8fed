import type { Anomaly, FaultRecord } from '../checker/verdict.ts';
import type { RunData } from './input.ts';

/** The time axis that every chart and lane shares, in nanoseconds since the run began, and what is marked on it. */
export interface Timeline {
  readonly endNs: number;
  /** The width of a slice of time over which operations are counted. */
  readonly bucketNs: number;
  readonly bands: readonly Band[];
  readonly bandRows: readonly BandRow[];
  readonly marks: readonly Mark[];
}

/** A fault on the time axis. */
export interface Band {
  /** `F1`, as in the table of faults. */
  readonly id: string;
  readonly fault: FaultRecord;
  readonly fromNs: number;
  readonly toNs: number;
  /** Which row of the strip of faults it stands in: faults of one row never overlap. */
  readonly row: number;
  /** One number for each nemesis, for its colour. */
  readonly colour: number;
}

interface BandRow {
  readonly nemesis: string;
  readonly colour: number;
}

/** An anomaly on the time axis: where the operations that prove it stand. */
export interface Mark {
  /** `A1`, as in the list of anomalies. */
  readonly id: string;
  readonly anomaly: Anomaly;
  readonly firstNs: number;
  readonly lastNs: number;
}

/** How many colours the style sheet has for nemeses; the next one starts over. */
const FAULT_COLOURS = 6;

/** Anomalies shown in full and marked; a reader who has seen these knows what is broken. */
export const MOST_ANOMALIES = 50;

const SECOND = 1e9;
const BUCKETS_S = [0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 30, 60, 120, 300, 600, 1800, 3600, 7200, 14_400];
const MOST_BUCKETS = 80;

export function faultId(at: number): string {
  return `F${at + 1}`;
}

export function anomalyId(at: number): string {
  return `A${at + 1}`;
}

export function buildTimeline(run: RunData): Timeline {
  const lastNs = lastTime(run);
  const bucketNs = bucketFor(lastNs);
  const endNs = Math.max(1, Math.ceil(lastNs / bucketNs)) * bucketNs;
  const { bands, rows } = placeFaults(run.results.faults, endNs);
  return { endNs, bucketNs, bands, bandRows: rows, marks: placeAnomalies(run) };
}

/** The last moment that the run tells of; the time limit where it tells of none. */
function lastTime({ operations, results, test }: RunData): number {
  let last = 0;
  for (const operation of operations) last = Math.max(last, operation.time ?? 0);
  for (const fault of results.faults) last = Math.max(last, fault.startTime, fault.endTime ?? 0);
  return last > 0 ? last : test.options.timeLimitMs * 1e6;
}

function bucketFor(endNs: number): number {
  const seconds = BUCKETS_S.find((width) => endNs / (width * SECOND) <= MOST_BUCKETS);
  if (seconds !== undefined) return seconds * SECOND;
  const day = 86_400 * SECOND;
  return Math.ceil(endNs / MOST_BUCKETS / day) * day;
}

/** Each nemesis gets rows of its own, as many as its faults overlap. */
function placeFaults(faults: readonly FaultRecord[], endNs: number): { bands: Band[]; rows: BandRow[] } {
  const nemeses = [...new Set(faults.map((fault) => fault.nemesis))];
  const bands: (Band | undefined)[] = faults.map(() => undefined);
  const rows: BandRow[] = [];
  for (const [colour, nemesis] of nemeses.entries()) {
    const rowEnds: number[] = [];
    const firstRow = rows.length;
    for (const { fault, at } of byStart(faults, nemesis)) {
      const toNs = fault.endTime ?? endNs;
      const free = rowEnds.findIndex((end) => end <= fault.startTime);
      const row = free >= 0 ? free : rowEnds.length;
      if (free < 0) rows.push({ nemesis, colour: colour % FAULT_COLOURS });
      rowEnds[row] = toNs;
      const place = { row: firstRow + row, colour: colour % FAULT_COLOURS };
      bands[at] = { id: faultId(at), fault, fromNs: fault.startTime, toNs, ...place };
    }
  }
  return { bands: bands.filter((band) => band !== undefined), rows };
}

function byStart(faults: readonly FaultRecord[], nemesis: string): { fault: FaultRecord; at: number }[] {
  const own = faults.map((fault, at) => ({ fault, at })).filter(({ fault }) => fault.nemesis === nemesis);
  return own.sort((a, b) => a.fault.startTime - b.fault.startTime || a.at - b.at);
}

function placeAnomalies({ operations, results }: RunData): Mark[] {
  const marks: Mark[] = [];
  for (const [at, anomaly] of results.anomalies.slice(0, MOST_ANOMALIES).entries()) {
    const times = anomaly.operations.map((index) => operations[index]?.time).filter((time) => time !== undefined);
    if (times.length === 0) continue;
    let [firstNs, lastNs] = [Number.POSITIVE_INFINITY, 0];
    for (const time of times) [firstNs, lastNs] = [Math.min(firstNs, time), Math.max(lastNs, time)];
    marks.push({ id: anomalyId(at), anomaly, firstNs, lastNs });
  }
  return marks;
}

/** Where to look at an anomaly: its operations with some room, or its first one where they span most of the run. */
export function neighbourhood(mark: Mark, endNs: number): readonly [number, number] {
  const span = mark.lastNs - mark.firstNs;
  if (span > endNs / 2) return around(mark.firstNs, mark.firstNs, endNs / 12, endNs);
  return around(mark.firstNs, mark.lastNs, Math.max(span / 4, endNs / 30), endNs);
}

/** Where to look at a fault: with some room before and after it. */
export function surroundings(band: Band, endNs: number): readonly [number, number] {
  return around(band.fromNs, band.toNs, Math.max((band.toNs - band.fromNs) / 4, endNs / 60), endNs);
}

function around(fromNs: number, toNs: number, room: number, endNs: number): readonly [number, number] {
  return [Math.max(0, fromNs - room), Math.min(endNs, toNs + room)];
}
