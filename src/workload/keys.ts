import type { Random } from '../base/random.ts';

export interface Key {
  readonly name: string;
  /** How often it was drawn, from 1 on. */
  drawn: number;
  /** The value that was written last, from 1 on: every value is written once, so that a read tells which write it saw. */
  lastValue: number;
}

/** A few keys at a time, named k1, k2 and so on, each of which is given up for a fresh one once it is spent. */
export class Keys {
  readonly #random: Random;
  readonly #isSpent: (key: Key) => boolean;
  readonly #inUse: Key[];
  #made = 0;

  constructor(random: Random, atATime: number, isSpent: (key: Key) => boolean) {
    this.#random = random;
    this.#isSpent = isSpent;
    this.#inUse = Array.from({ length: atATime }, () => this.#fresh());
  }

  get namesInUse(): string[] {
    return this.#inUse.map(({ name }) => name);
  }

  /** Of all that there have been, in their order. */
  get names(): string[] {
    return Array.from({ length: this.#made }, (_, place) => `k${place + 1}`);
  }

  draw(): Key {
    const place = this.#random.integer(0, this.#inUse.length - 1);
    const key = this.#inUse[place];
    if (key === undefined || this.#isSpent(key)) {
      const fresh = this.#fresh();
      this.#inUse[place] = fresh;
      return fresh;
    }
    key.drawn++;
    return key;
  }

  #fresh(): Key {
    return { name: `k${++this.#made}`, drawn: 1, lastValue: 0 };
  }
}
