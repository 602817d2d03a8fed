import { isCommitted, nameOf, operationsOf, type Report } from './analysis.ts';
import { isAmbiguous, isOnTrunk, type ListOrder } from './list-order.ts';
import { shown, shownList } from './values.ts';
import { none } from './versions.ts';

/** What one process has done with one key so far: the micro-operations that went furthest, and how far. */
interface Session {
  read: number;
  /** The length of what it read. */
  length: number;
  append: number;
  /** The place of what it appended; infinite where no read shows it. */
  place: number;
}

/**
 * Session guarantees, key by key (Terry et al. 1994; the phenomena are those of Bailis et al. 2014): whether each process sees
 * the versions of a key in their order (non-monotonic-reads), and its own appends (missing-your-writes), and whether its
 * appends come after each other (non-monotonic-writes) and after what it had read (missing-read-write-dependency).
 */
export function reportSessionAnomalies(order: ListOrder, report: Report): void {
  const { transactions, lists, shared, places } = order;
  const { count, begins, keys, writes, operands, processes, versions } = transactions;
  const sessions = new Map<number, Session>();
  for (let transaction = 0; transaction < count; transaction++) {
    if (!isCommitted(transactions, transaction)) continue;
    const [begin, end] = [begins[transaction] as number, begins[transaction + 1] as number];
    const own = new Set<number>();
    const seen: (() => void)[] = [];
    for (let micro = begin; micro < end; micro++) {
      const [key, operand] = [keys[micro] as number, operands[micro] as number];
      if (isAmbiguous(versions, key)) continue;
      const session = sessionOf(sessions, (processes[transaction] as number) * versions.keyCount + key);
      if (writes[micro] === 1) {
        const place = places[operand] as number;
        // Where reads contradict each other, its place is not known.
        if (place === none && lists.isSeen(operand)) continue;
        const at = place === none ? Number.POSITIVE_INFINITY : place;
        own.add(key);
        if (session.place > at) tell(order, report, 'non-monotonic-writes', session.append, micro);
        if (session.length > at) tell(order, report, 'missing-read-write-dependency', session.read, micro);
        seen.push(() => {
          if (session.append === none || at > session.place) Object.assign(session, { append: micro, place: at });
        });
      } else if (!own.has(key) && isOnTrunk(lists, shared, operand)) {
        const length = lists.length(operand);
        if (session.length > length) tell(order, report, 'non-monotonic-reads', session.read, micro);
        if (session.place >= length) tell(order, report, 'missing-your-writes', session.append, micro);
        seen.push(() => {
          if (length > session.length) Object.assign(session, { read: micro, length });
        });
      }
    }
    // What a transaction does itself is no matter of its session.
    for (const take of seen) take();
  }
}

function sessionOf(sessions: Map<number, Session>, name: number): Session {
  let session = sessions.get(name);
  if (session === undefined) {
    session = { read: none, length: 0, append: none, place: none };
    sessions.set(name, session);
  }
  return session;
}

/** Reports that of one process the second micro-operation does not come after the first. */
function tell(order: ListOrder, report: Report, kind: string, first: number, second: number): void {
  const { transactions, lists } = order;
  const { owners, keys, operands, writes, versions, processes, processNames } = transactions;
  report(kind, () => {
    const key = shown(versions.keyValues[keys[first] as number] ?? '');
    const did = (micro: number): string => {
      const operand = operands[micro] as number;
      const what =
        writes[micro] === 1
          ? `appended ${shown(versions.values[operand] ?? '')} to ${key}`
          : `read ${key} = ${shownList(lists.elements(operand))}`;
      return `${what} in ${nameOf(transactions, owners[micro] as number)}`;
    };
    const process = processNames[processes[owners[first] as number] as number];
    const after = writes[second] === 1 ? ', which has its place before that' : '';
    return {
      sentence: `Process ${process} ${did(first)} and then ${did(second)}${after}.`,
      operations: operationsOf(transactions, [owners[first] as number, owners[second] as number]),
      details: { key },
    };
  });
}
