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
  #waiting = new Set<Reader>();
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

  /**
   * The messages from position `from` on, as they come. Throws `compacted` where they are not kept, `stopped` at the end, and
   * the signal's reason once that is aborted.
   */
  from(from: number, signal: AbortSignal | null): AsyncIterableIterator<DeliveredMessage> {
    const reader: Reader = new Reader(this.#clock, signal, from, {
      read: (position) => this.#read(position),
      wait: () => void this.#waiting.add(reader),
      leave: () => void this.#waiting.delete(reader),
    });
    return reader;
  }

  /** The message at this position, why it is not to be had, or null where it has not come yet. */
  #read(position: number): DeliveredMessage | RaftError | null {
    if (position > this.#kept.last) return this.#ended;
    if (position >= this.#kept.first) return { position, payload: this.#kept.get(position).payload };
    const first = `the first that is left is ${this.#kept.first}`;
    return new RaftError('compacted', `message ${position} is in a snapshot already: ${first}`, true);
  }

  #wake(): void {
    const waiting = this.#waiting;
    this.#waiting = new Set();
    for (const reader of waiting) reader.serve();
  }
}

type Result = IteratorResult<DeliveredMessage, undefined>;

interface Asked {
  readonly resolve: (result: Result) => void;
  readonly reject: (reason: unknown) => void;
}

interface Source {
  read(position: number): DeliveredMessage | RaftError | null;
  /** `serve` is called once, when there is more to read; `leave` takes that back. */
  wait(): void;
  leave(): void;
}

const done: Result = { done: true, value: undefined };

/** One who reads. No generator: that would take notice of `return` only once the message comes that it waits for. */
class Reader implements AsyncIterableIterator<DeliveredMessage, undefined> {
  readonly #clock: Clock;
  readonly #signal: AbortSignal | null;
  readonly #source: Source;
  readonly #onAbort = (): void => {
    if (this.#asked.length > 0) this.#fail(this.#signal?.reason);
  };
  /** Who waits for a message, in the order in which they get them. */
  #asked: Asked[] = [];
  #position: number;
  #ended = false;

  constructor(clock: Clock, signal: AbortSignal | null, from: number, source: Source) {
    this.#clock = clock;
    this.#signal = signal;
    this.#position = from;
    this.#source = source;
    signal?.addEventListener('abort', this.#onAbort, { once: true });
  }

  next(): Promise<Result> {
    return this.#clock.promise((resolve, reject) => {
      this.#asked.push({ resolve, reject });
      if (this.#signal?.aborted) this.#onAbort();
      else this.serve();
    });
  }

  async return(): Promise<Result> {
    this.#end();
    return done;
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  /** Gives those who wait what there is. */
  serve(): void {
    while (this.#asked.length > 0 && !this.#ended) {
      const found = this.#source.read(this.#position);
      if (found === null) {
        this.#source.wait();
        return;
      }
      if (found instanceof RaftError) {
        this.#fail(found);
      } else {
        this.#position += 1;
        this.#asked.shift()?.resolve({ done: false, value: found });
      }
    }
    if (this.#ended) this.#end();
  }

  /** The first that waits is told, and to the others the iteration has ended. */
  #fail(reason: unknown): void {
    if (!this.#ended) this.#asked.shift()?.reject(reason);
    this.#end();
  }

  #end(): void {
    this.#ended = true;
    this.#source.leave();
    this.#signal?.removeEventListener('abort', this.#onAbort);
    for (const { resolve } of this.#asked.splice(0)) resolve(done);
  }
}
