import { assert } from '../base/assert.ts';

/** What was delivered here, as text, by position from 1. */
export class MessageLog {
  #messages: string[] = [];

  get lastPosition(): number {
    return this.#messages.length;
  }

  deliver(position: number, message: string): void {
    assert(position === this.#messages.length + 1, `position ${position} follows ${this.#messages.length}`);
    this.#messages.push(message);
  }

  /** The messages from position `from` on, at most `limit` of them. */
  from(from: number, limit: number): readonly string[] {
    return this.#messages.slice(from - 1, from - 1 + limit);
  }

  restore(messages: readonly string[]): void {
    this.#messages = [...messages];
  }
}
