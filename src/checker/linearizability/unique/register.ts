import type { RegisterAction } from '../actions.ts';
import type { Call, Decision, Problem } from '../model.ts';

import { isPlain, itemsOf } from './common.ts';

/**
 * Reads and writes where every value that was read has been written once: a value's write and its reads must come together,
 * as a block. From the first completion of the block to the last invocation, if that is later, the register must hold the
 * value (a forward zone); otherwise all of the block may happen at one moment in between (a backward zone). There is an
 * order if no two forward zones overlap, and no backward zone lies within a forward one (Gibbons and Korach 1997). Writes
 * that nobody read are backward zones, or did not happen where they never completed.
 */
export function decideRegister(problem: Problem<string, RegisterAction>): Decision<RegisterAction> | null {
  if (!problem.calls.every(({ action }) => action.f === 'read' || action.f === 'write')) return null;
  if (!isPlain(problem.calls)) return null;
  const blocks = Blocks.of(problem);
  if (blocks === null) return null;
  const impossible = blocks.impossible();
  if (impossible !== null) return { kind: 'contradiction', items: itemsOf(problem, impossible) };
  const clash = blocks.placed();
  if (clash !== null) return { kind: 'contradiction', items: itemsOf(problem, clash) };
  return { kind: 'linearizable', order: blocks.order() };
}

/** For each value its write and reads; block 0 is the initial value's, whose write came before all. */
class Blocks {
  readonly #calls: Problem<string, RegisterAction>['calls'];
  readonly #count: number;
  /** By call; -1 where it did not happen. */
  readonly #block: Int32Array;
  /** By block: numbers of calls, -1 for none. */
  readonly #write: Int32Array;
  readonly #firstToEnd: Int32Array;
  readonly #lastToBegin: Int32Array;
  /** By block: the first completion, and the last invocation. */
  readonly #end: Float64Array;
  readonly #begin: Float64Array;
  #sorted: Float64Array = new Float64Array();

  private constructor(calls: Problem<string, RegisterAction>['calls'], block: Int32Array, write: Int32Array) {
    this.#calls = calls;
    this.#count = write.length;
    this.#block = block;
    this.#write = write;
    this.#firstToEnd = new Int32Array(write.length).fill(-1);
    this.#lastToBegin = new Int32Array(write.length).fill(-1);
    this.#end = new Float64Array(write.length).fill(Number.POSITIVE_INFINITY);
    this.#begin = new Float64Array(write.length).fill(-2);
    this.#end[0] = -1;
    for (let call = 0; call < calls.length; call++) this.#extend(block[call] as number, call);
  }

  /** Null where a value that was read was written twice. */
  static of({ calls, initial }: Problem<string, RegisterAction>): Blocks | null {
    const byValue = new Map<string, number>([[initial, 0]]);
    let initialRead = false;
    for (const { action } of calls) {
      if (action.f === 'cas' || action.f === 'differs') return null;
      if (action.f !== 'read') continue;
      if (action.value === initial) initialRead = true;
      else if (!byValue.has(action.value)) byValue.set(action.value, byValue.size);
    }
    const observed = byValue.size;
    const block = new Int32Array(calls.length);
    const writes: number[] = new Array(observed).fill(-1);
    for (const [call, { action, required }] of calls.entries()) {
      if (action.f === 'cas' || action.f === 'differs') return null;
      const number = byValue.get(action.value);
      if (action.f === 'read') {
        block[call] = number as number;
      } else if (number === undefined || (number === 0 && !initialRead)) {
        block[call] = required ? writes.push(call) - 1 : -1;
      } else if (number === 0 || writes[number] !== -1) return null;
      else {
        block[call] = number;
        writes[number] = call;
      }
    }
    return writes.length > keySpan ? null : new Blocks(calls, block, Int32Array.from(writes));
  }

