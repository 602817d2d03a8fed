import type { BroadcastValue, DeliveriesValue, Operation } from '../../src/history/operation.ts';

/** What the promises of total-order broadcast say of a history, read off word by word and at any cost. */
export interface Expected {
  readonly valid: boolean | 'unknown';
  /** `kind subject` of every anomaly but `reordered`, sorted. */
  readonly found: readonly string[];
  /** `reordered b a`: b overtook a, between any two boots. The checker need not find all of them. */
  readonly reordered: ReadonlySet<string>;
}

interface Delivery {
  readonly node: string;
  readonly boot: number;
  readonly position: number;
  readonly message: string;
  readonly completed: number;
}

interface Read extends DeliveriesValue {
  readonly invoked: number;
  readonly completed: number;
  readonly asked: unknown;
  readonly final: boolean;
}

export function bruteForce(history: readonly Operation[]): Expected {
  const invocations = history.filter(({ type, process }) => type === 'invoke' && process !== 'nemesis');
  const completionOf = (invocation: Operation): Operation | undefined =>
    history.find(({ index, process }) => index > invocation.index && process === invocation.process);
  const broadcasts = invocations.filter(({ f }) => f === 'broadcast');
  const acked = broadcasts.flatMap((invocation) => {
    const completion = completionOf(invocation);
    if (completion?.type !== 'ok') return [];
    const value = completion.value as BroadcastValue;
    return [{ message: invocation.value as string, value, completed: completion.index }];
  });
  const acks = acked.flatMap(({ message, value, completed }) =>
    value.message === message ? [{ message, position: value.position, completed }] : [],
  );
  const reads = invocations.flatMap((invocation): Read[] => {
    const completion = completionOf(invocation);
    if (invocation.f !== 'deliveries' || completion?.type !== 'ok') return [];
    const { from, final } = invocation.value as { from?: number; final?: boolean };
    const value = completion.value as DeliveriesValue;
    const indices = { invoked: invocation.index, completed: completion.index };
    return [{ ...value, ...indices, asked: from, final: final === true }];
  });
  reads.sort((a, b) => a.completed - b.completed);
  const deliveries = reads.flatMap((read) =>
    read.messages.map((message, at): Delivery => ({ ...read, message, position: read.from + at })),
  );
  const delivered = (message: string): Delivery[] => deliveries.filter((delivery) => delivery.message === message);
  const distinct = <T>(items: readonly T[]): T[] => [...new Set(items)];
  const contested = (position: number): boolean =>
    distinct(deliveries.filter((each) => each.position === position).map((each) => each.message)).length > 1;

  const found: string[] = [];
  for (const position of distinct([...deliveries, ...acks].map((each) => each.position))) {
    const holders = acks.filter((ack) => ack.position === position).length;
    const begins = contested(position) && !contested(position - 1);
    const splits = contested(position) ? Number(begins) : Math.max(0, holders - 1);
    for (let i = 0; i < splits; i++) found.push(`split-brain ${position}`);
  }
  const premature = (message: string): boolean => {
    const broadcast = broadcasts.find(({ value }) => value === message);
    return delivered(message).some(({ completed }) => broadcast === undefined || completed < broadcast.index);
  };
  for (const message of distinct(deliveries.map((each) => each.message))) {
    const broadcast = broadcasts.find(({ value }) => value === message);
    if (premature(message)) found.push(`phantom ${message}`);
    else if (broadcast !== undefined && completionOf(broadcast)?.type === 'fail') {
      found.push(`failed-but-delivered ${message}`);
    }
    const places = delivered(message);
    const twice = places.some((a) =>
      places.some((b) => {
        if (a.position === b.position) return false;
        if (a.node === b.node && a.boot === b.boot) return true;
        return !contested(a.position) && !contested(b.position);
      }),
    );
    if (twice) found.push(`duplicated ${message}`);
  }
  for (const read of reads) {
    const { asked, from, messages } = read;
    if (typeof asked === 'number' && asked < from && messages.length > 0 && from - 1 > restoredBy(read, reads)) {
      found.push(`gap ${asked}`);
    }
  }
  for (const { message, value } of acked) if (value.message !== message) found.push(`wrong-ack ${message}`);
  for (const { message, position } of acks) {
    const places = delivered(message);
    if (places.length > 0 && places.every((each) => each.position !== position)) found.push(`wrong-ack ${message}`);
  }

  let unjudged = 0;
  const asked = invocations.filter(({ f }) => f === 'broadcast' || f === 'deliveries').map(({ node }) => node);
  const departed = history.filter(({ f }) => f === 'leave').map(({ value }) => (value as { node: string }).node);
  const nodes = distinct([...asked, ...reads.map(({ node }) => node)]).filter(
    (node) => node !== undefined && !departed.includes(node),
  );
  for (const ack of acks) {
    const fates = nodes.map((node) =>
      fateOn(
        ack,
        reads.filter((read) => read.node === node),
      ),
    );
    if (fates.includes('lost')) found.push(`lost ${ack.message}`);
    const isUnseen = fates.includes('restored') && delivered(ack.message).length === 0;
    if (fates.includes('unknown') || isUnseen || nodes.length === 0) unjudged++;
  }

  for (const { value, index } of broadcasts) {
    const message = value as string;
    const agreed = deliveries.filter(({ position }) => !contested(position));
    const own = [...agreed, ...acks].filter((each) => each.message === message).map((each) => each.position);
    const taken = [...agreed, ...acks].filter(({ completed }) => completed < index).map((each) => each.position);
    if (premature(message) || !own.some((position) => taken.some((other) => position <= other))) continue;
    found.push(`realtime ${message}`);
  }

  const reordered = reorderedBetween(reads);
  if (found.length === 0 && reordered.size === 0) {
    const lasts = reads.flatMap((read) => deliveries.filter((each) => each.completed === read.completed).slice(-1));
    for (const { message, position, completed } of [...acks, ...lasts]) {
      const begun = broadcasts.filter(({ index }) => index < completed).length;
      if (position > begun) found.push(`gap ${position} ${message}`);
    }
  }
  const unknown = acks.length === 0 || reads.length === 0 || unjudged > 0;
  const valid = found.length > 0 || reordered.size > 0 ? false : unknown ? 'unknown' : true;
  return { valid, found: found.sort(), reordered };
}

