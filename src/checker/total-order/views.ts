import { citing, type Findings } from '../findings.ts';
import type { Log } from './log.ts';
import type { Observations, Read } from './observations.ts';

/** What one boot of one node was seen to deliver, by its reads in the order of their completions. */
interface View {
  readonly node: string;
  readonly boot: number;
  readonly reads: Read[];
}

/** What each boot of each node delivered, for itself and against the others: `gap`, `duplicated`, `reordered`. */
export function judgeViews(observations: Observations, log: Log, findings: Findings): void {
  for (const read of observations.reads) judgeAnswer(read, findings);
  const views = viewsOf(observations);
  judgeDuplicates(observations, log, new Set(views.values()), findings);
  // Views that agree at every position cannot differ in their order.
  if (log.contestedCount === 0) return;
  const [here, there] = [new FirstDeliveries(observations), new FirstDeliveries(observations)];
  for (const [rival, others] of rivalsOf(observations, log, views)) {
    there.show(rival);
    for (const view of others) {
      here.show(view);
      judgeOrder(observations, view, rival, here, there, findings);
    }
  }
}

function judgeAnswer(read: Read, findings: Findings): void {
  const { asked, from, node } = read;
  if (asked === null || from <= asked || read.ids.length === 0 || from - 1 <= read.restored) return;
  findings.add('gap', () => ({
    sentence: `${node} was asked what it delivered from position ${asked} on, and its answer begins with position ${from} (operation ${read.completed}).`,
    operations: citing(read.invoked, read.completed),
    nodes: [node],
    details: { position: asked, from },
  }));
}

/** The view of each read. */
function viewsOf({ reads }: Observations): Map<Read, View> {
  const views = new Map<string, View>();
  const viewOf = new Map<Read, View>();
  for (const read of reads) {
    const { node, boot } = read;
    const name = `${boot} ${node}`;
    let view = views.get(name);
    if (view === undefined) {
      view = { node, boot, reads: [] };
      views.set(name, view);
    }
    view.reads.push(read);
    viewOf.set(read, view);
  }
  return viewOf;
}

/**
 * A message is delivered once: one boot never shows it at two positions, and neither does the log that all agree on. Where
 * two nodes differ over a position, the message may be at another one for each: that is their split, no duplicate.
 */
function judgeDuplicates(observations: Observations, log: Log, views: ReadonlySet<View>, findings: Findings): void {
  const found = new Set<number>();
  const report = (id: number, first: Delivery, second: Delivery): void => {
    if (found.has(id)) return;
    found.add(id);
    findings.add('duplicated', () => duplicate(observations.messages[id] as string, first, second));
  };
  duplicatesInViews(observations, views, report);
  duplicatesInLog(observations, log, report);
}

type Report = (id: number, first: Delivery, second: Delivery) => void;

function duplicatesInViews({ messages }: Observations, views: ReadonlySet<View>, report: Report): void {
  const lastView = new Int32Array(messages.length);
  const positionOf = new Float64Array(messages.length);
  /** The place of the read among those of its view. */
  const readOf = new Int32Array(messages.length);
  let number = 0;
  for (const { reads } of views) {
    number++;
    reads.forEach((read, place) => {
      const { ids, from } = read;
      for (let at = 0; at < ids.length; at++) {
        const [id, position] = [ids[at] as number, from + at];
        if (lastView[id] !== number) {
          lastView[id] = number;
          positionOf[id] = position;
          readOf[id] = place;
        } else if (positionOf[id] !== position) {
          const first = { position: positionOf[id] as number, read: reads[readOf[id] as number] as Read };
          report(id, first, { position, read });
        }
      }
    });
  }
}

function duplicatesInLog({ messages, reads }: Observations, log: Log, report: Report): void {
  const entryOf = new Int32Array(messages.length).fill(-1);
  log.positions.forEach((position, entry) => {
    if (log.isContested(position)) return;
    const id = log.ids[entry] as number;
    const other = entryOf[id] as number;
    if (other < 0) entryOf[id] = entry;
    else report(id, deliveryOf(reads, log, other), deliveryOf(reads, log, entry));
  });
}

/** A message at a position, as a read showed it. */
interface Delivery {
  readonly position: number;
  readonly read: Read;
}

function deliveryOf(reads: readonly Read[], log: Log, entry: number): Delivery {
  return { position: log.positions[entry] as number, read: reads[log.reads[entry] as number] as Read };
}

