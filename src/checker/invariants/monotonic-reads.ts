import type { Operation } from '../../history/operation.ts';
import { citing, Findings } from '../findings.ts';
import type { CheckerResult } from '../verdict.ts';
import { counted } from '../words.ts';
import { clientPairs, isNumeric, isOk, malformed, type Numeric, type Success } from './values.ts';

/**
 * A number that only ever grows, such as a counter that is only incremented or the length of a log: what one process
 * `read`s never goes down (`non-monotonic-read`). A process reads one after the other, so its reads have an order; those of
 * different processes are not held against each other. Nil is what a read finds before there is anything.
 */
export function checkMonotonicReads(history: readonly Operation[]): CheckerResult {
  const reads = clientPairs(history, 'read').filter(isOk);
  const highest = new Map<Operation['process'], { readonly read: Success; readonly value: Numeric }>();
  const findings = new Findings();
  let compared = 0;
  for (const read of reads) {
    const { completion, invocation } = read;
    const value = completion.value ?? Number.NEGATIVE_INFINITY;
    if (value !== Number.NEGATIVE_INFINITY && !isNumeric(value)) {
      throw malformed(completion, 'a read of what grows has a number for its value');
    }
    const before = highest.get(invocation.process);
    if (before !== undefined) compared++;
    if (before === undefined || value >= before.value) {
      highest.set(invocation.process, { read, value });
      continue;
    }
    findings.add('non-monotonic-read', () => nonMonotonic(before.read, read));
  }
  const stats = { reads: reads.length, processes: highest.size, ...findings.counts() };
  if (findings.total > 0) {
    return { valid: false, reason: `anomalies: ${findings.inWords()}`, ...findings.result(), stats };
  }
  if (compared === 0) {
    return { valid: 'unknown', reason: 'no process read more than once', anomalies: [], stats };
  }
  const reason = `what ${counted(highest.size, 'process', 'processes')} read never went down (${counted(reads.length, 'read')})`;
  return { valid: true, reason, anomalies: [], stats };
}

function nonMonotonic(before: Success, read: Success) {
  const [first, second] = [before.completion, read.completion];
  return {
    sentence: `Process ${second.process} read ${first.value} (operation ${first.index}) and later ${second.value ?? 'nothing'} (operation ${second.index}).`,
    operations: citing(first.index, second.index),
    details: { process: second.process, values: [first.value, second.value ?? null] },
  };
}