  /** A read of what was never written, or was not yet. */
  impossible(): number[] | null {
    let found: number[] | null = null;
    let earliest = Number.POSITIVE_INFINITY;
    for (let block = 1; block < this.#count; block++) {
      const write = this.#write[block] as number;
      const first = this.#firstToEnd[block] as number;
      const end = this.#end[block] as number;
      if (end > earliest || (write >= 0 && end > (this.#calls[write]?.invoked ?? 0))) continue;
      found = write < 0 ? [first] : [first, write];
      earliest = end;
    }
    return found;
  }

  /** Sorts the blocks by when they happen; calls that contradict each other where that cannot be. */
  placed(): number[] | null {
    const forward: number[] = [];
    for (let block = 0; block < this.#count; block++) if (this.#isForward(block)) forward.push(block);
    const starts = sortedBy(forward, (block) => this.#end[block] as number);
    for (let place = 1; place < starts.length; place++) {
      const [former, next] = [blockOf(starts[place - 1]), blockOf(starts[place])];
      if ((this.#begin[former] as number) > (this.#end[next] as number)) return this.#edges(former, next);
    }
    const zones = Int32Array.from(starts, blockOf);
    const all = new Float64Array(this.#count);
    for (let block = 0; block < this.#count; block++) {
      const [begin, end] = [this.#begin[block] as number, this.#end[block] as number];
      let at = 2 * end;
      if (!this.#isForward(block)) {
        const around = this.#lastZoneBefore(zones, begin);
        const zoneEnd = around < 0 ? -1 : (this.#begin[around] as number);
        if (zoneEnd > end) return this.#edges(around, block);
        // Just after the zone that it begins in.
        at = zoneEnd > begin ? 2 * zoneEnd + 1 : 2 * begin;
      }
      all[block] = keyOf(Math.max(at, 0), block);
    }
    this.#sorted = all.sort();
    return null;
  }

  /** Block by block, the write first, then the reads in the order of their invocations. */
  order(): Int32Array {
    const starts = new Int32Array(this.#count + 1);
    for (const block of this.#block) if (block >= 0) starts[block + 1] = (starts[block + 1] as number) + 1;
    for (let block = 0; block < this.#count; block++) {
      starts[block + 1] = (starts[block + 1] as number) + (starts[block] as number);
    }
    const members = new Int32Array(starts[this.#count] as number);
    const next = starts.slice();
    for (let block = 0; block < this.#count; block++) this.#put(members, next, block, this.#write[block] as number);
    this.#block.forEach((block, call) => {
      if (block >= 0 && this.#write[block] !== call) this.#put(members, next, block, call);
    });
    const order = new Int32Array(members.length);
    let length = 0;
    for (const key of this.#sorted) {
      const block = blockOf(key);
      for (let at = starts[block] as number; at < (starts[block + 1] as number); at++)
        order[length++] = members[at] as number;
    }
    return order;
  }

  #put(members: Int32Array, next: Int32Array, block: number, call: number): void {
    if (call < 0) return;
    const place = next[block] as number;
    members[place] = call;
    next[block] = place + 1;
  }

  #extend(block: number, call: number): void {
    if (block < 0) return;
    const { invoked, completed } = this.#calls[call] as Call<RegisterAction>;
    if (completed < (this.#end[block] as number)) {
      this.#end[block] = completed;
      this.#firstToEnd[block] = call;
    }
    if (invoked > (this.#begin[block] as number)) {
      this.#begin[block] = invoked;
      this.#lastToBegin[block] = call;
    }
  }

  #isForward(block: number): boolean {
    return (this.#end[block] as number) < (this.#begin[block] as number);
  }

  #lastZoneBefore(zones: Int32Array, time: number): number {
    let [from, to] = [0, zones.length];
    while (from < to) {
      const middle = (from + to) >> 1;
      if ((this.#end[zones[middle] as number] as number) < time) from = middle + 1;
      else to = middle;
    }
    return from === 0 ? -1 : (zones[from - 1] as number);
  }

  /** What makes the zones of two blocks what they are. */
  #edges(...blocks: readonly number[]): number[] {
    const calls = blocks.flatMap((block) => [
      this.#write[block] as number,
      this.#firstToEnd[block] as number,
      this.#lastToBegin[block] as number,
    ]);
    return calls.filter((call) => call >= 0);
  }
}

/** More than any history has calls; times of events below 2^29 or so keep a key exact. */
const keySpan = 0x1_000_000;

function keyOf(time: number, block: number): number {
  return time * keySpan + block;
}
function blockOf(key: number | undefined): number {
  return (key as number) % keySpan;
}

function sortedBy(blocks: readonly number[], timeOf: (block: number) => number): Float64Array {
  return Float64Array.from(blocks, (block) => keyOf(Math.max(timeOf(block), 0), block)).sort();
}
