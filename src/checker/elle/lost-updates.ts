import type { Anomaly } from '../verdict.ts';
import { enumeration } from '../words.ts';
import { nameOf, operationsOf } from './analysis.ts';
import type { Transactions } from './transactions.ts';
import { shown } from './values.ts';
import { none } from './versions.ts';

/** The micro-operations by which a transaction read a key, and then wrote it. */
export interface Update {
  readonly read: number;
  readonly write: number;
}

/**
 * Finds transactions that each read a key in one and the same version, and then wrote it. The order of their writes does
 * not matter, nor whether anyone read them, so that this shows more than the cycles do.
 */
export class LostUpdates {
  readonly #transactions: Transactions;
  readonly #slotOf: (read: number) => number;
  /** By version that can be read: the first such transaction's read and write, or none. */
  readonly #reads: Int32Array;
  readonly #writes: Int32Array;
  readonly #found = new Map<number, Update[]>();

  /** `slotOf`: the number of the version that a read found, below `slots`; none where it is not known. */
  constructor(transactions: Transactions, slots: number, slotOf: (read: number) => number) {
    this.#transactions = transactions;
    this.#slotOf = slotOf;
    this.#reads = new Int32Array(slots).fill(none);
    this.#writes = new Int32Array(slots).fill(none);
  }

  /** Takes a write of a committed transaction; `previous`: by micro-operation, the one before it on the same key. */
  take(write: number, previous: Int32Array): void {
    const { writes } = this.#transactions;
    let read = none;
    for (let before = previous[write] as number; before !== none; before = previous[before] as number) {
      // Only the first write counts, and only what was read before it.
      if (writes[before] === 1) return;
      read = before;
    }
    const slot = read === none ? none : this.#slotOf(read);
    if (slot === none) return;
    if (this.#reads[slot] === none) {
      this.#reads[slot] = read;
      this.#writes[slot] = write;
      return;
    }
    const found = this.#found.get(slot);
    const first = { read: this.#reads[slot] as number, write: this.#writes[slot] as number };
    if (found === undefined) this.#found.set(slot, [first, { read, write }]);
    else found.push({ read, write });
  }

  get lost(): Iterable<readonly Update[]> {
    return this.#found.values();
  }
}

/** More are counted. */
const mostNamed = 3;

/** `found`: what they all read. */
export function describeLostUpdate(
  transactions: Transactions,
  updates: readonly Update[],
  found: string,
  wrote: string,
): Omit<Anomaly, 'kind'> {
  const { owners, keys, operands, versions } = transactions;
  const named = updates.slice(0, mostNamed);
  const names = named.map(({ write }) => nameOf(transactions, owners[write] as number));
  const more = updates.length > mostNamed ? [`${updates.length - mostNamed} more`] : [];
  const values = named.map(({ write }) => shown(versions.values[operands[write] as number] ?? ''));
  const key = shown(versions.keyValues[keys[updates[0]?.write ?? 0] as number] ?? '');
  return {
    sentence: `${enumeration([...names, ...more])} ${updates.length === 2 ? 'both' : 'all'} read ${key} = ${found} and then ${wrote} (${values.join(', ')}), so that no more than one of them can have known what it updated.`,
    operations: operationsOf(
      transactions,
      updates.map(({ write }) => owners[write] as number),
    ),
    details: { key },
  };
}
