import { assert } from '../../base/assert.ts';

/**
 * An immutable, indexed sequence that is cheap to extend: versions share one array, and each sees only its own part of it.
 * Appending to the newest version writes in place behind what older versions can see; appending to an older one copies.
 * Indices count from `first`, so that a log can start at 1 and a queue keeps its numbers when its head is dropped.
 */
export class Sequence<T> {
  readonly first: number;
  readonly length: number;
  readonly #shared: T[];
  readonly #offset: number;

  private constructor(shared: T[], offset: number, first: number, length: number) {
    this.#shared = shared;
    this.#offset = offset;
    this.first = first;
    this.length = length;
  }

  /** `items`, the first of which has the index `first`. */
  static of<T>(first: number, items: readonly T[] = []): Sequence<T> {
    return new Sequence([...items], 0, first, items.length);
  }

  /** The index of the last item; `first - 1` where there is none. */
  get last(): number {
    return this.first + this.length - 1;
  }

  get(index: number): T {
    assert(index >= this.first && index <= this.last, () => `index ${index} outside ${this.first}..${this.last}`);
    return this.#shared[this.#offset + index - this.first] as T;
  }

  append(items: readonly T[]): Sequence<T> {
    if (items.length === 0) return this;
    const isNewest = this.#offset + this.length === this.#shared.length;
    const shared = isNewest ? this.#shared : this.#shared.slice(this.#offset, this.#offset + this.length);
    for (const item of items) shared.push(item);
    return new Sequence(shared, isNewest ? this.#offset : 0, this.first, this.length + items.length);
  }

  /** Without the items from `index` on. */
  truncate(index: number): Sequence<T> {
    assert(index >= this.first && index <= this.last + 1, () => `truncate at ${index} of ${this.first}..${this.last}`);
    return new Sequence(this.#shared, this.#offset, this.first, index - this.first);
  }

  /** Without the items before `index`; the others keep their indices. What is dropped stays in memory while it is the lesser part. */
  dropBefore(index: number): Sequence<T> {
    if (index <= this.first) return this;
    assert(index <= this.last + 1, () => `drop before ${index} of ${this.first}..${this.last}`);
    const start = this.#offset + index - this.first;
    const length = this.last + 1 - index;
    if (start <= length) return new Sequence(this.#shared, start, index, length);
    return new Sequence(this.#shared.slice(start, start + length), 0, index, length);
  }

  /** The items from `from` to `to`, both included. */
  slice(from: number, to: number): T[] {
    if (to < from) return [];
    assert(from >= this.first && to <= this.last, () => `slice ${from}..${to} of ${this.first}..${this.last}`);
    const start = this.#offset + from - this.first;
    return this.#shared.slice(start, start + to - from + 1);
  }
}
