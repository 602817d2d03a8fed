import { isCommitted, nameOf, operationsOf, type Report, writerOf } from './analysis.ts';
import { isAmbiguous, isOnTrunk, type ListOrder } from './list-order.ts';
import { describeLostUpdate, LostUpdates, type Update } from './lost-updates.ts';
import { intermediateWrites, type Transactions } from './transactions.ts';
import { shown, shownList, type Value } from './values.ts';
import { none } from './versions.ts';

/** What is wrong with single transactions, single reads, and single keys; each in one pass. */
export function reportListAnomalies(order: ListOrder, report: Report): void {
  const scan = new Scan(order, report);
  scan.reads();
  scan.transactions();
  scan.orders();
}

class Scan {
  readonly #order: ListOrder;
  readonly #transactions: Transactions;
  readonly #report: Report;
  /** By chain: the first place of an element that only a failed transaction appended, or nobody; or none. */
  readonly #abortedAt: Int32Array;
  readonly #garbageAt: Int32Array;
  /** By micro-operation: whether it is an append after which its transaction appends to the key again. */
  readonly #intermediate: Uint8Array;
  /** By key: the micro-operation on it that the transaction had before the current one. */
  readonly #latest: Int32Array;

  constructor(order: ListOrder, report: Report) {
    this.#order = order;
    this.#transactions = order.transactions;
    this.#report = report;
    const { versions } = order.transactions;
    this.#abortedAt = firstPlaces(order, (version) => versions.isAborted(version));
    this.#garbageAt = firstPlaces(order, (version) => versions.isGarbage(version));
    this.#intermediate = intermediateWrites(order.transactions);
    this.#latest = new Int32Array(versions.keyCount).fill(none);
  }

  /** duplicate-elements, G1a, garbage-read, G1b and incompatible-order. */
  reads(): void {
    const { lists, shared } = this.#order;
    const { owners, writes, keys, operands, versions } = this.#transactions;
    const contradicted = new Set<number>();
    for (let micro = 0; micro < owners.length; micro++) {
      const read = operands[micro] as number;
      if (writes[micro] === 1 || lists.length(read) === 0) continue;
      const key = keys[micro] as number;
      if (isAmbiguous(versions, key)) continue;
      const length = lists.length(read);
      const chain = lists.chain(read);
      if (lists.duplicateAt(read) !== none) this.#duplicate(micro, lists.duplicateAt(read));
      const aborted = this.#abortedAt[chain] as number;
      if (aborted !== none && aborted < length) this.#aborted(micro, aborted);
      const garbage = this.#garbageAt[chain] as number;
      if (garbage !== none && garbage < length) this.#garbage(micro, garbage);
      const last = versions.writers.at(lists.last(read));
      if (last !== none && this.#intermediate[last] === 1 && owners[last] !== owners[micro]) {
        this.#intermediateRead(micro, last);
      }
      if (!isOnTrunk(lists, shared, read) && !contradicted.has(key)) {
        contradicted.add(key);
        this.#incompatible(micro);
      }
    }
  }

