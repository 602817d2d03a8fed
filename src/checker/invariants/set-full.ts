import type { Operation } from '../../history/operation.ts';
import { citing, Findings } from '../findings.ts';
import { quantilesOf } from '../quantiles.ts';
import type { CheckerResult } from '../verdict.ts';
import { counted } from '../words.ts';
import { type Attempt, attemptsOf, collectionOf, isPossible } from './elements.ts';
import { duplicated, unexpected } from './set.ts';
import { clientPairs, type Identity, identityOf, isOk, type Success, shown } from './values.ts';

export interface SetFullOptions {
  /** An element must be in every read that begins after its add was acknowledged, or after a read that had it ended. */
  readonly linearizable?: boolean;
}

/**
 * A set that is read all along: `add` of an element, `read` of all. What became of each element that is known to be there
 * (its `add` was acknowledged, or a read returned it):
 *
 * - the last read that could tell has it: it is there, from the end of the last read that missed it on. Where that was
 *   after it was known, reads between were stale, and the time from one to the other is its time to visibility;
 * - the last read that could tell misses it: it is `lost`;
 * - no read began after it was known: it was never read, and nothing is said of it.
 *
 * A read can tell of an element whose first add began before the read ended. An element that nobody added is
 * `unexpected`, and one that is twice in one read is `duplicated`. That reads are `stale` is an anomaly only where the set
 * is to be linearizable.
 */
export function checkSetFull(
  history: readonly Operation[],
  { linearizable = false }: SetFullOptions = {},
): CheckerResult {
  const attempts = attemptsOf(history);
  const reads = clientPairs(history, 'read').filter(isOk);
  const findings = new Findings();
  const elements = trackElements(attempts, reads, findings);
  const delaysNs: number[] = [];
  let stable = 0;
  let stale = 0;
  let neverRead = 0;
  for (const element of elements) {
    const fate = fateOf(element);
    switch (fate) {
      case 'unknown':
        break;
      case 'never-read':
        neverRead++;
        break;
      case 'lost':
        findings.add('lost', () => lost(element));
        break;
      case 'stable': {
        stable++;
        const delayNs = delayOf(element);
        if (delayNs !== null) delaysNs.push(delayNs);
        if (!isStale(element)) break;
        stale++;
        if (linearizable) findings.add('stale', () => staleRead(element));
      }
    }
  }
  const stats = {
    attempted: attempts.size,
    reads: reads.length,
    stable,
    stale,
    neverRead,
    visibleAfterNs: quantilesOf(delaysNs),
    ...findings.counts(),
  };
  if (findings.total > 0) {
    return { valid: false, reason: `anomalies: ${findings.inWords()}`, ...findings.result(), stats };
  }
  if (stable === 0) {
    const why = reads.length === 0 ? 'no read succeeded' : 'no read began after an element was known to be there';
    return { valid: 'unknown', reason: `${why}, so no element could be judged`, anomalies: [], stats };
  }
  const rest = neverRead === 0 ? '' : `; ${neverRead} were known too late to be read`;
  const what = stable === 1 ? 'the one element' : `all ${counted(stable, 'element')}`;
  return { valid: true, reason: `${what} that a read could tell of stayed in the set${rest}`, anomalies: [], stats };
}

/** An element, with what reads showed of it. */
interface Tracked {
  readonly attempt: Attempt;
  /** The operation that told first that it is there, and its time; null where none did. */
  known: { readonly index: number; readonly time: number | undefined } | null;
  /** Of the reads that have it, and of those that could and do not, the one that began last. */
  present: Success | null;
  absent: Success | null;
}

function trackElements(
  attempts: ReadonlyMap<Identity, Attempt>,
  reads: readonly Success[],
  findings: Findings,
): Tracked[] {
  const numbers = new Map<Identity, number>();
  const elements: Tracked[] = [];
  for (const [id, attempt] of attempts) {
    numbers.set(id, elements.length);
    const { acknowledged, acknowledgedTime } = attempt;
    const known = acknowledged === null ? null : { index: acknowledged, time: acknowledgedTime };
    elements.push({ attempt, known, present: null, absent: null });
  }
  const unresolved = new Unresolved(elements);
  const reported = new Set<Identity>();
  const byBeginning = reads.toSorted((a, b) => b.invocation.index - a.invocation.index);
  byBeginning.forEach((read, turn) => {
    const seen = new Set<Identity>();
    for (const value of collectionOf(read.completion)) {
      const id = identityOf(value);
      const isRepeated = seen.has(id);
      seen.add(id);
      if (isRepeated) findings.add('duplicated', () => duplicated(value, read));
      const number = numbers.get(id);
      if (number !== undefined) {
        unresolved.mark(number, turn);
        witness(elements[number] as Tracked, read);
      }
      if (isPossible(attempts.get(id), read) || reported.has(id)) continue;
      reported.add(id);
      findings.add('unexpected', () => unexpected(value, attempts.get(id), read));
    }
    unresolved.miss(read, turn);
  });
  return elements;
}

