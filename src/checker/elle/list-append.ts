import type { Operation } from '../../history/operation.ts';
import { type Analysis, nameOf, type Report, writerOf } from './analysis.ts';
import { type GraphBuilder, kinds } from './graph.ts';
import { reportListAnomalies } from './list-anomalies.ts';
import { isAmbiguous, isOnTrunk, type ListOrder, lastKnown, orderOf } from './list-order.ts';
import { Lists } from './lists.ts';
import { reportReversedAppends } from './reversed-appends.ts';
import { reportSessionAnomalies } from './sessions.ts';
import { readTransactions, type Transactions } from './transactions.ts';
import { shown, shownList } from './values.ts';
import { none } from './versions.ts';

/**
 * Lists with appends of elements that are unique by key. As each read shows the whole order of the appends before it, the
 * longest read of a key is the order of its versions (Kingsbury and Alvaro 2020); appends that no read shows come after.
 */
export function analyzeLists(history: Iterable<Operation>): Analysis {
  let lists: Lists | undefined;
  const transactions = readTransactions(history, (versions) => {
    const made = new Lists(versions);
    lists = made;
    return { write: 'append', operandOf: (key, read) => made.take(key, read) };
  });
  return new ListAnalysis(orderOf(transactions, lists as Lists));
}

class ListAnalysis implements Analysis {
  readonly transactions: Transactions;
  readonly proviso = null;
  readonly #order: ListOrder;

  constructor(order: ListOrder) {
    this.#order = order;
    this.transactions = order.transactions;
  }

