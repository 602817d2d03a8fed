import type { MicroOperation, Scalar } from './commands.ts';

/** Replicated lists, by key, that transactions read and append to. A key never appended to has an empty list. */
export class ListStore {
  #lists = new Map<string, readonly Scalar[]>();

  /** Does all parts of a transaction, in their order, as one step; the same with what was read filled in. */
  apply(operations: readonly MicroOperation[]): readonly MicroOperation[] {
    return operations.map((operation) => {
      const [f, key, value] = operation;
      const list = this.#lists.get(key) ?? [];
      if (f === 'r') return ['r', key, list] as const;
      this.#lists.set(key, [...list, value]);
      return operation;
    });
  }

  /** What a transaction would read now; its own appends included, which are not done. */
  preview(operations: readonly MicroOperation[]): readonly MicroOperation[] {
    const copy = new ListStore();
    copy.restore(this.entries());
    return copy.apply(operations);
  }

  /** All that has been appended, by key, in the order of their first appends. */
  entries(): readonly (readonly [key: string, list: readonly Scalar[]])[] {
    return [...this.#lists];
  }

  restore(entries: readonly (readonly [key: string, list: readonly Scalar[]])[]): void {
    this.#lists = new Map(entries);
  }
}
