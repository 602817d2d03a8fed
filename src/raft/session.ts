import type { Clock } from '../base/clock.ts';
import type { Place } from './driver.ts';
import type { Stamp } from './protocol/types.ts';
import { retried } from './retry.ts';

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
    const sequence = ++this.#last;
    this.#open.add(sequence);
    try {
      const { position } = await retried(this.#clock, timeoutMs, true, (leftMs) => {
        const acknowledged = Math.min(...this.#open) - 1;
        return this.#attempt(payload, { session: this.id, sequence, acknowledged }, leftMs);
      });
      return position;
    } finally {
      this.#open.delete(sequence);
    }
  }
}
