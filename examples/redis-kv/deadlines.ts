interface Deadline {
  readonly atMs: number;
  readonly key: string;
}

/** Keys by when they expire: a binary heap, the earliest first. A key that got another deadline since is in it with both. */
export class Deadlines {
  #heap: Deadline[] = [];

  get size(): number {
    return this.#heap.length;
  }

  add(key: string, atMs: number): void {
    let at = this.#heap.length;
    for (let parent = (at - 1) >> 1; at > 0 && this.#at(parent) > atMs; parent = (at - 1) >> 1) {
      this.#heap[at] = this.#heap[parent] as Deadline;
      at = parent;
    }
    this.#heap[at] = { key, atMs };
  }

  isDue(nowMs: number): boolean {
    return this.#at(0) <= nowMs;
  }

  /** Takes out the earliest, if it is not later than `nowMs`. */
  takeDue(nowMs: number): Deadline | null {
    const [first] = this.#heap;
    if (first === undefined || first.atMs > nowMs) return null;
    const last = this.#heap.pop() as Deadline;
    if (this.#heap.length > 0) this.#sink(last);
    return first;
  }

  clear(): void {
    this.#heap = [];
  }

  /** Puts a deadline in the place of the first, and down to where it belongs. */
  #sink(deadline: Deadline): void {
    let at = 0;
    for (;;) {
      const left = 2 * at + 1;
      const child = this.#at(left + 1) < this.#at(left) ? left + 1 : left;
      if (this.#at(child) >= deadline.atMs) break;
      this.#heap[at] = this.#heap[child] as Deadline;
      at = child;
    }
    this.#heap[at] = deadline;
  }

  #at(place: number): number {
    return this.#heap[place]?.atMs ?? Number.POSITIVE_INFINITY;
  }
}
