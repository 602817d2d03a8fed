import { citing, type Findings } from '../findings.ts';
import { isPremature, type Log } from './log.ts';
import type { Ack, Observations, Read } from './observations.ts';

/** A moment from which on a position is known to be taken. */
export interface Claim {
  /** Index of the operation that shows it. */
  readonly completed: number;
  readonly position: number;
  readonly message: string;
  /** The node that delivered it, or null where an acknowledgement says it. */
  readonly deliveredBy: string | null;
}

/**
 * All claims, in the order of time. Of a read only its last message, which claims the highest position; positions over
 * which nodes disagree are passed over, because a node whose log has split from the others' says nothing of theirs.
 */
export class Claims {
  readonly #observations: Observations;
  /** The moments of all claims, ascending. */
  readonly #moments: Float64Array;
  readonly #positions: Float64Array;
  /** The acknowledgement by its number, or the read by its number after those; in the order of time. */
  readonly #sources: Int32Array;

  constructor(observations: Observations, log: Log) {
    const { acks, reads } = observations;
    this.#observations = observations;
    const positionOf = new Float64Array(acks.length + reads.length);
    acks.forEach((ack, number) => {
      positionOf[number] = ack.position;
    });
    reads.forEach((read, number) => {
      positionOf[acks.length + number] = lastAgreed(read, log);
    });
    const sources = this.#inOrder().filter((source) => (positionOf[source] as number) > 0);
    this.#sources = sources;
    this.#positions = Float64Array.from(sources, (source) => positionOf[source] as number);
    this.#moments = Float64Array.from(sources, (source) => this.#momentOf(source));
  }

  get length(): number {
    return this.#sources.length;
  }

  completed(at: number): number {
    return this.#moments[at] ?? Number.POSITIVE_INFINITY;
  }

  position(at: number): number {
    return this.#positions[at] as number;
  }

  claim(at: number): Claim {
    const { acks, reads, messages } = this.#observations;
    const [source, position] = [this.#sources[at] as number, this.position(at)];
    const ack = acks[source];
    if (ack !== undefined) return { ...ack, deliveredBy: null };
    const { completed, ids, from, node } = reads[source - acks.length] as Read;
    return { completed, position, message: messages[ids[position - from] as number] as string, deliveredBy: node };
  }

  /** Reads are in the order of time as they are; acknowledgements nearly so. */
  #inOrder(): Int32Array {
    const { acks, reads } = this.#observations;
    const ordered = acks
      .map((_, number) => number)
      .sort((a, b) => (acks[a] as Ack).completed - (acks[b] as Ack).completed);
    const merged = new Int32Array(acks.length + reads.length);
    let read = 0;
    let at = 0;
    for (const number of ordered) {
      while ((reads[read]?.completed ?? Number.POSITIVE_INFINITY) < (acks[number] as Ack).completed) {
        merged[at++] = acks.length + read++;
      }
      merged[at++] = number;
    }
    while (read < reads.length) merged[at++] = acks.length + read++;
    return merged;
  }

  #momentOf(source: number): number {
    const { acks, reads } = this.#observations;
    return (acks[source] ?? (reads[source - acks.length] as Read)).completed;
  }
}

/** The highest position of a read over which nobody disagrees; 0 where there is none. */
function lastAgreed({ from, end }: Read, log: Log): number {
  for (let position = end; position >= from; position--) if (!log.isContested(position)) return position;
  return 0;
}

/**
 * What was acknowledged or seen delivered before another broadcast began stands before it (`realtime`). A message stands
 * where it was acknowledged, and wherever it was delivered and no node disagrees.
 */
export function judgeRealtime(observations: Observations, log: Log, claims: Claims, findings: Findings): void {
  const places = new LowestPlaces(observations, log);
  let highest = -1;
  let passed = 0;
  for (const { id, message, invoked } of observations.broadcasts) {
    for (; claims.completed(passed) < invoked; passed++) {
      if (highest < 0 || claims.position(passed) > claims.position(highest)) highest = passed;
    }
    if (highest < 0 || !(places.position(id) <= claims.position(highest))) continue;
    // A message that was delivered before it was broadcast has been found to be a phantom: its position says no more.
    if (isPremature(observations, log, id)) continue;
    const before = claims.claim(highest);
    const earlier =
      before.deliveredBy === null
        ? `${JSON.stringify(before.message)} had been acknowledged at position ${before.position} (operation ${before.completed})`
        : `${before.deliveredBy} had delivered ${JSON.stringify(before.message)} at position ${before.position} (operation ${before.completed})`;
    const [position, operation] = [places.position(id), places.operation(id)];
    findings.add('realtime', () => ({
      sentence: `Message ${JSON.stringify(message)} was broadcast (operation ${invoked}) after ${earlier}, and yet it stands at position ${position} (operation ${operation}).`,
      operations: citing(before.completed, invoked, operation),
      details: { message, position, before: before.message },
    }));
  }
}

/** For each message, by its number, the lowest position where it stands, and the operation that shows it. */
class LowestPlaces {
  readonly #positions: Float64Array;
  readonly #operations: Float64Array;

  constructor({ acks, reads, messages }: Observations, log: Log) {
    this.#positions = new Float64Array(messages.length).fill(Number.POSITIVE_INFINITY);
    this.#operations = new Float64Array(messages.length);
    for (const { id, position, completed } of acks) this.#set(id, position, completed);
    log.positions.forEach((position, entry) => {
      const id = log.ids[entry] as number;
      if (position >= this.position(id) || log.isContested(position)) return;
      this.#set(id, position, (reads[log.reads[entry] as number] as Read).completed);
    });
  }

  #set(id: number, position: number, operation: number): void {
    this.#positions[id] = position;
    this.#operations[id] = operation;
  }

  /** Infinity where the message stands nowhere. */
  position(id: number): number {
    return this.#positions[id] as number;
  }

  operation(id: number): number {
    return this.#operations[id] as number;
  }
}
