import type { Operation } from '../history/operation.ts';
import { faultsOf } from './faults.ts';
import { Findings } from './findings.ts';
import { clientPairs, isOk, type Success } from './invariants/values.ts';
import type { CheckerResult, FaultRecord } from './verdict.ts';
import { counted } from './words.ts';

export interface AvailabilityOptions {
  /** How long the windows are whose shares of successes are told; 1 s unless given. */
  readonly windowMs?: number;
  /** The longest that no operation may succeed (`outage`); as long as it takes unless given. */
  readonly maxOutageMs?: number;
  /** The least share of the operations that must succeed, over the whole history (`unavailable`); any unless given. */
  readonly minOkShare?: number;
}

/**
 * How much of the time the system answered: the share of operations that succeeded in each window, the longest stretch in
 * which none did, and for each fault how long it took from its injection, and from its end, to the next success of an
 * operation that was invoked since. It is measured, and is an anomaly only where a bound is given that it exceeds.
 */
export function checkAvailability(history: readonly Operation[], options: AvailabilityOptions = {}): CheckerResult {
  const { windowMs = 1000, maxOutageMs = Number.POSITIVE_INFINITY, minOkShare = 0 } = options;
  const pairs = clientPairs(history);
  const successes = pairs.filter(isOk).toSorted((a, b) => a.completion.index - b.completion.index);
  const outages = outagesOf(history, successes);
  if (outages === null) {
    const reason = pairs.length === 0 ? 'no client did anything' : 'the operations have no times';
    return { valid: 'unknown', reason, anomalies: [], stats: { operations: pairs.length, ok: successes.length } };
  }
  const okShare = successes.length / pairs.length;
  const longest = outages.reduce((a, b) => (lengthNs(b) > lengthNs(a) ? b : a));
  const findings = new Findings();
  for (const outage of outages) {
    if (lengthNs(outage) > maxOutageMs * 1e6) findings.add('outage', () => tooLong(outage, maxOutageMs));
  }
  if (okShare < minOkShare) findings.add('unavailable', () => tooFew(successes.length, pairs.length, minOkShare));
  const stats = {
    operations: pairs.length,
    ok: successes.length,
    okShare,
    longestOutageMs: lengthNs(longest) / 1e6,
    longestOutageFromMs: longest.fromNs / 1e6,
    windowMs,
    okShareByWindow: sharesOf(pairs, windowMs * 1e6),
    faults: faultsOf(history).map((fault) => recoveryFrom(fault, successes)),
  };
  if (findings.total > 0) {
    return { valid: false, reason: `anomalies: ${findings.inWords()}`, ...findings.result(), stats };
  }
  if (successes.length === 0) return { valid: 'unknown', reason: 'no operation succeeded', anomalies: [], stats };
  const reason = `${counted(successes.length, 'operation')} of ${pairs.length} succeeded, and the longest outage took ${Math.round(stats.longestOutageMs)} ms`;
  return { valid: true, reason, anomalies: [], stats };
}

/** No operation succeeded from one moment to another; the operations are those next to it, if any. */
interface Outage {
  readonly fromNs: number;
  readonly toNs: number;
  readonly operations: readonly number[];
}

function lengthNs({ fromNs, toNs }: Outage): number {
  return toNs - fromNs;
}

/** From the first invocation on, between successes, to the end; null where there are no times. */
function outagesOf(history: readonly Operation[], successes: readonly Success[]): Outage[] | null {
  const first = history.find(({ process, time }) => process !== 'nemesis' && time !== undefined);
  const last = history.findLast(({ process, time }) => process !== 'nemesis' && time !== undefined);
  if (first?.time === undefined || last?.time === undefined) return null;
  const outages: Outage[] = [];
  let fromNs = first.time;
  let before: readonly number[] = [];
  for (const { completion } of successes) {
    const { time, index } = completion;
    if (time === undefined) continue;
    outages.push({ fromNs, toNs: time, operations: [...before, index] });
    fromNs = time;
    before = [index];
  }
  outages.push({ fromNs, toNs: last.time, operations: before });
  return outages;
}

function tooLong(outage: Outage, maxOutageMs: number) {
  const seconds = (ns: number): string => (ns / 1e9).toFixed(3);
  return {
    sentence: `No operation succeeded for ${Math.round(lengthNs(outage) / 1e6)} ms, from ${seconds(outage.fromNs)} s to ${seconds(outage.toNs)} s: the most that is allowed is ${maxOutageMs} ms.`,
    operations: outage.operations,
    details: { fromNs: outage.fromNs, toNs: outage.toNs },
  };
}

function tooFew(ok: number, operations: number, minOkShare: number) {
  return {
    sentence: `${ok} of ${operations} operations succeeded, a share of ${(ok / operations).toFixed(3)}: the least that is allowed is ${minOkShare}.`,
    operations: [],
    details: { okShare: ok / operations },
  };
}

/** By the moment of their invocations: null where none were invoked. */
function sharesOf(pairs: ReturnType<typeof clientPairs>, windowNs: number): (number | null)[] {
  const counts: { operations: number; ok: number }[] = [];
  for (const pair of pairs) {
    const { time } = pair.invocation;
    if (time === undefined) continue;
    const window = Math.floor(time / windowNs);
    const count = counts[window] ?? { operations: 0, ok: 0 };
    counts[window] = count;
    count.operations++;
    if (isOk(pair)) count.ok++;
  }
  return Array.from(counts, (count) => (count === undefined ? null : count.ok / count.operations));
}

/** How long after the fault began, and after it ended, the next operation succeeded; null where none did. */
function recoveryFrom(fault: FaultRecord, successes: readonly Success[]) {
  const { nemesis, description, injectedTime, endTime } = fault;
  return {
    nemesis,
    description,
    firstOkAfterInjectionMs: firstOkAfterMs(injectedTime, successes),
    firstOkAfterHealMs: firstOkAfterMs(endTime, successes),
  };
}

function firstOkAfterMs(momentNs: number | undefined, successes: readonly Success[]): number | null {
  if (momentNs === undefined) return null;
  const success = successes.find(({ invocation }) => (invocation.time ?? Number.NEGATIVE_INFINITY) >= momentNs);
  const time = success?.completion.time;
  return time === undefined ? null : (time - momentNs) / 1e6;
}
