import type { Operation } from '../history/operation.ts';
import { extentOf, type FaultWindow, windowOf } from './faults.ts';
import { type Overview, overviewOf } from './overview.ts';
import type { CheckerResult, FaultRecord } from './verdict.ts';
import { counted, enumeration } from './words.ts';

/**
 * How long a fault must be in force before progress is due, unless told otherwise: five of the longest election time-outs
 * (600 ms) of the Raft library, so that elections may fail and clients have time to turn from a node that is cut off.
 */
export const defaultFairWindowMs = 3000;

/**
 * Guards against judging nothing: `unknown` where no operation succeeded before all faults were undone (what comes after
 * shows that the system recovered, which is another question), where no fault that was asked for took effect, and where no operation was invoked and succeeded while a fault was in force that leaves a quorum connected (counted over
 * all such faults that lasted long enough and were not joined by others with which none may have been left). A single fault without effect is
 * listed only.
 */
export function checkGuards(
  history: readonly Operation[],
  faults: readonly FaultRecord[],
  fairWindowMs = defaultFairWindowMs,
): CheckerResult {
  return judgeGuards(overviewOf(history), faults, fairWindowMs);
}

/** The same of a history that has been taken already. */
export function judgeGuards(
  overview: Overview,
  faults: readonly FaultRecord[],
  fairWindowMs = defaultFairWindowMs,
): CheckerResult {
  const succeeded = overview.completed.length;
  const effective = faults.filter((fault) => fault.effective);
  const fair = fairWindows(faults, overview.endTime ?? 0, fairWindowMs * 1e6);
  const inWindows = countWithin(overview, fair);
  const without = faults
    .filter((fault) => !fault.effective && isDescribed(fault, overview))
    .map((fault) => `${fault.nemesis} (${fault.description})`);
  const stats = {
    succeeded,
    faults: faults.length,
    effectiveFaults: effective.length,
    withoutEffect: without,
    fairWindows: fair.length,
    succeededInFairWindows: inWindows,
  };
  const result = (valid: true | 'unknown', reason: string) => ({ valid, reason, anomalies: [], stats });
  if (succeeded === 0)
    return result('unknown', 'no operation succeeded that takes more than one node before the faults were undone');
  if (without.length > 0 && effective.length === 0) {
    return result('unknown', `no fault took effect: ${enumeration(without)}`);
  }
  if (fair.length > 0 && inWindows === 0) {
    return result(
      'unknown',
      `no operation succeeded during ${counted(fair.length, 'fault')} that left a quorum connected`,
    );
  }
  const successes = `${counted(succeeded, 'operation')} succeeded`;
  if (faults.length === 0) return result(true, `${successes}, without any fault`);
  const idle = without.length === 0 ? '' : `; without effect: ${enumeration(without)}`;
  const met =
    fair.length === 0
      ? 'and no fault, alone or with those beside it, left a quorum for long enough to demand one'
      : `${inWindows} of them while one of ${counted(fair.length, 'fault')} was in force that left a quorum`;
  return result(true, `${successes}, ${met}${idle}`);
}

/** A nemesis from elsewhere says no more than that there was a fault: what it did to the system is not known. */
function isDescribed({ operations }: FaultRecord, { nemesis }: Overview): boolean {
  const value = nemesis.get(operations[0] ?? 0)?.value;
  return typeof value === 'object' && value !== null && 'fault' in value;
}

/** When progress was due. */
function fairWindows(faults: readonly FaultRecord[], endTime: number, fairWindowNs: number): FaultWindow[] {
  return faults.filter((fault) => fault.effective && isFair(fault, faults, endTime, fairWindowNs)).map(windowOf);
}

function isFair(fault: FaultRecord, faults: readonly FaultRecord[], endTime: number, fairWindowNs: number): boolean {
  // Undoing it may take long: by then it is not sure to be in force.
  const lastedNs = (fault.stopTime ?? endTime) - (fault.injectedTime ?? fault.startTime);
  if (!fault.leavesQuorum || lastedNs < fairWindowNs) return false;
  const window = windowOf(fault);
  // Of the others whatever they may have done counts, seen or not, and from when they began to until it was undone.
  const joining = faults.filter((other) => other === fault || overlaps(window, extentOf(other)));
  return joining.every((other) => other.leavesQuorum) && leaveQuorumTogether(joining);
}

/**
 * Faults that each leave a quorum may leave none together: where those that none has hit are no majority, or do not all reach
 * each other for want of the one that they reach each other through. What a history does not tell is taken for harmless.
 */
function leaveQuorumTogether(faults: readonly FaultRecord[]): boolean {
  const hit = new Set(faults.flatMap((fault) => fault.hit ?? []));
  const hubs = new Set(faults.flatMap((fault) => fault.hub ?? []));
  const nodeCount = Math.max(0, ...faults.map((fault) => fault.nodeCount ?? 0));
  if (hubs.size > 1 || [...hubs].some((hub) => hit.has(hub))) return false;
  return nodeCount === 0 || nodeCount - hit.size > nodeCount / 2;
}

function overlaps(a: FaultWindow, b: FaultWindow): boolean {
  return a.begin < b.end && b.begin < a.end;
}

/** How many succeeded within one of the windows. */
function countWithin({ invoked, completed }: Overview, windows: readonly FaultWindow[]): number {
  if (windows.length === 0) return 0;
  let count = 0;
  for (let at = 0; at < completed.length; at++) {
    const [first, last] = [invoked.at(at), completed.at(at)];
    if (windows.some(({ begin, end }) => begin < first && last < end)) count++;
  }
  return count;
}
