import { IntList } from '../int-list.ts';
import { toValue, type Value } from './values.ts';

/** No version, no micro-operation, no transaction. */
export const none = -1;

/**
 * What was written to each key, or found there: the elements of lists, the values of registers. Keys and versions are
 * numbered from 0 in the order in which they were met; as a value is to be written to a key but once, it names its version.
 */
export class Versions {
  readonly #keyIds = new Map<Value, number>();
  readonly #versionIds: Ids[] = [];
  readonly keyValues: Value[] = [];
  /** By version. */
  readonly values: Value[] = [];
  readonly keys = new IntList();
  /** The micro-operation that wrote it and is not known to have failed, or none. */
  readonly writers = new IntList();
  /** The micro-operation of a transaction that failed, or none. */
  readonly failedWriters = new IntList();
  /** Versions that more than one transaction may have written, with the second that did: nobody can say whose was read. */
  readonly rivals = new Map<number, number>();
  /** Keys that have such a version, with the first of them. */
  readonly ambiguous = new Map<number, number>();

  keyOf(raw: unknown): number {
    const value = toValue(raw);
    let key = this.#keyIds.get(value);
    if (key === undefined) {
      key = this.keyValues.length;
      this.#keyIds.set(value, key);
      this.keyValues.push(value);
      this.#versionIds.push(new Ids());
    }
    return key;
  }

  get keyCount(): number {
    return this.keyValues.length;
  }

  get count(): number {
    return this.values.length;
  }

  /** The version of this value, which is made where there is none. */
  idOf(key: number, value: Value): number {
    const ids = this.#versionIds[key] as Ids;
    let id = ids.get(value);
    if (id === none) {
      id = this.values.length;
      ids.set(value, id);
      this.values.push(value);
      this.keys.push(key);
      this.writers.push(none);
      this.failedWriters.push(none);
    }
    return id;
  }

  /** The versions of a key. */
  of(key: number): number[] {
    return (this.#versionIds[key] as Ids).all;
  }

  /** Takes note of a write. A value that was tried again after it failed is the second attempt's. */
  written(version: number, microOperation: number, failed: boolean): void {
    if (failed) {
      this.failedWriters.set(version, microOperation);
    } else if (this.writers.at(version) === none) {
      this.writers.set(version, microOperation);
    } else if (!this.rivals.has(version)) {
      this.rivals.set(version, microOperation);
      const key = this.keys.at(version);
      if (!this.ambiguous.has(key)) this.ambiguous.set(key, version);
    }
  }

  /** Whether only a transaction that failed wrote it. */
  isAborted(version: number): boolean {
    return this.writers.at(version) === none && this.failedWriters.at(version) !== none;
  }

  /** Whether nobody wrote it. */
  isGarbage(version: number): boolean {
    return this.writers.at(version) === none && this.failedWriters.at(version) === none;
  }
}

/**
 * Numbers of the values of one key. Most workloads count: where values are small integers in a row, an array holds them in
 * a tenth of the memory of a map.
 */
class Ids {
  /** By value, or none. */
  readonly #counted: number[] = [];
  #others: Map<Value, number> | null = null;

  get(value: Value): number {
    const id = typeof value === 'number' ? (this.#counted[value] ?? none) : none;
    return id === none ? (this.#others?.get(value) ?? none) : id;
  }

  set(value: Value, id: number): void {
    if (typeof value === 'number' && this.#isNext(value)) {
      while (this.#counted.length <= value) this.#counted.push(none);
      this.#counted[value] = id;
    } else {
      this.#others ??= new Map();
      this.#others.set(value, id);
    }
  }

  get all(): number[] {
    return [...this.#counted.filter((id) => id !== none), ...(this.#others?.values() ?? [])];
  }

  /** Whether the array has a place for it, or few values away. */
  #isNext(value: number): boolean {
    return Number.isInteger(value) && value >= 0 && value < this.#counted.length + mostGap;
  }
}

const mostGap = 16;
