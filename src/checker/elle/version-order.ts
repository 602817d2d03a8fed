import { isCommitted } from './analysis.ts';
import { componentsOf } from './components.ts';
import { edgeOf, graphOf, kinds } from './graph.ts';
import { outcomes, type Transactions } from './transactions.ts';
import { none } from './versions.ts';

/** What may be taken for granted of each key by itself, beyond that its initial state comes first. */
export interface RegisterOrderOptions {
  /** What each key holds at first, beside nil. */
  readonly initial?: unknown;
  /** That a transaction that reads a key, and then writes it, replaces what it read. */
  readonly writesFollowReads?: boolean;
  /** That each process sees the states of a key in their order. */
  readonly sequentialKeys?: boolean;
  /** That whoever begins after another has completed sees no earlier state of a key. */
  readonly linearizableKeys?: boolean;
}

type OrderSource = 'writes-follow-reads' | 'sequential-keys' | 'linearizable-keys';

/** That one version of a key comes before another; `none` is the initial state. */
export interface VersionEdge {
  readonly from: number;
  readonly to: number;
  readonly source: OrderSource;
  /** The transactions that read or wrote the two, and by which it is known. */
  readonly by: readonly [number, number];
}

/** What one transaction has to do with one key, as others see it. */
interface Contact {
  readonly transaction: number;
  /** What it read before it wrote, and what it wrote last; undefined where it did not. */
  readonly read: number | undefined;
  readonly written: number | undefined;
}

export interface VersionOrder {
  /** By key: edges that contradict none of the others. */
  readonly edges: ReadonlyMap<number, readonly VersionEdge[]>;
  /** Circles of versions, each by its edges. */
  readonly circles: readonly { readonly key: number; readonly edges: readonly VersionEdge[] }[];
}

/**
 * The order of each key's versions as far as the options tell. A source whose edges close a circle with those of the
 * sources before it is reported, and not used for that key.
 */
export function versionOrder(transactions: Transactions, options: RegisterOrderOptions): VersionOrder {
  const { sequentialKeys = false, linearizableKeys = false } = options;
  const sources: readonly ((contacts: readonly Contact[]) => VersionEdge[])[] = [
    // Who sees states in their order, sees what it reads before what it then writes.
    ...(options.writesFollowReads || sequentialKeys || linearizableKeys ? [writesFollowReads] : []),
    ...(sequentialKeys ? [(each: readonly Contact[]) => inEachProcess(transactions, each)] : []),
    ...(linearizableKeys ? [(each: readonly Contact[]) => inTime(transactions, each)] : []),
  ];
  const edges = new Map<number, readonly VersionEdge[]>();
  const circles: { key: number; edges: readonly VersionEdge[] }[] = [];
  if (sources.length === 0) return { edges, circles };
  for (const [key, touching] of contactsOf(transactions)) {
    let accepted: readonly VersionEdge[] = [];
    for (const source of sources) {
      const candidate = distinct([...accepted, ...source(touching)]);
      const closed = circlesOf(candidate);
      for (const circle of closed) circles.push({ key, edges: circle });
      if (closed.length === 0) accepted = candidate;
    }
    if (accepted.length > 0) edges.set(key, accepted);
  }
  return { edges, circles };
}

function writesFollowReads(contacts: readonly Contact[]): VersionEdge[] {
  return contacts.flatMap(({ transaction, read, written }) =>
    read === undefined || written === undefined || read === none
      ? []
      : [{ from: read, to: written, source: 'writes-follow-reads', by: [transaction, transaction] }],
  );
}

function inEachProcess(transactions: Transactions, contacts: readonly Contact[]): VersionEdge[] {
  const edges: VersionEdge[] = [];
  const lastOf = new Map<number, Contact>();
  for (const contact of contacts.toSorted((a, b) => placeOf(transactions, a) - placeOf(transactions, b))) {
    const process = transactions.processes[contact.transaction] as number;
    const last = lastOf.get(process);
    if (last !== undefined) edges.push(...edgesBetween(last, contact, 'sequential-keys'));
    // What may still happen has no place before what its process did next, if it did anything.
    if (isCommitted(transactions, contact.transaction)) lastOf.set(process, contact);
  }
  return edges;
}

/**
 * An edge from those that had completed when a transaction began, but for those that another of them came after. What has
 * no invocation has no place in time.
 */
function inTime(transactions: Transactions, contacts: readonly Contact[]): VersionEdge[] {
  const { invocations, completions } = transactions;
  const edges: VersionEdge[] = [];
  const events = contacts
    .flatMap((contact) => {
      const [begin, end] = [invocations[contact.transaction] as number, completions[contact.transaction] as number];
      if (begin === none) return [];
      const ends = isCommitted(transactions, contact.transaction) ? [{ place: end, contact, isEnd: true }] : [];
      return [{ place: begin, contact, isEnd: false }, ...ends];
    })
    .sort((a, b) => a.place - b.place);
  let latest: Contact[] = [];
  const before = new Map<Contact, readonly Contact[]>();
  for (const { contact, isEnd } of events) {
    if (isEnd) {
      const overtaken = new Set(before.get(contact));
      latest = [...latest.filter((other) => !overtaken.has(other)), contact];
    } else {
      before.set(contact, latest);
      for (const other of latest) edges.push(...edgesBetween(other, contact, 'linearizable-keys'));
    }
  }
  return edges;
}

