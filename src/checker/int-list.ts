/** A growing list of 32-bit integers, at four bytes each. */
export class IntList {
  #items: Int32Array<ArrayBuffer>;
  #length = 0;

  /** `capacity`: how many it holds before it must grow. */
  constructor(capacity = 16) {
    this.#items = new Int32Array(Math.max(1, capacity));
  }

  push(item: number): void {
    if (this.#length === this.#items.length) {
      const larger = new Int32Array(2 * this.#length);
      larger.set(this.#items);
      this.#items = larger;
    }
    this.#items[this.#length++] = item;
  }

  get length(): number {
    return this.#length;
  }

  at(index: number): number {
    return this.#items[index] as number;
  }

  set(index: number, item: number): void {
    this.#items[index] = item;
  }

  /** What has been pushed so far; valid until the next push. */
  view(): Int32Array {
    return this.#items.subarray(0, this.#length);
  }
}
