/** Sets of slots, 32 to a word. */
export function isIn(set: Int32Array, slot: number): boolean {
  return (((set[slot >> 5] as number) >>> (slot & 31)) & 1) === 1;
}

export function insert(set: Int32Array, slot: number): void {
  set[slot >> 5] = (set[slot >> 5] as number) | (1 << (slot & 31));
}

export function remove(set: Int32Array, slot: number): void {
  set[slot >> 5] = (set[slot >> 5] as number) & ~(1 << (slot & 31));
}

/** The lowest of the slots in a word that is not 0. */
export function lowest(word: number): number {
  return 31 - Math.clz32(word & -word);
}
