import { writerOf } from './analysis.ts';
import type { Lists } from './lists.ts';
import type { Transactions } from './transactions.ts';
import { none, type Versions } from './versions.ts';

/** What a history of appends and reads shows of the order of each key's versions. */
export interface ListOrder {
  readonly transactions: Transactions;
  readonly lists: Lists;
  /** By key: the longest list that was read, or none. */
  readonly trunks: Int32Array;
  /** By chain: how many elements it shares with its key's trunk. */
  readonly shared: Int32Array;
  /** By version: its place in the trunk, or none. */
  readonly places: Int32Array;
  /** By key: where its successors begin. */
  readonly offsets: Int32Array;
  /** By key and length of a read: the transaction that appended next, or none; failed ones are passed over. */
  readonly successors: Int32Array;
  /** By key: transactions whose appends no read shows, and so after what any read shows. */
  readonly unread: ReadonlyMap<number, ReadonlySet<number>>;
}

export function orderOf(transactions: Transactions, lists: Lists): ListOrder {
  const { versions } = transactions;
  const trunks = new Int32Array(versions.keyCount);
  const shared = new Int32Array(lists.chainCount);
  const places = new Int32Array(versions.count).fill(none);
  const offsets = new Int32Array(versions.keyCount);
  let size = 0;
  for (let key = 0; key < versions.keyCount; key++) {
    const trunk = lists.trunkOf(key);
    trunks[key] = trunk;
    offsets[key] = size;
    size += (trunk === none ? 0 : lists.versionsOf(trunk).length) + 1;
    if (trunk === none) continue;
    for (const chain of lists.chainsOf(key)) shared[chain] = lists.common(chain, trunk);
    const order = lists.versionsOf(trunk);
    for (let at = order.length - 1; at >= 0; at--) places[order[at] as number] = at;
  }
  const unread = unreadOf(transactions, lists);
  const successors = successorsOf(transactions, lists, trunks, places, offsets, size);
  return { transactions, lists, trunks, shared, places, offsets, successors, unread };
}

function successorsOf(
  transactions: Transactions,
  lists: Lists,
  trunks: Int32Array,
  places: Int32Array,
  offsets: Int32Array,
  size: number,
): Int32Array {
  const successors = new Int32Array(size).fill(none);
  trunks.forEach((trunk, key) => {
    if (trunk === none) return;
    const order = lists.versionsOf(trunk);
    let next = none;
    for (let at = order.length - 1; at >= 0; at--) {
      const version = order[at] as number;
      // Where an element stands for the second time, nothing follows.
      const writer = places[version] === at ? writerOf(transactions, version) : none;
      if (writer !== none) next = writer;
      successors[(offsets[key] as number) + at] = next;
    }
  });
  return successors;
}

function unreadOf(transactions: Transactions, lists: Lists): Map<number, Set<number>> {
  const { versions } = transactions;
  const unread = new Map<number, Set<number>>();
  for (let version = 0; version < versions.count; version++) {
    const writer = writerOf(transactions, version);
    if (writer === none || lists.isSeen(version)) continue;
    const key = versions.keys.at(version);
    const writers = unread.get(key);
    if (writers === undefined) unread.set(key, new Set([writer]));
    else writers.add(writer);
  }
  return unread;
}

/** Whether a read contradicts no longer one, so that its place among the versions is known. */
export function isOnTrunk(lists: Lists, shared: Int32Array, read: number): boolean {
  const chain = lists.chain(read);
  return chain === none || lists.length(read) <= (shared[chain] as number);
}

/** The last version of a read whose writer is known and did not fail, or none. */
export function lastKnown({ transactions, lists }: ListOrder, read: number): number {
  const chain = lists.chain(read);
  if (chain === none) return none;
  const order = lists.versionsOf(chain);
  for (let at = lists.length(read) - 1; at >= 0; at--) {
    if (writerOf(transactions, order[at] as number) !== none) return order[at] as number;
  }
  return none;
}

/** Whether a key holds a version that more than one transaction may have written, so that its reads show nothing. */
export function isAmbiguous(versions: Versions, key: number): boolean {
  return versions.ambiguous.size > 0 && versions.ambiguous.has(key);
}
