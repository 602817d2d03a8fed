/** What happened to a call: it took effect, as it must or although it need not; it became free not to; it never will. */
export const used = 0;
export const usedThoughFree = 1;
export const freed = 2;
export const dropped = 3;
/** In place of all that: a completion was passed. */
export const passed = -1;

/** All that a search has done on the way to where it stands, so that it can be taken back. */
export class Trail {
  /** A call and what happened to it, in one number. */
  #entries: Int32Array = new Int32Array(256);
  #length = 0;

  get length(): number {
    return this.#length;
  }

  get bytes(): number {
    return this.#entries.length * 4;
  }

  record(call: number, kind: number): void {
    this.#push((call << 2) | kind);
  }

  recordPassed(): void {
    this.#push(passed);
  }

  /** The last entry, which goes: `passed`, or what `callOf` and `kindOf` take. */
  pop(): number {
    return this.#entries[--this.#length] as number;
  }

  /** The calls in the order in which they took effect, those that were overwritten at once just before what did so. */
  order(calls: number): Int32Array {
    const taken = new Uint8Array(calls);
    for (let place = 0; place < this.#length; place++) {
      const entry = this.#entries[place] as number;
      if (isUse(entry)) taken[callOf(entry)] = 1;
    }
    const order = new Int32Array(calls);
    let length = 0;
    for (let place = 0; place < this.#length; place++) {
      const entry = this.#entries[place] as number;
      if (!isUse(entry)) continue;
      // What a call freed stands right behind it.
      for (let next = place + 1; next < this.#length; next++) {
        const other = this.#entries[next] as number;
        if (other === passed || kindOf(other) !== freed) break;
        if (taken[callOf(other)] === 0) order[length++] = callOf(other);
      }
      order[length++] = callOf(entry);
    }
    return order.subarray(0, length);
  }

  #push(entry: number): void {
    if (this.#length === this.#entries.length) {
      const longer = new Int32Array(this.#entries.length * 2);
      longer.set(this.#entries);
      this.#entries = longer;
    }
    this.#entries[this.#length++] = entry;
  }
}

export function callOf(entry: number): number {
  return entry >> 2;
}

export function kindOf(entry: number): number {
  return entry & 3;
}

function isUse(entry: number): boolean {
  return entry !== passed && kindOf(entry) <= usedThoughFree;
}