  /** internal and future-read, once for each transaction; and lost-update. */
  transactions(): void {
    const { outcomes, begins, writes, keys } = this.#transactions;
    const updates = new LostUpdates(this.#transactions, this.#order.successors.length, (micro) => this.#slotOf(micro));
    const previous = new Int32Array(writes.length).fill(none);
    for (let transaction = 0; transaction < outcomes.length; transaction++) {
      if (!isCommitted(this.#transactions, transaction)) continue;
      const begin = begins[transaction] as number;
      const end = begins[transaction + 1] as number;
      let isInternal = true;
      let isTimely = true;
      for (let micro = begin; micro < end; micro++) {
        const key = keys[micro] as number;
        const before = this.#latest[key] as number;
        previous[micro] = before;
        this.#latest[key] = micro;
        if (before === none) continue;
        if (writes[micro] === 0) isInternal = isInternal && this.#isExpected(micro, previous);
        else if (isTimely) isTimely = this.#isNew(micro, previous);
        if (writes[micro] === 1) updates.take(micro, previous);
      }
      for (let micro = begin; micro < end; micro++) this.#latest[keys[micro] as number] = none;
    }
    for (const appends of updates.lost) this.#lostUpdate(appends);
  }

  /** dirty-update: what a failed transaction appended, and a committed one appended upon. */
  orders(): void {
    const { lists, trunks } = this.#order;
    const { versions } = this.#transactions;
    trunks.forEach((trunk, key) => {
      if (trunk === none || (this.#abortedAt[trunk] as number) === none || isAmbiguous(versions, key)) return;
      const elements = lists.versionsOf(trunk);
      let aborted: number = none;
      for (let at = 0; at < elements.length; at++) {
        const version = elements[at] as number;
        const writer = writerOf(this.#transactions, version);
        if (versions.isAborted(version)) {
          if (aborted === none) aborted = version;
        } else if (writer !== none && isCommitted(this.#transactions, writer)) {
          if (aborted !== none) this.#dirtyUpdate(aborted, version);
          aborted = none;
        }
      }
    });
  }

  #duplicate(micro: number, at: number): void {
    const { lists } = this.#order;
    const { owners, operands } = this.#transactions;
    this.#report('duplicate-elements', () => {
      const elements = lists.elements(operands[micro] as number);
      const element = shown(elements[at] ?? '');
      return {
        sentence: `${this.#reading(micro)}, where ${element} stands twice, though it was appended once.`,
        operations: operationsOf(this.#transactions, [owners[micro] as number]),
        details: { key: this.#key(micro), element },
      };
    });
  }

  #aborted(micro: number, at: number): void {
    const { lists } = this.#order;
    const { owners, operands, versions } = this.#transactions;
    this.#report('G1a', () => {
      const version = lists.versionsOf(lists.chain(operands[micro] as number))[at] as number;
      const writer = owners[versions.failedWriters.at(version)] as number;
      const element = shown(versions.values[version] ?? '');
      return {
        sentence: `${this.#reading(micro)}, with ${element} of ${nameOf(this.#transactions, writer)}, which failed.`,
        operations: operationsOf(this.#transactions, [writer, owners[micro] as number]),
        details: { key: this.#key(micro), element },
      };
    });
  }

  #garbage(micro: number, at: number): void {
    const { lists } = this.#order;
    const { owners, operands } = this.#transactions;
    this.#report('garbage-read', () => {
      const element = shown(lists.elements(operands[micro] as number)[at] ?? '');
      return {
        sentence: `${this.#reading(micro)}, but nobody appended ${element} to ${this.#key(micro)}.`,
        operations: operationsOf(this.#transactions, [owners[micro] as number]),
        details: { key: this.#key(micro), element },
      };
    });
  }

  #intermediateRead(micro: number, write: number): void {
    const { owners, operands, versions, keys, writes } = this.#transactions;
    this.#report('G1b', () => {
      const writer = owners[write] as number;
      let next = write + 1;
      while (writes[next] !== 1 || keys[next] !== keys[write]) next++;
      const [element, later] = [write, next].map((each) => shown(versions.values[operands[each] as number] ?? ''));
      return {
        sentence: `${this.#reading(micro)}, which ends with ${element} of ${nameOf(this.#transactions, writer)}, though that went on to append ${later}.`,
        operations: operationsOf(this.#transactions, [writer, owners[micro] as number]),
        details: { key: this.#key(micro), element },
      };
    });
  }

  #incompatible(micro: number): void {
    const { lists, shared, trunks } = this.#order;
    const { owners, keys, operands, writes } = this.#transactions;
    this.#report('incompatible-order', () => {
      const trunk = trunks[keys[micro] as number];
      const common = shared[lists.chain(operands[micro] as number)] as number;
      const other = owners.findIndex((_, at) => {
        const read = operands[at] as number;
        return (
          writes[at] === 0 && keys[at] === keys[micro] && lists.chain(read) === trunk && lists.length(read) > common
        );
      });
      const [here, there] = [micro, other].map((each) => {
        return shown(lists.elements(operands[each] as number)[common] ?? '');
      });
      return {
        sentence: `${this.#reading(micro)}, but ${this.#reading(other)}: neither is a beginning of the other, as the first has ${here} in place ${common + 1}, and the second ${there}.`,
        operations: operationsOf(this.#transactions, [owners[micro] as number, owners[other] as number]),
        details: { key: this.#key(micro) },
      };
    });
  }

  /** Whether a read finds what its transaction has read and appended itself before (Cerone's axiom INT). */
  #isExpected(micro: number, previous: Int32Array): boolean {
    const { lists } = this.#order;
    const { owners, operands, writes, versions } = this.#transactions;
    const appended: number[] = [];
    let before = previous[micro] as number;
    for (; before !== none && writes[before] === 1; before = previous[before] as number) {
      appended.push(operands[before] as number);
    }
    appended.reverse();
    const read = operands[micro] as number;
    const length = lists.length(read);
    const known = before === none ? length - appended.length : lists.length(operands[before] as number);
    let fits = known >= 0 && length === known + appended.length;
    if (fits && before !== none && known > 0) fits = this.#beginAlike(read, operands[before] as number, known);
    const chain = lists.chain(read);
    for (let at = 0; fits && at < appended.length; at++) {
      fits = lists.versionsOf(chain)[known + at] === appended[at];
    }
    if (fits) return true;
    this.#report('internal', () => {
      const own = appended.map((version) => versions.values[version] as Value);
      const base = before === none ? [] : lists.elements(operands[before] as number);
      const expected = before === none ? `a list that ends with ${shownList(own)}` : shownList([...base, ...own]);
      return {
        sentence: `${this.#reading(micro)}, but by what it had read and appended itself it should have found ${expected}.`,
        operations: operationsOf(this.#transactions, [owners[micro] as number]),
        details: { key: this.#key(micro) },
      };
    });
    return false;
  }

  #beginAlike(a: number, b: number, length: number): boolean {
    const { lists } = this.#order;
    const [first, second] = [lists.chain(a), lists.chain(b)];
    if (first === second) return true;
    const [left, right] = [lists.versionsOf(first), lists.versionsOf(second)];
    for (let at = 0; at < length; at++) if (left[at] !== right[at]) return false;
    return true;
  }

