/**
 * A small number for each position, -1 where there is none. Positions are dense from 1, so an honest history has none beyond
 * the number of its messages: those are in an array, and the dishonest rest in a map.
 */
export class PositionTable {
  readonly #dense: Int32Array;
  readonly #sparse = new Map<number, number>();

  constructor(messages: number) {
    this.#dense = new Int32Array(messages + 1).fill(-1);
  }

  get(position: number): number {
    return position < this.#dense.length ? (this.#dense[position] as number) : (this.#sparse.get(position) ?? -1);
  }

  set(position: number, value: number): void {
    if (position < this.#dense.length) this.#dense[position] = value;
    else this.#sparse.set(position, value);
  }

  /** Sets all from the first to the last, inclusive. */
  fill(first: number, last: number, value: number): void {
    this.#dense.fill(value, first, Math.min(last + 1, this.#dense.length));
    for (let position = Math.max(first, this.#dense.length); position <= last; position++) {
      this.#sparse.set(position, value);
    }
  }
}
