import type { Operation } from '../../history/operation.ts';
import { citing, Findings } from '../findings.ts';
import type { CheckerResult } from '../verdict.ts';
import { counted } from '../words.ts';
import { clientPairs, type Identity, identityOf, isOk, malformed, outcomeOf, shown } from './values.ts';

export interface QueueOptions {
  /** Elements may come out again, as from queues that deliver at least once: they are counted (`repeated`), no anomaly. */
  readonly atLeastOnce?: boolean;
}

/**
 * A queue without an order, as far as it has been emptied: each element that was dequeued had been enqueued before
 * (`unexpected`), and is not dequeued more often than that (`duplicated`). Elements that were not dequeued are in the
 * queue still, for all that this says.
 */
export function checkQueue(history: readonly Operation[], options: QueueOptions = {}): CheckerResult {
  const queue = observe(history);
  const findings = new Findings();
  judgeDequeues(queue, options, findings);
  return verdictOn(queue, findings, null, 'each element that was dequeued had been enqueued before');
}

/**
 * A queue that is emptied in the end, by `dequeue` or `drain`: beyond what `checkQueue` asks, every element whose `enqueue` was
 * acknowledged comes out (`lost`). Elements that come out though nobody learned that they went in are counted as recovered.
 *
 * A dequeue of unknown outcome may have taken an element that nobody saw: where no more elements are missing than there are
 * such dequeues, they prove nothing, and the verdict is `unknown`.
 */
export function checkTotalQueue(history: readonly Operation[], options: QueueOptions = {}): CheckerResult {
  const queue = observe(history);
  const findings = new Findings();
  judgeDequeues(queue, options, findings);
  const missing = [...queue.elements.values()].filter(
    (element) => element.dequeued.length < element.acknowledged.length,
  );
  const count = missing.reduce((sum, element) => sum + element.acknowledged.length - element.dequeued.length, 0);
  if (count > queue.uncertain)
    for (const element of missing) findings.add('lost', () => lost(element, count, queue.uncertain));
  const unknown =
    count > 0 && count <= queue.uncertain
      ? `${counted(count, 'element')} did not come out, and ${
          queue.uncertain === Number.POSITIVE_INFINITY ? 'a drain' : counted(queue.uncertain, 'dequeue')
        } of unknown outcome may have taken them`
      : null;
  return verdictOn(
    queue,
    findings,
    unknown,
    `every acknowledged element came out, each ${options.atLeastOnce ? 'at least ' : ''}once`,
  );
}

interface Element {
  readonly value: unknown;
  /** Indices of its enqueues that did not fail, ascending; of those acknowledged, that of the completion. */
  readonly enqueued: number[];
  readonly acknowledged: number[];
  /** The completion of an enqueue that failed; null where none did. */
  failed: number | null;
  /** Indices of the operations that took it out, ascending. */
  readonly dequeued: number[];
}

interface Queue {
  readonly elements: ReadonlyMap<Identity, Element>;
  /** How many elements may have been taken out unseen: infinitely many where a drain did not tell. */
  readonly uncertain: number;
}

function observe(history: readonly Operation[]): Queue {
  const elements = new Map<Identity, Element>();
  const elementOf = (value: unknown): Element => {
    const id = identityOf(value);
    const known = elements.get(id);
    if (known !== undefined) return known;
    const element: Element = { value, enqueued: [], acknowledged: [], failed: null, dequeued: [] };
    elements.set(id, element);
    return element;
  };
  let uncertain = 0;
  const pairs = clientPairs(history, 'enqueue', 'dequeue', 'drain');
  for (const pair of pairs) {
    const { invocation, completion } = pair;
    const outcome = outcomeOf(pair);
    if (invocation.f !== 'enqueue') {
      if (outcome === 'info') uncertain += invocation.f === 'drain' ? Number.POSITIVE_INFINITY : 1;
      continue;
    }
    const element = elementOf(invocation.value);
    if (outcome === 'fail') element.failed ??= completion?.index ?? null;
    else element.enqueued.push(invocation.index);
    if (outcome === 'ok' && completion !== null) element.acknowledged.push(completion.index);
  }
  const takers = pairs.filter(isOk).filter(({ invocation }) => invocation.f !== 'enqueue');
  for (const { completion } of takers.toSorted((a, b) => a.completion.index - b.completion.index)) {
    for (const value of takenBy(completion)) elementOf(value).dequeued.push(completion.index);
  }
  return { elements, uncertain };
}

