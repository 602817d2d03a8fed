import { assert } from '../base/assert.ts';

/**
 * States that have been reached and not gone on from, packed into blocks of shared memory. A block belongs to one thread at
 * a time. An entry: its length in words, the two halves of its key, its depth and `eventually` bits, the packed state.
 */
export interface Entry {
  words: readonly number[];
  high: number;
  low: number;
  /** How many states the path to it has; 1 for an initial state. */
  depth: number;
  /** A bit for each `eventually` property that has not held yet on the path. */
  waiting: number;
}

export const mostEventually = 8;
const headerWords = 4;
const blockWords = 2 ** 16;
/** The first word of a block says how many are used. */
const firstEntry = 1;

/** Fills blocks and hands each on when it is full. */
export class FrontierWriter {
  readonly #emit: (block: SharedArrayBuffer) => void;
  #block: Int32Array | null = null;
  #used = firstEntry;

  constructor(emit: (block: SharedArrayBuffer) => void) {
    this.#emit = emit;
  }

  push({ words, high, low, depth, waiting }: Entry): void {
    const needed = headerWords + words.length;
    if (this.#block !== null && this.#used + needed > this.#block.length) this.flush();
    this.#block ??= new Int32Array(new SharedArrayBuffer(4 * Math.max(blockWords, firstEntry + needed)));
    const block = this.#block;
    let at = this.#used;
    block[at++] = words.length;
    block[at++] = high;
    block[at++] = low;
    block[at++] = (depth << mostEventually) | waiting;
    for (let i = 0; i < words.length; i++) block[at++] = words[i] as number;
    this.#used = at;
  }

  /** Hands on what there is. */
  flush(): void {
    if (this.#block === null) return;
    this.#block[0] = this.#used;
    this.#emit(this.#block.buffer as SharedArrayBuffer);
    this.#block = null;
    this.#used = firstEntry;
  }
}

export class FrontierReader {
  readonly #block: Int32Array;
  #at: number;

  constructor(block: SharedArrayBuffer, at = firstEntry) {
    this.#block = new Int32Array(block);
    this.#at = at;
  }

  /** Where the next entry begins: a new reader can go on from there. */
  get position(): number {
    return this.#at;
  }

  get done(): boolean {
    return this.#at >= (this.#block[0] as number);
  }

  next(): Entry {
    assert(!this.done, 'there is an entry left');
    const block = this.#block;
    let at = this.#at;
    const length = block[at] as number;
    const high = block[at + 1] as number;
    const low = block[at + 2] as number;
    const depthAndWaiting = block[at + 3] as number;
    at += headerWords;
    const words: number[] = [];
    for (let i = 0; i < length; i++) words.push(block[at++] as number);
    this.#at = at;
    const waiting = depthAndWaiting & (2 ** mostEventually - 1);
    return { words, high, low, depth: depthAndWaiting >>> mostEventually, waiting };
  }
}
