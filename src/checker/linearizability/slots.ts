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

/** Visits the slots of a set, which the visitor may remove from it. */
export function eachSlot(set: Int32Array, visit: (slot: number) => void): void {
  for (let word = 0; word < set.length; word++) {
    for (let bits = set[word] as number; bits !== 0; bits &= bits - 1) {
      visit(word * 32 + (31 - Math.clz32(bits & -bits)));
    }
  }
}
