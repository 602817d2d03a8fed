/** A map from pairs of 32-bit integers to numbers other than 0: quick, and without an object for each pair. */
export class PairTable {
  #table = new Int32Array(entryWords * slotsAtFirst);
  #mask = slotsAtFirst - 1;
  #size = 0;

  get size(): number {
    return this.#size;
  }

  /** 0 where there is none. */
  get(first: number, second: number): number {
    const table = this.#table;
    for (let slot = hash(first, second) & this.#mask; ; slot = (slot + 1) & this.#mask) {
      const at = entryWords * slot;
      const value = table[at + 2] as number;
      if (value === 0) return 0;
      if (table[at] === first && table[at + 1] === second) return value;
    }
  }

  /** The pair must not be there yet. */
  add(first: number, second: number, value: number): void {
    if (2 * ++this.#size > this.#mask) this.#grow();
    this.#place(first, second, value);
  }

  #place(first: number, second: number, value: number): void {
    let slot = hash(first, second) & this.#mask;
    while (this.#table[entryWords * slot + 2] !== 0) slot = (slot + 1) & this.#mask;
    this.#table[entryWords * slot] = first;
    this.#table[entryWords * slot + 1] = second;
    this.#table[entryWords * slot + 2] = value;
  }

  #grow(): void {
    const old = this.#table;
    this.#table = new Int32Array(2 * old.length);
    this.#mask = 2 * this.#mask + 1;
    for (let at = 0; at < old.length; at += entryWords) {
      if (old[at + 2] !== 0) this.#place(old[at] as number, old[at + 1] as number, old[at + 2] as number);
    }
  }
}

const entryWords = 3;
const slotsAtFirst = 2 ** 15;

function hash(first: number, second: number): number {
  const mixed = Math.imul(first, 0x9e3779b1) ^ Math.imul(second, 0x85ebca77);
  return mixed ^ (mixed >>> 15);
}
