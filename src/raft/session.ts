import type { Place } from './driver.ts';
import { RaftError } from './errors.ts';
import type { Request } from './protocol/types.ts';

/** How a session's broadcasts are made: one attempt, within the time that is left. */
type Attempt = (request: Request, timeoutMs: number) => Promise<Place>;

/** What an attempt may end with that another may succeed after: the leader changed, or is about to. */
const passing = ['no-leader', 'not-leader', 'leadership-lost', 'transferring'];

/**
 * Broadcasts that are delivered exactly once, however often they had to be sent (dissertation, section 6.3). A session is the
 * cluster's, not this node's: another node's client may go on with it by the stamps that it was given.
 */
export class Session {
  readonly id: number;
  readonly #attempt: Attempt;
  readonly #pause: (ms: number) => Promise<void>;
  readonly #nowMs: () => number;
  readonly #timeoutMs: number;
  readonly #open = new Set<number>();
  #last = 0;

  constructor(id: number, attempt: Attempt, pause: (ms: number) => Promise<void>, nowMs: () => number, timeoutMs: number) {
    this.id = id;
    this.#attempt = attempt;
    this.#pause = pause;
    this.#nowMs = nowMs;
    this.#timeoutMs = timeoutMs;
  }

  /**
   * Broadcasts a message, again and again until it is known to be delivered, once; resolves to its position. After the
   * time-out it rejects with `timeout`: it may still be delivered, but not twice.
   */
  async broadcast(payload: Uint8Array, timeoutMs: number = this.#timeoutMs): Promise<number> {
    const sequence = ++this.#last;
    this.#open.add(sequence);
    const endMs = this.#nowMs() + timeoutMs;
    try {
      for (;;) {
        const leftMs = endMs - this.#nowMs();
        if (leftMs <= 0) throw new RaftError('timeout', `not done within ${timeoutMs} ms`, false);
        const stamp = { session: this.id, sequence, acknowledged: Math.min(...this.#open) - 1 };
        try {
          return (await this.#attempt({ type: 'broadcast', payload, stamp }, leftMs)).position;
        } catch (error) {
          if (!(error instanceof RaftError) || !passing.includes(error.code)) throw error;
          await this.#pause(retryPauseMs);
        }
      }
    } finally {
      this.#open.delete(sequence);
    }
  }
}

const retryPauseMs = 20;
