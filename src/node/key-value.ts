import type { Scalar } from './commands.ts';

/** A replicated map of scalars. A key never written is null. */
export class KeyValueMachine {
  #values = new Map<string, Scalar>();

  get(key: string): Scalar {
    return this.#values.get(key) ?? null;
  }

  set(key: string, value: Scalar): void {
    this.#values.set(key, value);
  }

  /** All that has been written, in the order in which it was first. */
  entries(): readonly (readonly [key: string, value: Scalar])[] {
    return [...this.#values];
  }

  restore(entries: readonly (readonly [key: string, value: Scalar])[]): void {
    this.#values = new Map(entries);
  }
}