/** From the last version that the first saw to the first that the second saw. */
function edgesBetween(first: Contact, second: Contact, source: OrderSource): VersionEdge[] {
  const from = first.written ?? first.read;
  const to = second.read ?? second.written;
  // That the initial state comes before others needs no saying.
  if (from === undefined || to === undefined || from === to || from === none) return [];
  return [{ from, to, source, by: [first.transaction, second.transaction] }];
}

function placeOf({ invocations, completions }: Transactions, { transaction }: Contact): number {
  const invoked = invocations[transaction] as number;
  return invoked === none ? (completions[transaction] as number) : invoked;
}

function distinct(edges: readonly VersionEdge[]): VersionEdge[] {
  const seen = new Map<number, Set<number>>();
  return edges.filter(({ from, to }) => {
    const targets = seen.get(from);
    if (targets?.has(to)) return false;
    if (targets === undefined) seen.set(from, new Set([to]));
    else targets.add(to);
    return true;
  });
}

/** One circle for each component of a key's versions; what leads to the initial state is a circle by itself. */
function circlesOf(edges: readonly VersionEdge[]): (readonly VersionEdge[])[] {
  const back = edges.find(({ to }) => to === none);
  if (back !== undefined) return [[back]];
  const numbers = new Map<number, number>();
  const numberOf = (version: number): number => {
    const number = numbers.get(version) ?? numbers.size;
    numbers.set(version, number);
    return number;
  };
  const sources = Int32Array.from(edges, ({ from }) => numberOf(from));
  const targets = Int32Array.from(edges, ({ to }) => edgeOf(numberOf(to), kinds.ww));
  const components = componentsOf(graphOf(numbers.size, sources, targets));
  const componentOf = (version: number): number => components[numbers.get(version) as number] as number;
  const inside = edges.filter(({ from, to }) => componentOf(from) === componentOf(to));
  const byComponent = new Map<number, VersionEdge[]>();
  for (const edge of inside) {
    const component = componentOf(edge.from);
    const others = byComponent.get(component);
    if (others === undefined) byComponent.set(component, [edge]);
    else others.push(edge);
  }
  return [...byComponent.values()].map(shortestCircle);
}

/** The shortest circle through the first of these edges, which are all of a component. */
function shortestCircle(edges: readonly VersionEdge[]): VersionEdge[] {
  const [first] = edges as readonly [VersionEdge];
  const leaving = new Map<number, VersionEdge[]>();
  for (const edge of edges) {
    const others = leaving.get(edge.from);
    if (others === undefined) leaving.set(edge.from, [edge]);
    else others.push(edge);
  }
  const reachedBy = new Map<number, VersionEdge>([[first.to, first]]);
  const queue = [first.to];
  for (let at = 0; at < queue.length && !reachedBy.has(first.from); at++) {
    for (const edge of leaving.get(queue[at] as number) ?? []) {
      if (reachedBy.has(edge.to)) continue;
      reachedBy.set(edge.to, edge);
      queue.push(edge.to);
    }
  }
  const circle: VersionEdge[] = [];
  let edge = reachedBy.get(first.from) as VersionEdge;
  while (edge !== first) {
    circle.unshift(edge);
    edge = reachedBy.get(edge.from) as VersionEdge;
  }
  return [first, ...circle];
}

/** By key, what each transaction that did not fail has to do with it, in the order of the transactions. */
function contactsOf(transactions: Transactions): Map<number, Contact[]> {
  const { outcomes: all, begins, writes, keys, operands } = transactions;
  const contacts = new Map<number, Contact[]>();
  for (let transaction = 0; transaction < all.length; transaction++) {
    if (all[transaction] === outcomes.fail) continue;
    const own = new Map<number, { read: number | undefined; written: number | undefined }>();
    for (let micro = begins[transaction] as number; micro < (begins[transaction + 1] as number); micro++) {
      const key = keys[micro] as number;
      const operand = operands[micro] as number;
      const contact = own.get(key);
      if (contact !== undefined) {
        if (writes[micro] === 1) contact.written = operand;
      } else {
        own.set(
          key,
          writes[micro] === 1 ? { read: undefined, written: operand } : { read: operand, written: undefined },
        );
      }
    }
    for (const [key, contact] of own) {
      const others = contacts.get(key);
      if (others === undefined) contacts.set(key, [{ transaction, ...contact }]);
      else others.push({ transaction, ...contact });
    }
  }
  return contacts;
}
