/** Arrays of small numbers in one block of memory: each in its own would cost more than a search of few calls. */
export class Block {
  readonly #memory: ArrayBuffer;
  #taken = 0;

  /** How many numbers it holds in all. */
  constructor(length: number) {
    this.#memory = new ArrayBuffer(length * Int32Array.BYTES_PER_ELEMENT);
  }

  /** The next so many, 0 at first. */
  array(length: number): Int32Array {
    const start = this.#taken;
    this.#taken += length * Int32Array.BYTES_PER_ELEMENT;
    return new Int32Array(this.#memory, start, length);
  }
}
