import { assert } from '../../base/assert.ts';
import { ChaosError } from '../../base/errors.ts';
import { newFingerprint } from '../fingerprint.ts';
import { equalPlain, hashPlain } from '../plain-hash.ts';
import { plainBytes, plainOfBytes } from '../plain-values.ts';

/**
 * The parts that states consist of: local states, messages on their way, histories. Each is kept once, numbered from 1 on,
 * and a state is a list of numbers (collapse compression, as Holzmann's SPIN has it). The numbers are the same for all
 * threads: the store lies in shared memory. Parts are found without a lock, and added under one, which is rare: there are
 * thousands of times fewer parts than states.
 *
 * Memory is reserved for the most parts there may be; the operating system gives it only as it is used.
 */
export class ComponentStore {
  readonly memory: ComponentMemory;
  readonly #control: Int32Array;
  readonly #index: Int32Array;
  readonly #records: Int32Array;
  readonly #bytes: Uint8Array;
  readonly #hash = newFingerprint();
  #values: unknown[] = [];
  #kept = 0;

  constructor(memory: ComponentMemory) {
    this.memory = memory;
    this.#control = new Int32Array(memory.control);
    this.#index = new Int32Array(memory.index);
    this.#records = new Int32Array(memory.records);
    this.#bytes = new Uint8Array(memory.bytes);
  }

  static empty(): ComponentStore {
    return new ComponentStore({
      control: new SharedArrayBuffer(4 * 3),
      index: new SharedArrayBuffer(4 * indexSlots),
      records: new SharedArrayBuffer(4 * recordWords * (mostParts + 1)),
      bytes: new SharedArrayBuffer(mostBytes),
    });
  }

  get size(): number {
    return Atomics.load(this.#control, control.count);
  }

  /** The number of this part; a new one where it has not been met before. */
  idOf(value: unknown): number {
    hashPlain(value, this.#hash);
    const high = this.#hash[0] as number;
    const low = this.#hash[1] as number;
    const known = this.#find(value, high, low);
    if (known !== 0) return known;
    const bytes = plainBytes(value);
    this.#lock();
    try {
      // Another thread may have added it meanwhile.
      const id = this.#find(value, high, low) || this.#add(bytes, high, low);
      this.#keep(id, value);
      return id;
    } finally {
      this.#unlock();
    }
  }

  /** The part with this number; not to be changed. */
  value(id: number): unknown {
    const known = this.#values[id];
    if (known !== undefined) return known;
    const at = recordWords * id;
    const offset = this.#records[at + record.offset] as number;
    const length = this.#records[at + record.length] as number;
    // Copied out of the shared memory: text decoders take no other.
    const value = plainOfBytes(this.#bytes.slice(offset, offset + length));
    this.#keep(id, value);
    return value;
  }

  /** The two halves of the hash of a part's content: the same in every run. */
  high(id: number): number {
    return this.#records[recordWords * id + record.high] as number;
  }

  low(id: number): number {
    return this.#records[recordWords * id + record.low] as number;
  }

  #find(value: unknown, high: number, low: number): number {
    for (let slot = low & (indexSlots - 1); ; slot = (slot + 1) & (indexSlots - 1)) {
      const id = Atomics.load(this.#index, slot);
      if (id === 0) return 0;
      if (this.high(id) === high && this.low(id) === low && equalPlain(value, this.value(id))) return id;
    }
  }

  #add(bytes: Uint8Array, high: number, low: number): number {
    const id = this.size + 1;
    const offset = this.#control[control.used] as number;
    if (id > mostParts || offset + bytes.length > mostBytes) throw tooManyParts();
    this.#bytes.set(bytes, offset);
    this.#control[control.used] = offset + bytes.length;
    this.#records.set([offset, bytes.length, high, low], recordWords * id);
    let slot = low & (indexSlots - 1);
    while (this.#index[slot] !== 0) slot = (slot + 1) & (indexSlots - 1);
    // Last, for those who look without the lock.
    Atomics.store(this.#control, control.count, id);
    Atomics.store(this.#index, slot, id);
    return id;
  }

  #keep(id: number, value: unknown): void {
    if (++this.#kept > mostKept) {
      this.#values = [];
      this.#kept = 1;
    }
    this.#values[id] = value;
  }

  #lock(): void {
    while (Atomics.compareExchange(this.#control, control.lock, 0, 1) !== 0) {
      Atomics.wait(this.#control, control.lock, 1, 1);
    }
  }

  #unlock(): void {
    assert(Atomics.exchange(this.#control, control.lock, 0) === 1, 'who unlocks has locked');
    Atomics.notify(this.#control, control.lock, 1);
  }
}

export interface ComponentMemory {
  readonly control: SharedArrayBuffer;
  readonly index: SharedArrayBuffer;
  readonly records: SharedArrayBuffer;
  readonly bytes: SharedArrayBuffer;
}

const mostParts = 2 ** 22;
const indexSlots = 2 ** 23;
const mostBytes = 2 ** 30;
/** Parts kept as values at most, by each thread: then all are forgotten, to be decoded when they are met again. */
const mostKept = 300_000;

const control = { lock: 0, count: 1, used: 2 } as const;
const record = { offset: 0, length: 1, high: 2, low: 3 } as const;
const recordWords = 4;

function tooManyParts(): ChaosError {
  return new ChaosError('model-too-large', `the model has more than ${mostParts} local states and messages`, {
    remedy: 'Choose a smaller scope: fewer terms, broadcasts, crashes, or less depth.',
  });
}
