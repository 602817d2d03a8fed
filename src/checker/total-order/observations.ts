import { UsageError } from '../../base/errors.ts';
import type { BroadcastValue, DeliveriesValue, Operation } from '../../history/operation.ts';
import { type Pair, pairOperations } from '../../history/pairs.ts';

/** What a history of the workload `broadcast` says, with every message as a small number. Indices tell the order of time. */
export interface Observations {
  /** Message by its number: those broadcast come first, in the order of their invocations, as in `broadcasts`. */
  readonly messages: readonly string[];
  readonly broadcasts: readonly Broadcast[];
  /** Those of the broadcasts that were acknowledged, in the order of invocations. */
  readonly acks: readonly Ack[];
  /** Broadcasts whose acknowledgement names another message. */
  readonly mistaken: readonly (Pair & { readonly acknowledged: BroadcastValue })[];
  /** Successful reads of deliveries, in the order of their completions. */
  readonly reads: readonly Read[];
  /** Every node that was asked or that answered, sorted. */
  readonly nodes: readonly string[];
  /** Those of them that left the cluster and did not come back: nothing more is owed to them. */
  readonly departed: ReadonlySet<string>;
}

export interface Broadcast {
  readonly id: number;
  readonly message: string;
  readonly invoked: number;
  /** `info` also where the history holds no completion. */
  readonly outcome: 'ok' | 'fail' | 'info';
  /** Index of the completion, or null where there is none. */
  readonly completed: number | null;
}

export interface Ack {
  readonly id: number;
  readonly message: string;
  readonly position: number;
  readonly completed: number;
  /** The node that was asked, where the history says. */
  readonly node: string | null;
}

export interface Read {
  readonly invoked: number;
  readonly completed: number;
  readonly node: string;
  readonly boot: number;
  /** The position that was asked for, where the invocation says. */
  readonly asked: number | null;
  readonly from: number;
  /** Position of the last message returned, `from - 1` where there is none. */
  readonly end: number;
  /** The messages, by number. */
  readonly ids: Int32Array;
  readonly final: boolean;
  /** All up to this position came to the node by a snapshot, as far as the read tells: it need not be delivered. 0 for none. */
  readonly restored: number;
}

export function observe(history: readonly Operation[]): Observations {
  const numbers = new Map<string, number>();
  const pairs = pairOperations(history).filter(({ invocation }) => invocation.process !== 'nemesis');
  const { broadcasts, acks, mistaken } = observeBroadcasts(pairs, numbers);
  const reads: Read[] = [];
  const nodes = new Set<string>();
  for (const { invocation, completion } of pairs) {
    const { f, node } = invocation;
    if (f !== 'broadcast' && f !== 'deliveries') continue;
    if (node !== undefined) nodes.add(node);
    if (f === 'deliveries' && completion?.type === 'ok') reads.push(readOf(invocation, completion, numbers));
  }
  for (const read of reads) nodes.add(read.node);
  reads.sort((a, b) => a.completed - b.completed);
  const { joined, departed } = membershipOf(history);
  return {
    messages: [...numbers.keys()],
    broadcasts,
    acks,
    mistaken,
    reads: withRestores(reads, joined),
    nodes: [...nodes].sort(),
    departed,
  };
}

/**
 * A boot after the first, or a node that joined a cluster that was at work, may begin with a snapshot: if it is asked for more
 * than it has delivered, its answer begins later. That is no hole, unless the boot delivered something below.
 */
function withRestores(reads: readonly Read[], joined: ReadonlySet<string>): Read[] {
  const bootOf = ({ node, boot }: Read): string => `${boot} ${node}`;
  const beginnings = new Map<string, number>();
  for (const read of reads) {
    if (read.ids.length === 0) continue;
    beginnings.set(bootOf(read), Math.min(read.from, beginnings.get(bootOf(read)) ?? read.from));
  }
  return reads.map((read) => {
    const { asked, from, boot, node, restored } = read;
    const isBeginning = asked !== null && from > asked && (beginnings.get(bootOf(read)) ?? from) >= from;
    return isBeginning && (boot > 1 || joined.has(node)) ? { ...read, restored: Math.max(restored, from - 1) } : read;
  });
}

