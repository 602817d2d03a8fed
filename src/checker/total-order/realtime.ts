import { citing, type Findings } from '../findings.ts';
import { isPremature, type Log } from './log.ts';
import type { Observations, Read } from './observations.ts';

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
  length = 0;
  readonly #observations: Observations;
  /** The moments of all claims, ascending. */
  readonly #moments: Float64Array;
  readonly #positions: Float64Array;
  /** The place among the completed acknowledgements, or that among the reads after those. */
  readonly #sources: Int32Array;

  constructor(observations: Observations, log: Log) {
    const { completedAcks: acks, reads } = observations;
    this.#observations = observations;
    const most = acks.length + reads.length;
    this.#sources = new Int32Array(most);
    this.#positions = new Float64Array(most);
    this.#moments = new Float64Array(most);
    let next = 0;
    for (let ack = 0; ack <= acks.length; ack++) {
      const { completed, position } = acks[ack] ?? { completed: Number.POSITIVE_INFINITY, position: 0 };
      for (let read = reads[next]; read !== undefined && read.completed < completed; read = reads[++next]) {
        this.#add(acks.length + next, read.completed, lastAgreed(read, log));
      }
      this.#add(ack, completed, position);
    }
  }

  /** Position 0 is none. */
  #add(source: number, moment: number, position: number): void {
    if (position === 0) return;
    this.#sources[this.length] = source;
    this.#moments[this.length] = moment;
    this.#positions[this.length] = position;
    this.length++;
  }

  completed(at: number): number {
    return at < this.length ? (this.#moments[at] as number) : Number.POSITIVE_INFINITY;
  }

  position(at: number): number {
    return this.#positions[at] as number;
  }

  claim(at: number): Claim {
    const { completedAcks: acks, reads, messages } = this.#observations;
    const [source, position] = [this.#sources[at] as number, this.position(at)];
    const ack = acks[source];
    if (ack !== undefined) return { ...ack, deliveredBy: null };
    const { completed, ids, from, node } = reads[source - acks.length] as Read;
    return { completed, position, message: messages[ids[position - from] as number] as string, deliveredBy: node };
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
