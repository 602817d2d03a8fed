import type { Clock } from '../base/clock.ts';
import { copied } from './message-bytes.ts';
import { rememberedMessages } from './protocol/applied.ts';
import type { Stamp } from './protocol/entries.ts';
import { retried } from './retry.ts';
import type { Place } from './waiting-requests.ts';

/** Sends a stamped message once. */
type Attempt = (payload: Uint8Array, stamp: Stamp, timeoutMs: number) => Promise<Place>;

/** Broadcasts that are delivered exactly once, however often they had to be sent (dissertation, section 6.3). */
export class Session {
  readonly id: number;
  readonly #clock: Clock;
  readonly #attempt: Attempt;
  readonly #timeoutMs: number;
  /** Messages whose answer is not known yet. */
  readonly #open = new Set<number>();
  #waiting: (() => void)[] = [];
  #last = 0;

  constructor(id: number, clock: Clock, timeoutMs: number, attempt: Attempt) {
    this.id = id;
    this.#clock = clock;
    this.#timeoutMs = timeoutMs;
    this.#attempt = attempt;
  }

  /**
   * Broadcasts a message, again and again until it is known to be delivered, once; resolves to its position. After the
   * time-out it rejects with `timeout`: it may still be delivered, but not twice. `session-expired` says that the session
   * was not used for so long that others have taken its place: whether the message was delivered is not known then.
   */
  async broadcast(payload: Uint8Array, timeoutMs: number = this.#timeoutMs): Promise<number> {
    const kept = copied(payload);
    while (this.#oldest() + rememberedMessages <= this.#last + 1) {
      await this.#clock.promise<void>((resolve) => this.#waiting.push(resolve));
    }
    const sequence = ++this.#last;
    this.#open.add(sequence);
    try {
      const { position } = await retried(this.#clock, timeoutMs, true, (leftMs) => {
        return this.#attempt(kept, { session: this.id, sequence, acknowledged: this.#oldest() - 1 }, leftMs);
      });
      return position;
    } finally {
      this.#open.delete(sequence);
      const waiting = this.#waiting;
      this.#waiting = [];
      for (const resolve of waiting) resolve();
    }
  }

  /** The first message whose answer is not known yet; else the next one. The cluster remembers only so many after it. */
  #oldest(): number {
    return Math.min(this.#last + 1, ...this.#open);
  }
}
