import { assert, present } from '../base/assert.ts';
import type { Fingerprint } from './fingerprint.ts';

/**
 * The states that have been reached, each by its fingerprint and that of the state it was first reached from: 16 bytes an
 * entry. Several threads insert at once without locks, on shared memory.
 *
 * The table consists of segments of a fixed size, chosen by low bits of the fingerprint, each a table of open addressing of
 * its own. It grows by doubling their number: segment i keeps half of its entries and gives half to segment i + n, so that
 * growing never needs the memory of old and new table at once. With the load between 42 and 84 per cent, a state costs at
 * most 39 bytes, at any time, once there is more than the first segment.
 */
export class VisitedSet {
  #segments: readonly Int32Array[];
  #mask: number;

  private constructor(segments: readonly SharedArrayBuffer[]) {
    this.#segments = segments.map((segment) => new Int32Array(segment));
    this.#mask = segments.length - 1;
  }

  static empty(): VisitedSet {
    return new VisitedSet([new SharedArrayBuffer(segmentBytes)]);
  }

  /** The same set as another thread has it. */
  static of(segments: readonly SharedArrayBuffer[]): VisitedSet {
    return new VisitedSet(segments);
  }

  /** After another thread has made it grow. */
  take(segments: readonly SharedArrayBuffer[]): void {
    this.#segments = segments.map((segment) => new Int32Array(segment));
    this.#mask = segments.length - 1;
  }

  get segments(): SharedArrayBuffer[] {
    return this.#segments.map((segment) => segment.buffer as SharedArrayBuffer);
  }

  get bytes(): number {
    return this.#segments.length * segmentBytes;
  }

  get size(): number {
    return this.#segments.reduce((sum, segment) => sum + countOf(segment), 0);
  }

  /** Whether it has to grow before much more is inserted. There is room left for what is under way. */
  get isFull(): boolean {
    return this.#segments.some((segment) => countOf(segment) >= fullCount);
  }

  /** True where the state is new. A parent of 0, 0 says that there is none. */
  insert(fingerprint: Fingerprint, parentHigh: number, parentLow: number): boolean {
    const high = nonZero(fingerprint[0] as number);
    const low = nonZero(fingerprint[1] as number);
    const segment = this.#segments[high & this.#mask] as Int32Array;
    let at = slotOf(low);
    for (let probes = 0; probes < slots; probes++) {
      let found = segment[at] as number;
      if (found === 0) {
        // Who sets the high half owns the entry; the low half, set last, tells others that it is complete.
        found = Atomics.compareExchange(segment, at, 0, high);
        if (found === 0) {
          segment[at + 2] = parentHigh;
          segment[at + 3] = parentLow;
          Atomics.store(segment, at + 1, low);
          Atomics.add(segment, countAt, 1);
          return true;
        }
      }
      if (found === high && lowHalf(segment, at) === low) return false;
      at = at === lastSlot ? 0 : at + 4;
    }
    assert(false, 'whoever inserts sees in time that the visited set is full');
  }

  /** Writes where the state was first reached from into `parent`; 0, 0 for an initial state. False where it is not there. */
  parentOf(fingerprint: Fingerprint, parent: Fingerprint): boolean {
    const high = nonZero(fingerprint[0] as number);
    const low = nonZero(fingerprint[1] as number);
    const segment = this.#segments[high & this.#mask] as Int32Array;
    for (let at = slotOf(low), probes = 0; probes < slots && segment[at] !== 0; probes++) {
      if (segment[at] === high && segment[at + 1] === low) {
        parent[0] = segment[at + 2] as number;
        parent[1] = segment[at + 3] as number;
        return true;
      }
      at = at === lastSlot ? 0 : at + 4;
    }
    return false;
  }

  /** Doubles the room. Nobody else may use the set meanwhile, and others must take its segments anew. */
  grow(): void {
    const count = this.#segments.length;
    const added = this.#segments.map(() => new Int32Array(new SharedArrayBuffer(segmentBytes)));
    for (let i = 0; i < count; i++) splitSegment(present(this.#segments[i], 'old'), present(added[i], 'new'), count);
    this.#segments = [...this.#segments, ...added];
    this.#mask = 2 * count - 1;
  }
}

const slots = 2 ** 16;
const fullCount = Math.floor(slots * 0.84);
const lastSlot = 4 * (slots - 1);
/** Behind the slots: how many are taken. */
const countAt = 4 * slots;
const segmentBytes = 4 * (countAt + 4);

function splitSegment(segment: Int32Array, added: Int32Array, bit: number): void {
  const old = segment.slice(0, countAt);
  segment.fill(0);
  for (let from = 0; from < countAt; from += 4) {
    const high = old[from] as number;
    if (high === 0) continue;
    const target = (high & bit) === 0 ? segment : added;
    let at = slotOf(old[from + 1] as number);
    while (target[at] !== 0) at = at === lastSlot ? 0 : at + 4;
    target.set(old.subarray(from, from + 4), at);
    target[countAt] = (target[countAt] as number) + 1;
  }
}

/** Waits for the thread that is just writing it. */
function lowHalf(segment: Int32Array, at: number): number {
  let low = segment[at + 1] as number;
  while (low === 0) low = Atomics.load(segment, at + 1);
  return low;
}

function slotOf(low: number): number {
  return 4 * (low & (slots - 1));
}

function countOf(segment: Int32Array): number {
  return Atomics.load(segment, countAt);
}

/** 0 stands for an empty slot. */
function nonZero(half: number): number {
  return half === 0 ? 1 : half;
}
