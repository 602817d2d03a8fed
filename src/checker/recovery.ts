import type { Operation } from '../history/operation.ts';
import type { CheckerResult } from './verdict.ts';

/** The value of the completion of `recovery`: for each node, after how long it answered once all faults were undone. */
export interface RecoveryValue {
  readonly timeoutMs: number;
  readonly recovered: boolean;
  readonly answeredAfterMs: Readonly<Record<string, number | null>>;
  /** After how long all nodes were voters; absent where nobody looked. */
  readonly membersAfterMs?: number | null;
}

/** Did every node answer again, in time, after the faults, and were all of them members again? A system that does not is broken, however consistent. */
export function checkRecovery(history: readonly Operation[]): CheckerResult {
  const operation = history.findLast((candidate) => candidate.f === 'recovery' && candidate.type === 'info');
  if (operation === undefined) {
    return { valid: 'unknown', reason: 'the run ended before recovery was tried', anomalies: [] };
  }
  const { timeoutMs, answeredAfterMs, membersAfterMs } = operation.value as RecoveryValue;
  const silent = Object.keys(answeredAfterMs).filter((node) => answeredAfterMs[node] === null);
  const times = Object.values(answeredAfterMs).filter((afterMs) => afterMs !== null);
  const stats = { answeredAfterMs, ...(membersAfterMs === undefined ? {} : { membersAfterMs }) };
  if (silent.length === 0 && membersAfterMs !== null) {
    return {
      valid: true,
      reason: `every node answered within ${Math.max(0, ...times)} ms of the last heal`,
      anomalies: [],
      stats,
    };
  }
  const sentence = `${failureOf(silent, membersAfterMs !== null)} within ${timeoutMs / 1000} s after all faults were undone.`;
  const anomaly = { kind: 'no-recovery', sentence, operations: [operation.index], nodes: silent };
  return { valid: false, reason: sentence, anomalies: [anomaly], stats };
}

function failureOf(silent: readonly string[], restored: boolean): string {
  const silence = `${silent.join(', ')} did not complete an operation`;
  if (restored) return silence;
  return silent.length > 0 ? `${silence}, and not all nodes became voters again,` : 'Not all nodes became voters again';
}
