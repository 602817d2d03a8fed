import { type Clock, nowMs } from '../base/clock.ts';
import { RaftError } from './errors.ts';
import type { PositionWatch } from './position-watch.ts';

/** What became of a message on the node that it was broadcast on. */
export interface AppliedMessage<Result> {
  readonly position: number;
  /** What `apply` of this node's state machine returned. */
  readonly result: Result;
}

/**
 * What the state machine returns, for those who have asked. Where a message stands is known only after it may have been
 * applied: so while somebody has asked, the results of all messages are kept that came since.
 */
export class Results<Result> {
  readonly #clock: Clock;
  readonly #positions: PositionWatch;
  readonly #kept = new Map<number, Result>();
  /** How far this node was when each of those asked who wait, the earliest first. */
  readonly #asked = new Set<{ readonly after: number }>();

  constructor(clock: Clock, positions: PositionWatch) {
    this.#clock = clock;
    this.#positions = positions;
  }

  applied(position: number, result: Result): void {
    if (this.#asked.size > 0) this.#kept.set(position, result);
  }

  /** Broadcasts, and waits for this node to have applied the message. */
  async of(broadcast: (timeoutMs: number) => Promise<number>, timeoutMs: number): Promise<AppliedMessage<Result>> {
    const endMs = nowMs(this.#clock) + timeoutMs;
    const asked = { after: this.#positions.position };
    this.#asked.add(asked);
    try {
      const position = await broadcast(timeoutMs);
      await this.#positions.until(position, endMs - nowMs(this.#clock)).catch((error) => {
        throw unknown(position, error.message, error);
      });
      if (this.#kept.has(position)) return { position, result: this.#kept.get(position) as Result };
      throw unknown(position, 'a snapshot has taken its place here, or it was applied before this was asked');
    } finally {
      this.#asked.delete(asked);
      this.#forget();
    }
  }

  #forget(): void {
    const [first] = this.#asked;
    for (const position of this.#kept.keys()) {
      if (first !== undefined && position > first.after) return;
      this.#kept.delete(position);
    }
  }
}

function unknown(position: number, why: string, cause?: unknown): RaftError {
  return new RaftError(
    'result-unknown',
    `message ${position} is committed, but its result is not known: ${why}`,
    false,
    {
      remedy: 'Do not send it again: it is applied once on every node. Read what it has made of the state.',
      cause,
      position,
    },
  );
}
