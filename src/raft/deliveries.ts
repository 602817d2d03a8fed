import type { Clock } from '../base/clock.ts';
import { RaftError } from './errors.ts';
import type { Delivery } from './protocol/events.ts';
import { Sequence } from './protocol/sequence.ts';

/** A message as the application gets it. */
export interface DeliveredMessage {
  /** From 1 on, dense, the same on all nodes. */
  readonly position: number;
  readonly payload: Uint8Array;
}

/** Delivered messages for readers that come for them in their own time, as far back as the log goes in memory. */
export class Deliveries {
  readonly #clock: Clock;
  /** By position. */
  #kept: Sequence<Delivery> = Sequence.of(1);
  #waiting: (() => void)[] = [];
  #ended: RaftError | null = null;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** The position of the last message delivered here. */
  get position(): number {
    return this.#kept.last;
  }

  add(deliveries: readonly Delivery[]): void {
    this.#kept = this.#kept.append(deliveries);
    this.#wake();
  }

  /** Messages whose entry is at `index` or before are not kept any more. */
  dropUpTo(index: number): void {
    let first = this.#kept.first;
    while (first <= this.#kept.last && this.#kept.get(first).index <= index) first++;
    this.#kept = this.#kept.dropBefore(first);
  }

  /** A snapshot has taken the place of all messages up to `position`. */
  skipTo(position: number): void {
    this.#kept = Sequence.of(position + 1);
    this.#wake();
  }

  end(error: RaftError): void {
    this.#ended ??= error;
    this.#wake();
  }

  /** The messages from position `from` on, as they come. Throws `compacted` where they are not kept, `stopped` at the end. */
  async *from(from: number): AsyncGenerator<DeliveredMessage, void, void> {
    for (let position = from; ; position++) {
      while (position > this.#kept.last) {
        if (this.#ended !== null) throw this.#ended;
        await this.#clock.promise<void>((resolve) => this.#waiting.push(resolve));
      }
      if (position < this.#kept.first) {
        const first = `the first that is left is ${this.#kept.first}`;
        throw new RaftError('compacted', `message ${position} is in a snapshot already: ${first}`, true);
      }
      const { payload } = this.#kept.get(position);
      yield { position, payload };
    }
  }

  #wake(): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const resolve of waiting) resolve();
  }
}
