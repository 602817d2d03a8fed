const chunkEntries = 1 << 8;
const headWords = 3;

/**
 * The configurations that a search has been in, each a few words: position, state, and two sets of open calls, those that
 * still must take effect and those that may. Of configurations that differ only in what may, one that allows more stands
 * for one that allows less: where there is no way on from the former, there is none from the latter.
 */
export class Memo {
  readonly #setWords: number;
  readonly #entryWords: number;
  readonly #chunks: Int32Array[] = [];
  /** Heads of chains, by hash of all but what may: number of the entry plus 1, or 0. Chains run through the entries. */
  #table = new Int32Array(1 << 8);
  #entries = 0;
  #heads = 0;

  constructor(setWords: number) {
    this.#setWords = setWords;
    this.#entryWords = headWords + 2 * setWords;
  }

  get entries(): number {
    return this.#entries;
  }

  /** The memory it takes, and what growing the table needs on the way. */
  get bytes(): number {
    return this.#chunks.length * chunkEntries * this.#entryWords * 4 + this.#table.length * 12;
  }

  /** Adds a configuration, unless one is there that stands for it; says whether it was added. */
  add(position: number, state: number, must: Int32Array, may: Int32Array): boolean {
    const mask = this.#table.length - 1;
    let at = hashOf(position, state, must) & mask;
    for (;;) {
      const head = this.#table[at] as number;
      if (head === 0) {
        this.#table[at] = this.#append(position, state, must, may, 0) + 1;
        this.#heads++;
        if (this.#heads * 2 > this.#table.length) this.#grow();
        return true;
      }
      if (this.#sameKey(head - 1, position, state, must)) {
        if (this.#chainStandsFor(head, may)) return false;
        this.#table[at] = this.#append(position, state, must, may, head) + 1;
        return true;
      }
      at = (at + 1) & mask;
    }
  }

  #sameKey(entry: number, position: number, state: number, must: Int32Array): boolean {
    const chunk = this.#chunks[Math.floor(entry / chunkEntries)] as Int32Array;
    const start = (entry % chunkEntries) * this.#entryWords;
    if (chunk[start] !== position || chunk[start + 1] !== state) return false;
    for (let word = 0; word < this.#setWords; word++) {
      if (chunk[start + headWords + word] !== must[word]) return false;
    }
    return true;
  }

  #chainStandsFor(head: number, may: Int32Array): boolean {
    for (let next = head; next !== 0; ) {
      const entry = next - 1;
      const chunk = this.#chunks[Math.floor(entry / chunkEntries)] as Int32Array;
      const start = (entry % chunkEntries) * this.#entryWords;
      const sets = start + headWords + this.#setWords;
      let word = 0;
      while (word < this.#setWords && ((may[word] as number) & ~(chunk[sets + word] as number)) === 0) word++;
      if (word === this.#setWords) return true;
      next = chunk[start + 2] as number;
    }
    return false;
  }

  #append(position: number, state: number, must: Int32Array, may: Int32Array, next: number): number {
    const entry = this.#entries++;
    const place = entry % chunkEntries;
    if (place === 0) this.#chunks.push(new Int32Array(chunkEntries * this.#entryWords));
    const chunk = this.#chunks[this.#chunks.length - 1] as Int32Array;
    const start = place * this.#entryWords;
    chunk[start] = position;
    chunk[start + 1] = state;
    chunk[start + 2] = next;
    chunk.set(must, start + headWords);
    chunk.set(may, start + headWords + this.#setWords);
    return entry;
  }

  #grow(): void {
    const former = this.#table;
    const mask = former.length * 2 - 1;
    this.#table = new Int32Array(former.length * 2);
    for (const head of former) {
      if (head === 0) continue;
      const chunk = this.#chunks[Math.floor((head - 1) / chunkEntries)] as Int32Array;
      const start = ((head - 1) % chunkEntries) * this.#entryWords;
      const must = chunk.subarray(start + headWords, start + headWords + this.#setWords);
      let at = hashOf(chunk[start] as number, chunk[start + 1] as number, must) & mask;
      while (this.#table[at] !== 0) at = (at + 1) & mask;
      this.#table[at] = head;
    }
  }
}

/** MurmurHash3's mixing, word by word. */
function hashOf(position: number, state: number, must: Int32Array): number {
  let hash = mix(mix(0x9747b28c, position), state);
  for (let word = 0; word < must.length; word++) hash = mix(hash, must[word] as number);
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}

function mix(hash: number, word: number): number {
  let mixed = Math.imul(word, 0xcc9e2d51);
  mixed = Math.imul((mixed << 15) | (mixed >>> 17), 0x1b873593);
  const combined = hash ^ mixed;
  return (Math.imul((combined << 13) | (combined >>> 19), 5) + 0xe6546b64) | 0;
}
