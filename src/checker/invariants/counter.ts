import type { Operation } from '../../history/operation.ts';
import { citing, Findings } from '../findings.ts';
import type { CheckerResult } from '../verdict.ts';
import { counted } from '../words.ts';
import {
  clientPairs,
  greatest,
  isNumeric,
  isOk,
  malformed,
  type Numeric,
  outcomeOf,
  plus,
  type Success,
} from './values.ts';

/**
 * A counter from 0: `add` of a number, below zero to take away, and `read`. A read must lie between two sums
 * (`out-of-bounds`): of the additions that had been acknowledged before it began, each of those that may have happened
 * before it ended (under way, or of unknown outcome) is counted where it lowers the lower bound or raises the upper.
 * What failed does not count. Where nothing was read, no bound was broken; `unknown` only where nothing succeeded.
 */
export function checkCounter(history: readonly Operation[]): CheckerResult {
  const additions = additionsOf(history);
  const reads = clientPairs(history, 'read').filter(isOk);
  const findings = new Findings();
  const widths: Numeric[] = [];
  for (const read of reads) {
    const bounds = additions.boundsOf(read);
    widths.push(plus(bounds.upper, -bounds.lower));
    const found = read.completion.value;
    if (!isNumeric(found)) throw malformed(read.completion, 'a read of a counter has a number for its value');
    if (found >= bounds.lower && found <= bounds.upper) continue;
    findings.add('out-of-bounds', () => outOfBounds(read, found, bounds));
  }
  const stats = {
    additions: additions.count,
    acknowledged: additions.acknowledged,
    reads: reads.length,
    widest: greatest(widths),
    ...findings.counts(),
  };
  if (findings.total > 0) {
    return { valid: false, reason: `anomalies: ${findings.inWords()}`, ...findings.result(), stats };
  }
  if (reads.length > 0) {
    const what = reads.length === 1 ? 'the one read lies' : `all ${reads.length} reads lie`;
    return { valid: true, reason: `${what} within what had been added by then`, anomalies: [], stats };
  }
  if (additions.acknowledged === 0) {
    return { valid: 'unknown', reason: 'no operation on the counter succeeded', anomalies: [], stats };
  }
  const reason = `the counter was never read, so no bound was broken; ${counted(additions.acknowledged, 'addition')} were acknowledged`;
  return { valid: true, reason, anomalies: [], stats };
}

interface Bounds {
  readonly lower: Numeric;
  readonly upper: Numeric;
  /** All that was added when the read began, of which it is certain. */
  readonly certain: Numeric;
}

/** Running sums over the history. */
interface Additions {
  readonly count: number;
  readonly acknowledged: number;
  boundsOf(read: Success): Bounds;
}

function additionsOf(history: readonly Operation[]): Additions {
  const acknowledged = { up: new RunningSum(), down: new RunningSum() };
  const begun = { up: new RunningSum(), down: new RunningSum() };
  let count = 0;
  let successes = 0;
  for (const pair of clientPairs(history, 'add')) {
    const { invocation, completion } = pair;
    const amount = invocation.value;
    if (!isNumeric(amount)) throw malformed(invocation, 'an addition has a number for its value');
    count++;
    const outcome = outcomeOf(pair);
    if (outcome === 'fail') continue;
    const side = amount < 0 ? 'down' : 'up';
    begun[side].add(invocation.index, amount);
    if (outcome !== 'ok' || completion === null) continue;
    successes++;
    acknowledged[side].add(completion.index, amount);
  }
  for (const sum of [acknowledged.up, acknowledged.down, begun.up, begun.down]) sum.seal();
  return {
    count,
    acknowledged: successes,
    boundsOf({ invocation, completion }) {
      const certainUp = acknowledged.up.before(invocation.index);
      const certainDown = acknowledged.down.before(invocation.index);
      return {
        lower: plus(certainUp, begun.down.before(completion.index)),
        upper: plus(begun.up.before(completion.index), certainDown),
        certain: plus(certainUp, certainDown),
      };
    },
  };
}

/** What was added up before an index of the history. */
class RunningSum {
  #entries: { readonly index: number; readonly amount: Numeric }[] = [];
  #sums: Numeric[] = [];

  add(index: number, amount: Numeric): void {
    this.#entries.push({ index, amount });
  }

  /** Says that nothing more is added. */
  seal(): void {
    this.#entries.sort((a, b) => a.index - b.index);
    let sum: Numeric = 0;
    this.#sums = this.#entries.map(({ amount }) => {
      sum = plus(sum, amount);
      return sum;
    });
  }

  before(index: number): Numeric {
    let low = 0;
    let high = this.#entries.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.#entries[middle]?.index ?? 0) < index) low = middle + 1;
      else high = middle;
    }
    return this.#sums[low - 1] ?? 0;
  }
}

function outOfBounds({ invocation, completion }: Success, found: Numeric, { lower, upper, certain }: Bounds) {
  const bounds = lower === upper ? `exactly ${lower}` : `between ${lower} and ${upper}`;
  return {
    sentence: `A read returned ${found} (operation ${completion.index}), but had to return ${bounds}: ${certain} had been added for certain before it began (operation ${invocation.index}), and the rest may have been before it ended.`,
    operations: citing(invocation.index, completion.index),
    details: { found, lower, upper },
  };
}