  report(report: Report): void {
    reportListAnomalies(this.#order, report);
    reportReversedAppends(this.#order, report);
  }

  reportSessions(report: Report): void {
    reportSessionAnomalies(this.#order, report);
  }

  addDependencies(graph: GraphBuilder): void {
    addOrder(this.#order, graph);
    addReads(this.#order, graph);
  }

  reason(from: number, to: number, kind: 'ww' | 'wr' | 'rw'): string | null {
    const { begins, keys, writes } = this.transactions;
    for (let micro = begins[to] as number; micro < (begins[to + 1] as number); micro++) {
      if (this.transactions.versions.ambiguous.has(keys[micro] as number)) continue;
      const isWrite = writes[micro] === 1;
      if (isWrite !== (kind !== 'wr')) continue;
      const reason =
        kind === 'wr'
          ? this.#reasonToRead(from, to, micro)
          : kind === 'ww'
            ? this.#reasonToFollow(from, to, micro)
            : this.#reasonToMiss(from, to, micro);
      if (reason !== null) return reason;
    }
    return null;
  }

  unjudged(): string[] {
    return ambiguities(this.transactions, 'appended', 'to');
  }

  get stats(): Readonly<Record<string, unknown>> {
    let unread = 0;
    for (const writers of this.#order.unread.values()) unread += writers.size;
    return { transactionsWithUnreadAppends: unread };
  }

  #reasonToRead(from: number, to: number, micro: number): string | null {
    const { lists } = this.#order;
    const read = this.transactions.operands[micro] as number;
    const version = lastKnown(this.#order, read);
    if (version === none || writerOf(this.transactions, version) !== from) return null;
    const [reader, writer] = [nameOf(this.transactions, to), nameOf(this.transactions, from)];
    const { key, element } = this.#words(version);
    return `${reader} read ${key} = ${shownList(lists.elements(read))}, with ${writer}'s append of ${element}`;
  }

  #reasonToFollow(from: number, to: number, micro: number): string | null {
    const { trunks, lists, places } = this.#order;
    const { keys, operands } = this.transactions;
    const version = operands[micro] as number;
    const trunk = trunks[keys[micro] as number] as number;
    if (trunk === none) return null;
    const place = places[version] as number;
    const order = lists.versionsOf(trunk);
    const isUnread = place === none;
    if (isUnread && lists.isSeen(version)) return null;
    for (let at = (isUnread ? order.length : place) - 1; at >= 0; at--) {
      const before = order[at] as number;
      const writer = writerOf(this.transactions, before);
      if (places[before] !== at || writer === none || writer === to) continue;
      if (writer !== from) return null;
      const [second, first] = [nameOf(this.transactions, to), nameOf(this.transactions, from)];
      const { key, element } = this.#words(version);
      const after = `${second} appended ${element} to ${key} after ${first} appended ${this.#words(before).element}`;
      return isUnread ? `${after}, the last that any read of ${key} shows` : after;
    }
    return null;
  }

  #reasonToMiss(from: number, to: number, micro: number): string | null {
    const { shared, lists, offsets, successors, places } = this.#order;
    const { begins, keys, operands, writes } = this.transactions;
    const version = operands[micro] as number;
    const key = keys[micro] as number;
    const place = places[version] as number;
    if (place === none && lists.isSeen(version)) return null;
    for (let at = begins[from] as number; at < (begins[from + 1] as number); at++) {
      const read = operands[at] as number;
      if (keys[at] !== key || writes[at] === 1 || !isOnTrunk(lists, shared, read)) continue;
      const last = lastKnown(this.#order, read);
      if (last !== none && writerOf(this.transactions, last) === from) continue;
      const next = successors[(offsets[key] as number) + lists.length(read)] as number;
      const isNext = next === to && place >= lists.length(read);
      if (!isNext && !(next === none && place === none)) continue;
      const [reader, writer] = [nameOf(this.transactions, from), nameOf(this.transactions, to)];
      const words = this.#words(version);
      return `${reader} read ${words.key} = ${shownList(lists.elements(read))} and so did not see ${writer}'s append of ${words.element}`;
    }
    return null;
  }

  #words(version: number): { readonly key: string; readonly element: string } {
    const { versions } = this.transactions;
    return {
      key: shown(versions.keyValues[versions.keys.at(version)] ?? ''),
      element: shown(versions.values[version] ?? ''),
    };
  }
}

/** Why what was written to a key more than once could not be judged. */
export function ambiguities(transactions: Transactions, wrote: 'appended' | 'written', to: string): string[] {
  const { versions, owners } = transactions;
  return [...versions.ambiguous].map(([key, version]) => {
    const writers = [versions.writers.at(version), versions.rivals.get(version) as number];
    const names = writers.map((micro) => nameOf(transactions, owners[micro] as number)).join(' and ');
    const [value, name] = [versions.values[version] ?? '', versions.keyValues[key] ?? ''].map(shown);
    return `${value} was ${wrote} ${to} ${name} more than once (${names}), so that nobody can say whose was read`;
  });
}

/** The ww edges: from each version's writer to the next one's, and from the last to what no read shows. */
function addOrder({ transactions, lists, trunks, places, unread }: ListOrder, graph: GraphBuilder): void {
  trunks.forEach((trunk, key) => {
    if (trunk === none || isAmbiguous(transactions.versions, key)) return;
    const order = lists.versionsOf(trunk);
    let last = none;
    for (let at = 0; at < order.length; at++) {
      const writer = places[order[at] as number] === at ? writerOf(transactions, order[at] as number) : none;
      if (writer === none) continue;
      if (last !== none && last !== writer) graph.add(last, writer, kinds.ww);
      last = writer;
    }
    for (const writer of unread.get(key) ?? []) {
      if (last !== none && last !== writer) graph.add(last, writer, kinds.ww);
    }
  });
}

/** The wr edges to each read, and the rw edges from it. */
function addReads(order: ListOrder, graph: GraphBuilder): void {
  const { transactions, lists, shared, offsets, successors, unread } = order;
  const { owners, writes, keys, operands, versions } = transactions;
  /** By key: who read all that any read shows. */
  const lastReaders = new Map<number, Set<number>>();
  for (let micro = 0; micro < owners.length; micro++) {
    const key = keys[micro] as number;
    if (writes[micro] === 1 || isAmbiguous(versions, key)) continue;
    const reader = owners[micro] as number;
    const read = operands[micro] as number;
    const version = lastKnown(order, read);
    const writer = version === none ? none : writerOf(transactions, version);
    // What it reads of its own says nothing of others.
    if (writer === reader) continue;
    if (writer !== none) graph.add(writer, reader, kinds.wr);
    if (!isOnTrunk(lists, shared, read)) continue;
    const next = successors[(offsets[key] as number) + lists.length(read)] as number;
    if (next !== none) {
      if (next !== reader) graph.add(reader, next, kinds.rw);
    } else if (unread.has(key)) {
      const readers = lastReaders.get(key);
      if (readers === undefined) lastReaders.set(key, new Set([reader]));
      else readers.add(reader);
    }
  }
  for (const [key, readers] of lastReaders) graph.addAntiDependencies([...readers], [...(unread.get(key) ?? [])]);
}