function duplicate(message: string, first: Delivery, second: Delivery) {
  const [low, high] = first.position < second.position ? [first, second] : [second, first];
  const at = ({ position, read }: Delivery): string =>
    `position ${position} by ${read.node} (operation ${read.completed})`;
  return {
    sentence: `Message ${JSON.stringify(message)} was delivered twice: at ${at(low)} and at ${at(high)}.`,
    operations: citing(low.read.completed, high.read.completed),
    nodes: [...new Set([low.read.node, high.read.node])],
    details: { message, positions: [low.position, high.position] },
  };
}

/**
 * For each view that differs from the log, one view to hold it against: that which the log has its first difference from.
 * One is enough to show what happened, and keeps the cost linear. Grouped by the view held against.
 */
function rivalsOf({ reads }: Observations, log: Log, viewOf: ReadonlyMap<Read, View>): Map<View, View[]> {
  const rivals = new Map<View, View[]>();
  for (const view of new Set(viewOf.values())) {
    const entry = firstDifference(view, log);
    if (entry === null) continue;
    const rival = viewOf.get(reads[log.reads[entry] as number] as Read) as View;
    if (rival === view) continue;
    const others = rivals.get(rival);
    if (others === undefined) rivals.set(rival, [view]);
    else others.push(view);
  }
  return rivals;
}

/** The entry of the log at the first position where the view has another message, or null. */
function firstDifference(view: View, log: Log): number | null {
  for (const read of view.reads) {
    for (let at = 0; at < read.ids.length; at++) {
      const entry = log.entryAt(read.from + at);
      if (log.ids[entry] !== read.ids[at]) return entry;
    }
  }
  return null;
}

/** Where the messages of one view were first seen. The tables serve one view after the other. */
class FirstDeliveries {
  readonly #positions: Float64Array;
  readonly #reads: (Read | undefined)[];
  /** The messages of the view, by number, in the order in which they were read. */
  ids: number[] = [];

  constructor({ messages }: Observations) {
    this.#positions = new Float64Array(messages.length);
    this.#reads = new Array<Read | undefined>(messages.length).fill(undefined);
  }

  show({ reads }: View): void {
    for (const id of this.ids) this.#positions[id] = 0;
    this.ids = [];
    for (const read of reads) {
      read.ids.forEach((id, at) => {
        if (this.#positions[id] !== 0) return;
        this.#positions[id] = read.from + at;
        this.#reads[id] = read;
        this.ids.push(id);
      });
    }
  }

  /** 0 where the view does not have the message. */
  position(id: number): number {
    return this.#positions[id] as number;
  }

  delivery(id: number): Delivery {
    return { position: this.position(id), read: this.#reads[id] as Read };
  }
}

/** A message that two views delivered: where it is in each. */
interface Shared {
  readonly message: string;
  readonly here: Delivery;
  readonly there: Delivery;
}

/** Finds messages that follow, in this view, one which they precede in the rival's. */
function judgeOrder(
  { messages }: Observations,
  view: View,
  rival: View,
  here: FirstDeliveries,
  there: FirstDeliveries,
  findings: Findings,
): void {
  const shared = here.ids.filter((id) => there.position(id) !== 0);
  if (!isAscending(shared, here)) shared.sort((a, b) => here.position(a) - here.position(b));
  const sharedOf = (id: number): Shared => ({
    message: messages[id] as string,
    here: here.delivery(id),
    there: there.delivery(id),
  });
  let last = shared[0];
  for (const next of shared) {
    if (last === undefined || there.position(next) >= there.position(last)) {
      last = next;
    } else if (here.position(last) < here.position(next)) {
      const former = last;
      findings.add('reordered', () => reordered(view, rival, sharedOf(former), sharedOf(next)));
    }
  }
}

/** Nodes are read from their beginnings on, as a rule. */
function isAscending(ids: readonly number[], deliveries: FirstDeliveries): boolean {
  return ids.every((id, at) => at === 0 || deliveries.position(ids[at - 1] as number) <= deliveries.position(id));
}

function reordered(view: View, rival: View, former: Shared, next: Shared) {
  const [x, y] = [JSON.stringify(former.message), JSON.stringify(next.message)];
  const here = `${nameOf(view, rival)} delivered ${x} at position ${former.here.position} and then ${y} at ${next.here.position}`;
  const there = `${nameOf(rival, view)} delivered ${y} at ${next.there.position} and then ${x} at ${former.there.position}`;
  return {
    sentence: `${here}, but ${there}.`,
    operations: citing(...[former, next].flatMap((each) => [each.here.read.completed, each.there.read.completed])),
    nodes: [...new Set([view.node, rival.node])],
    details: { message: next.message, overtaken: former.message },
  };
}

/** The node, with its boot where the other is a boot of the same node. */
function nameOf(view: View, other: View): string {
  return view.node === other.node ? `${view.node} (boot ${view.boot})` : view.node;
}
