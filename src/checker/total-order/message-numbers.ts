import type { PositionTable } from './position-table.ts';

/** Each message as a small number, in the order in which they are met. */
export class MessageNumbers {
  readonly messages: string[] = [];
  readonly #ids = new Map<string, number>();

  /** Gives the message the next number; false where it has one already. */
  add(message: string): boolean {
    this.#ids.set(message, this.messages.length);
    return this.messages.push(message) === this.#ids.size;
  }

  /**
   * The numbers of messages that were delivered from a position on. `expected`: by position, the number of a message that
   * was acknowledged or delivered there before. Nodes agree, as a rule, and to compare is far quicker than to look up.
   */
  ofDelivered(delivered: readonly string[], from: number, expected: PositionTable): Int32Array {
    const ids = new Int32Array(delivered.length);
    for (let at = 0; at < delivered.length; at++) {
      const message = delivered[at] as string;
      let id = expected.get(from + at);
      if (id < 0) {
        id = this.#of(message);
        expected.set(from + at, id);
      } else if (this.messages[id] !== message) {
        id = this.#of(message);
      }
      ids[at] = id;
    }
    return ids;
  }

  /** The number of a message, which is given one where it has none. */
  #of(message: string): number {
    const id = this.#ids.get(message);
    if (id !== undefined) return id;
    this.add(message);
    return this.messages.length - 1;
  }
}