type Fate = 'delivered' | 'restored' | 'lost' | 'unknown';

/** What a read says that a snapshot brought, or shows by beginning late in a boot that had a boot before it. */
function restoredBy(read: Read, reads: readonly Read[]): number {
  const { asked, from, node, boot, snapshot = 0 } = read;
  if (typeof asked !== 'number' || from <= asked || boot === 1) return snapshot;
  const others = reads.filter((other) => other.node === node && other.boot === boot && other.messages.length > 0);
  return others.every((other) => other.from >= from) ? Math.max(snapshot, from - 1) : snapshot;
}

function fateOn(ack: { message: string; position: number; completed: number }, reads: readonly Read[]): Fate {
  const lastBoot = Math.max(...reads.map((read) => read.boot));
  const ofLastBoot = reads.filter((read) => read.boot === lastBoot);
  const restored = Math.max(0, ...ofLastBoot.map((read) => restoredBy(read, reads)));
  const reach = Math.max(
    restored,
    ...ofLastBoot.filter((r) => r.messages.length > 0).map((r) => r.from + r.messages.length - 1),
  );
  const shown = (position: number): { message: string; completed: number } | undefined =>
    reads
      .filter(() => position <= reach)
      .filter(({ from, messages }) => from <= position && position < from + messages.length)
      .map((read) => ({ ...read, message: read.messages[position - read.from] as string }))
      .sort((a, b) => a.boot - b.boot || a.completed - b.completed)
      .at(-1);
  const here = shown(ack.position);
  const endedBefore = ofLastBoot.some(
    ({ final, from, messages, invoked }) =>
      final &&
      ack.position > restored &&
      from + messages.length <= ack.position &&
      ack.completed < invoked &&
      (here === undefined || here.completed < invoked),
  );
  if (endedBefore) return 'lost';
  if (here === undefined) return ack.position <= restored ? 'restored' : 'unknown';
  const positions = Array.from({ length: reach }, (_, at) => at + 1);
  return positions.some((position) => shown(position)?.message === ack.message) ? 'delivered' : 'lost';
}

function reorderedBetween(reads: readonly Read[]): Set<string> {
  const views = new Map<string, Map<string, number>>();
  for (const { node, boot, from, messages } of reads) {
    const view = views.get(`${boot} ${node}`) ?? new Map<string, number>();
    views.set(`${boot} ${node}`, view);
    messages.forEach((message, at) => {
      if (!view.has(message)) view.set(message, from + at);
    });
  }
  const reordered = new Set<string>();
  for (const view of views.values()) {
    for (const other of views.values()) {
      for (const [a, here] of view) {
        for (const [b, later] of view) {
          const [first, second] = [other.get(b), other.get(a)];
          if (first === undefined || second === undefined) continue;
          if (here < later && first < second) reordered.add(`reordered ${b} ${a}`);
        }
      }
    }
  }
  return reordered;
}