/** A read has the element: it is known by then, and the first of these reads, in this order, is the one that began last. */
function witness(element: Tracked, read: Success): void {
  element.present ??= read;
  const { index, time } = read.completion;
  if (element.known === null || index < element.known.index) element.known = { index, time };
}

/**
 * Elements for which no read has been seen yet that misses them, in the order of their first adds. Reads come by their
 * beginnings, the last first. An element is looked at once for each read that has it and once for the one that does not,
 * so the cost is linear in what was read.
 */
class Unresolved {
  readonly #elements: readonly Tracked[];
  /** The next unresolved element after each; the one before the first is at the end. */
  readonly #next: Int32Array;
  /** The last turn in which the element was marked as read. */
  readonly #marks: Int32Array;

  constructor(elements: readonly Tracked[]) {
    this.#elements = elements;
    this.#next = Int32Array.from({ length: elements.length + 1 }, (_, at) => (at === elements.length ? 0 : at + 1));
    this.#marks = new Int32Array(elements.length).fill(-1);
  }

  mark(number: number, turn: number): void {
    this.#marks[number] = turn;
  }

  /** Resolves all that the read could tell of and was not marked as having. */
  miss(read: Success, turn: number): void {
    const count = this.#elements.length;
    let before = count;
    for (let at = this.#next[before] as number; at < count; at = this.#next[at] as number) {
      const element = this.#elements[at] as Tracked;
      if (element.attempt.invoked > read.completion.index) return;
      if (this.#marks[at] === turn) {
        before = at;
        continue;
      }
      element.absent = read;
      this.#next[before] = this.#next[at] as number;
    }
  }
}

type Fate = 'stable' | 'lost' | 'never-read' | 'unknown';

function fateOf({ known, present, absent }: Tracked): Fate {
  if (known === null) return 'unknown';
  const missedSince = absent !== null && known.index < absent.invocation.index;
  if (missedSince && (present === null || present.invocation.index < absent.invocation.index)) return 'lost';
  return present === null ? 'never-read' : 'stable';
}

function isStale({ known, absent }: Tracked): boolean {
  return known !== null && absent !== null && known.index < absent.invocation.index;
}

/** How long after it was known the last read began that missed the element; null where the history has no times. */
function delayOf({ known, absent }: Tracked): number | null {
  if (known?.time === undefined) return null;
  if (absent === null) return 0;
  const { time } = absent.invocation;
  return time === undefined ? null : Math.max(0, time - known.time);
}

function lost({ attempt, known, present, absent }: Tracked) {
  const element = shown(attempt.element);
  const index = known?.index ?? attempt.invoked;
  const missing = absent?.completion.index ?? attempt.invoked;
  const how =
    index === attempt.acknowledged ? `was acknowledged (operation ${index})` : `had been read (operation ${index})`;
  const last =
    present === null || present.completion.index === index
      ? ''
      : `, and the last read to have it was operation ${present.completion.index}`;
  return {
    sentence: `Element ${element} ${how}${last}, but a later read does not have it (operation ${missing}), and none after that does.`,
    operations: citing(attempt.invoked, index, missing, ...(present === null ? [] : [present.completion.index])),
    details: { element: attempt.element },
  };
}

function staleRead({ attempt, known, absent }: Tracked) {
  const index = known?.index ?? attempt.invoked;
  const missing = absent?.completion.index ?? attempt.invoked;
  return {
    sentence: `Element ${shown(attempt.element)} was known to be in the set (operation ${index}), but a read that began later does not have it (operation ${missing}).`,
    operations: citing(attempt.invoked, index, missing),
    details: { element: attempt.element },
  };
}