/** Nil is what some systems answer when there is nothing to take. */
function takenBy(completion: Operation): readonly unknown[] {
  const { f, value } = completion;
  if (value === null || value === undefined) return [];
  if (f === 'dequeue') return [value];
  if (Array.isArray(value)) return value;
  throw malformed(completion, 'a drain has the list of what it took out for its value');
}

function judgeDequeues({ elements }: Queue, { atLeastOnce = false }: QueueOptions, findings: Findings): void {
  for (const element of elements.values()) {
    let available = 0;
    element.dequeued.forEach((index, taken) => {
      while ((element.enqueued[available] ?? Number.POSITIVE_INFINITY) < index) available++;
      if (taken < available) return;
      if (available === 0) findings.add('unexpected', () => unexpected(element, index));
      else if (!atLeastOnce) findings.add('duplicated', () => duplicated(element, index, available));
    });
  }
}

function unexpected({ value, enqueued, failed }: Element, index: number) {
  const taken = `Element ${shown(value)} was taken out (operation ${index})`;
  const [later] = enqueued;
  const why =
    later !== undefined
      ? `before anybody put it in (operation ${later})`
      : failed === null
        ? 'which nobody put in'
        : `although its enqueue had certainly failed (operation ${failed})`;
  return {
    sentence: `${taken}, ${why}.`,
    operations: citing(index, later ?? index, failed ?? index),
    details: { element: value },
  };
}

function duplicated({ value, enqueued, dequeued }: Element, index: number, available: number) {
  const earlier = dequeued.slice(0, available);
  const times = available === 1 ? 'once' : `${available} times`;
  return {
    sentence: `Element ${shown(value)} was taken out again (operation ${index}), though it had been put in only ${times} and was taken out before (operation ${earlier.at(-1)}).`,
    operations: citing(...enqueued.slice(0, available), ...earlier, index),
    details: { element: value },
  };
}

function lost({ value, enqueued, acknowledged }: Element, missing: number, uncertain: number) {
  const rest =
    uncertain === 0 ? '' : ` (${missing} are missing, and no more than ${uncertain} can have been taken out unseen)`;
  return {
    sentence: `Element ${shown(value)} was acknowledged (operation ${acknowledged.at(-1)}) and never came out${rest}.`,
    operations: citing(...enqueued, ...acknowledged),
    details: { element: value },
  };
}

function verdictOn(queue: Queue, findings: Findings, unknown: string | null, established: string): CheckerResult {
  const stats = { ...statsOf(queue), ...findings.counts() };
  if (findings.total > 0) {
    return { valid: false, reason: `anomalies: ${findings.inWords()}`, ...findings.result(), stats };
  }
  if (unknown !== null) return { valid: 'unknown', reason: unknown, anomalies: [], stats };
  if (stats.dequeued === 0) return { valid: 'unknown', reason: 'nothing was dequeued', anomalies: [], stats };
  return { valid: true, reason: `${established} (${stats.dequeued})`, anomalies: [], stats };
}

function statsOf({ elements, uncertain }: Queue) {
  let acknowledged = 0;
  let dequeued = 0;
  let recovered = 0;
  let repeated = 0;
  for (const element of elements.values()) {
    acknowledged += element.acknowledged.length;
    dequeued += element.dequeued.length;
    const surplus = Math.min(element.dequeued.length, element.enqueued.length) - element.acknowledged.length;
    recovered += Math.max(0, surplus);
    if (element.enqueued.length > 0) repeated += Math.max(0, element.dequeued.length - element.enqueued.length);
  }
  return {
    elements: elements.size,
    acknowledged,
    dequeued,
    recovered,
    repeated,
    uncertainDequeues: uncertain === Number.POSITIVE_INFINITY ? null : uncertain,
  };
}