/** Who came and who went, by the nemesis's `join` and `leave` of a node, or of several. */
function membershipOf(history: readonly Operation[]) {
  const joined = new Set<string>();
  const departed = new Set<string>();
  for (const { process, f, value } of history) {
    if (process !== 'nemesis' || (f !== 'join' && f !== 'leave')) continue;
    for (const node of nodesIn(value)) {
      if (f === 'leave') departed.add(node);
      else departed.delete(node);
      if (f === 'join') joined.add(node);
    }
  }
  return { joined, departed };
}

function nodesIn(value: unknown): readonly string[] {
  const { node, nodes } = recordOf(value);
  return [value, node, nodes].flat().filter((name) => typeof name === 'string');
}

/** Whether it was broadcast at all: a number beyond the broadcasts' belongs to a message that was only delivered. */
export function broadcastOf({ broadcasts }: Observations, id: number): Broadcast | null {
  return broadcasts[id] ?? null;
}

function observeBroadcasts(
  pairs: readonly Pair[],
  numbers: Map<string, number>,
): Pick<Observations, 'broadcasts' | 'acks' | 'mistaken'> {
  const broadcasts: Broadcast[] = [];
  const acks: Ack[] = [];
  const mistaken: (Pair & { acknowledged: BroadcastValue })[] = [];
  for (const pair of pairs) {
    const { invocation, completion } = pair;
    if (invocation.f !== 'broadcast') continue;
    const message = invocation.value;
    if (typeof message !== 'string') throw malformed(invocation, 'a broadcast has a string for its value');
    if (numbers.has(message)) throw malformed(invocation, `message ${JSON.stringify(message)} is broadcast twice`);
    const id = numbers.size;
    numbers.set(message, id);
    const outcome = completion === null || completion.type === 'invoke' ? 'info' : completion.type;
    broadcasts.push({ id, message, invoked: invocation.index, outcome, completed: completion?.index ?? null });
    if (completion?.type !== 'ok') continue;
    const acknowledged = broadcastValue(completion);
    if (acknowledged.message !== message) mistaken.push({ ...pair, acknowledged });
    else {
      const node = completion.node ?? invocation.node ?? null;
      acks.push({ id, message, position: acknowledged.position, completed: completion.index, node });
    }
  }
  return { broadcasts, acks, mistaken };
}

function readOf(invocation: Operation, completion: Operation, numbers: Map<string, number>): Read {
  const { node, boot, from, messages, snapshot = 0 } = deliveriesValue(completion);
  const request = recordOf(invocation.value);
  return {
    invoked: invocation.index,
    completed: completion.index,
    node,
    boot,
    asked: isPosition(request['from']) ? request['from'] : null,
    from,
    end: from + messages.length - 1,
    ids: numbered(messages, numbers),
    final: request['final'] === true,
    restored: snapshot,
  };
}

function numbered(messages: readonly string[], numbers: Map<string, number>): Int32Array {
  const ids = new Int32Array(messages.length);
  messages.forEach((message, at) => {
    let id = numbers.get(message);
    if (id === undefined) {
      id = numbers.size;
      numbers.set(message, id);
    }
    ids[at] = id;
  });
  return ids;
}

function broadcastValue(completion: Operation): BroadcastValue {
  const { message, position } = recordOf(completion.value);
  if (typeof message === 'string' && isPosition(position)) return { message, position };
  throw malformed(completion, 'an acknowledgement has the value {"message","position"}, positions from 1 on');
}

function deliveriesValue(completion: Operation): DeliveriesValue {
  const { node, boot, from, messages, snapshot } = recordOf(completion.value);
  const wellFormed = Array.isArray(messages) && messages.every((message) => typeof message === 'string');
  if (wellFormed && typeof node === 'string' && isPosition(boot) && isPosition(from)) {
    if (snapshot === undefined) return { node, boot, from, messages };
    if (snapshot === 0 || isPosition(snapshot)) return { node, boot, from, messages, snapshot };
  }
  throw malformed(
    completion,
    'a read of deliveries has the value {"node","boot","from","messages"}, and perhaps "snapshot"',
  );
}

function recordOf(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null ? (value as Readonly<Record<string, unknown>>) : {};
}

function isPosition(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 1;
}

function malformed({ index }: Operation, message: string): UsageError {
  return new UsageError('bad-history', `operation ${index}: ${message}`, {
    remedy: 'The workload broadcast sends unique strings; see the shapes of its operations in the manual.',
  });
}
