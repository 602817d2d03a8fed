import { isCommitted, nameOf, operationsOf, type Report } from './analysis.ts';
import { describeLostUpdate, LostUpdates, type Update } from './lost-updates.ts';
import type { Transactions } from './transactions.ts';
import { shown } from './values.ts';
import { none } from './versions.ts';

/** What is wrong with single reads and transactions: G1a, garbage-read, G1b, internal, future-read and lost-update. */
export function reportRegisterAnomalies(transactions: Transactions, intermediate: Uint8Array, report: Report): void {
  const scan = new Scan(transactions, intermediate, report);
  scan.reads();
  scan.transactions();
}

class Scan {
  readonly #transactions: Transactions;
  readonly #intermediate: Uint8Array;
  readonly #report: Report;

  constructor(transactions: Transactions, intermediate: Uint8Array, report: Report) {
    this.#transactions = transactions;
    this.#intermediate = intermediate;
    this.#report = report;
  }

  reads(): void {
    const { owners, writes, keys, operands, versions } = this.#transactions;
    for (let micro = 0; micro < owners.length; micro++) {
      const version = operands[micro] as number;
      if (writes[micro] === 1 || version === none || versions.ambiguous.has(keys[micro] as number)) continue;
      const reader = owners[micro] as number;
      const writer = versions.writers.at(version);
      if (versions.isGarbage(version)) {
        this.#tell('garbage-read', micro, [reader], () => 'which nobody wrote');
      } else if (versions.isAborted(version)) {
        const failed = owners[versions.failedWriters.at(version)] as number;
        this.#tell(
          'G1a',
          micro,
          [failed, reader],
          () => `which ${nameOf(this.#transactions, failed)} wrote, and failed`,
        );
      } else if (this.#intermediate[writer] === 1 && owners[writer] !== reader) {
        const other = owners[writer] as number;
        const why = (): string => `which ${nameOf(this.#transactions, other)} wrote and went on to overwrite`;
        this.#tell('G1b', micro, [other, reader], why);
      }
    }
  }

  transactions(): void {
    const { outcomes, begins, writes, keys, operands, versions } = this.#transactions;
    const slotOf = (read: number): number => {
      const [key, version] = [keys[read] as number, operands[read] as number];
      if (versions.ambiguous.has(key)) return none;
      return version === none ? versions.count + key : version;
    };
    const updates = new LostUpdates(this.#transactions, versions.count + versions.keyCount, slotOf);
    const latest = new Int32Array(versions.keyCount).fill(none);
    const previous = new Int32Array(writes.length).fill(none);
    for (let transaction = 0; transaction < outcomes.length; transaction++) {
      if (!isCommitted(this.#transactions, transaction)) continue;
      const [begin, end] = [begins[transaction] as number, begins[transaction + 1] as number];
      let isInternal = true;
      for (let micro = begin; micro < end; micro++) {
        const key = keys[micro] as number;
        const before = latest[key] as number;
        previous[micro] = before;
        latest[key] = micro;
        if (before === none) continue;
        if (writes[micro] === 1) {
          updates.take(micro, previous);
          this.#judgeWrite(micro, previous);
        } else if (isInternal && operands[micro] !== operands[before]) {
          isInternal = false;
          const expected = this.#found(before);
          this.#tell(
            'internal',
            micro,
            [transaction],
            () => `but by what it had read and written itself it should have found ${expected}`,
          );
        }
      }
      for (let micro = begin; micro < end; micro++) latest[keys[micro] as number] = none;
    }
    for (const found of updates.lost) this.#lostUpdate(found);
  }

  /** future-read: what was read before it was written. */
  #judgeWrite(micro: number, previous: Int32Array): void {
    const { owners, writes, operands } = this.#transactions;
    for (let before = previous[micro] as number; before !== none; before = previous[before] as number) {
      if (writes[before] === 1 || operands[before] !== operands[micro]) continue;
      this.#tell('future-read', before, [owners[micro] as number], () => 'which it wrote itself only later');
      return;
    }
  }

  #lostUpdate(updates: readonly Update[]): void {
    this.#report('lost-update', () => {
      const [first] = updates as readonly [Update];
      return describeLostUpdate(this.#transactions, updates, this.#found(first.read), 'wrote it');
    });
  }

  #tell(kind: string, micro: number, concerned: readonly number[], why: () => string): void {
    const { owners, keys, versions } = this.#transactions;
    this.#report(kind, () => {
      const key = shown(versions.keyValues[keys[micro] as number] ?? '');
      const reader = nameOf(this.#transactions, owners[micro] as number);
      return {
        sentence: `${reader} read ${key} = ${this.#found(micro)}, ${why()}.`,
        operations: operationsOf(this.#transactions, concerned),
        details: { key, value: this.#found(micro) },
      };
    });
  }

  #found(micro: number): string {
    const { operands, versions } = this.#transactions;
    const version = operands[micro] as number;
    return version === none ? 'nothing' : shown(versions.values[version] ?? '');
  }
}
