import { assert } from '../base/assert.ts';
import type { Delivery } from '../raft/protocol/types.ts';

/** The state machine of the broadcast workload: what was delivered here since the start, by position from 1. */
export class MessageLog {
  readonly #messages: string[] = [];
  readonly #decoder = new TextDecoder();

  get lastPosition(): number {
    return this.#messages.length;
  }

  deliver(deliveries: readonly Delivery[]): void {
    for (const { position, payload } of deliveries) {
      assert(position === this.#messages.length + 1, `position ${position} follows ${this.#messages.length}`);
      this.#messages.push(this.#decoder.decode(payload));
    }
  }

  /** The messages from position `from` on, at most `limit` of them. */
  from(from: number, limit: number): readonly string[] {
    return this.#messages.slice(from - 1, from - 1 + limit);
  }
}