  /** Whether no read of the transaction shows what it appends only now. */
  #isNew(micro: number, previous: Int32Array): boolean {
    const { lists } = this.#order;
    const { owners, operands, writes } = this.#transactions;
    const version = operands[micro] as number;
    if (!lists.isSeen(version)) return true;
    for (let before = previous[micro] as number; before !== none; before = previous[before] as number) {
      const read = operands[before] as number;
      if (writes[before] === 1 || !this.#shows(read, version)) continue;
      const early = before;
      this.#report('future-read', () => ({
        sentence: `${this.#reading(early)}, with ${shown(this.#transactions.versions.values[version] ?? '')}, which it appended itself only later.`,
        operations: operationsOf(this.#transactions, [owners[micro] as number]),
        details: { key: this.#key(micro) },
      }));
      return false;
    }
    return true;
  }

  #shows(read: number, version: number): boolean {
    const { lists, places, shared } = this.#order;
    const place = places[version] as number;
    if (lists.chain(read) === none) return false;
    if (isOnTrunk(lists, shared, read)) return place !== none && place < lists.length(read);
    return lists.versionsOf(lists.chain(read)).slice(0, lists.length(read)).includes(version);
  }

  /** The version that a read found, as a place among the successors; none where that is not known. */
  #slotOf(micro: number): number {
    const { lists, shared, offsets } = this.#order;
    const { keys, operands, versions } = this.#transactions;
    const [key, read] = [keys[micro] as number, operands[micro] as number];
    if (isAmbiguous(versions, key) || !isOnTrunk(lists, shared, read)) return none;
    return (offsets[key] as number) + lists.length(read);
  }

  #lostUpdate(updates: readonly Update[]): void {
    const { lists } = this.#order;
    const { operands } = this.#transactions;
    this.#report('lost-update', () => {
      const [first] = updates as readonly [Update];
      const found = shownList(lists.elements(operands[first.read] as number));
      return describeLostUpdate(this.#transactions, updates, found, 'appended to it');
    });
  }

  #dirtyUpdate(aborted: number, version: number): void {
    const { owners, versions } = this.#transactions;
    this.#report('dirty-update', () => {
      const failed = owners[versions.failedWriters.at(aborted)] as number;
      const writer = writerOf(this.#transactions, version);
      const key = shown(versions.keyValues[versions.keys.at(version)] ?? '');
      const [lost, kept] = [aborted, version].map((each) => shown(versions.values[each] ?? ''));
      return {
        sentence: `${nameOf(this.#transactions, writer)} appended ${kept} to ${key} upon ${lost} of ${nameOf(this.#transactions, failed)}, which failed.`,
        operations: operationsOf(this.#transactions, [failed, writer]),
        details: { key, element: lost },
      };
    });
  }

  /** `T5 read x = [1 2]`. */
  #reading(micro: number): string {
    const { lists } = this.#order;
    const { owners, operands } = this.#transactions;
    const reader = nameOf(this.#transactions, owners[micro] as number);
    return `${reader} read ${this.#key(micro)} = ${shownList(lists.elements(operands[micro] as number))}`;
  }

  #key(micro: number): string {
    const { keys, versions } = this.#transactions;
    return shown(versions.keyValues[keys[micro] as number] ?? '');
  }
}

function firstPlaces({ lists }: ListOrder, matches: (version: number) => boolean): Int32Array {
  const places = new Int32Array(lists.chainCount).fill(none);
  for (let chain = 0; chain < places.length; chain++) {
    const elements = lists.versionsOf(chain);
    for (let at = 0; at < elements.length; at++) {
      if (!matches(elements[at] as number)) continue;
      places[chain] = at;
      break;
    }
  }
  return places;
}
