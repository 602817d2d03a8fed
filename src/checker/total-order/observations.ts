import { UsageError } from '../../base/errors.ts';
import type { BroadcastValue, DeliveriesValue, Operation } from '../../history/operation.ts';
import { MessageNumbers } from './message-numbers.ts';
import { PositionTable } from './position-table.ts';

/** What a history of the workload `broadcast` says, with every message as a small number. Indices tell the order of time. */
export interface Observations {
  /** Message by its number: those broadcast come first, in the order of their invocations, as in `broadcasts`. */
  readonly messages: readonly string[];
  readonly broadcasts: readonly Broadcast[];
  /** Those of the broadcasts that were acknowledged, in the order of invocations. */
  readonly acks: readonly Ack[];
  /** The same in the order of completions. */
  readonly completedAcks: readonly Ack[];
  /** Broadcasts whose acknowledgement names another message. */
  readonly mistaken: readonly Mistaken[];
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
  /** Where it was acknowledged to stand, or null. */
  readonly position: number | null;
  /** The node that was asked, where the history says. */
  readonly node: string | null;
}

export interface Ack extends Broadcast {
  readonly position: number;
  readonly completed: number;
}

interface Mistaken {
  readonly broadcast: Broadcast;
  /** The message that was acknowledged instead. */
  readonly acknowledged: string;
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

export function observe(history: Iterable<Operation>): Observations {
  const observer = new Observer();
  for (const operation of history) observer.take(operation);
  return observer.end();
}

/** What a process did last, or is doing: `call` where it is not done, `broadcast` where it is one. */
interface Client {
  call: Operation | null;
  broadcast: Open<Broadcast> | null;
}

type Open<T> = { -readonly [Field in keyof T]: T[Field] };

/** Makes one object for each broadcast, and none else: there may be millions. */
class Observer {
  readonly #clients = new Map<number, Client>();
  readonly #numbers = new MessageNumbers();
  readonly #broadcasts: Open<Broadcast>[] = [];
  readonly #completedAcks: Ack[] = [];
  readonly #mistaken: Mistaken[] = [];
  readonly #reads: { readonly invocation: Operation; readonly completion: Operation }[] = [];
  readonly #nodes = new Set<string>();
  readonly #joined = new Set<string>();
  readonly #departed = new Set<string>();

  take(operation: Operation): void {
    const { process, type } = operation;
    if (process === 'nemesis') {
      this.#takeMembership(operation);
      return;
    }
    const client = this.#clients.get(process);
    if (type === 'invoke') this.#begin(operation, client ?? this.#newClient(process));
    else if (client !== undefined && client.call !== null) {
      this.#complete(client.call, operation, type, client.broadcast);
      client.call = null;
    }
  }

  end(): Observations {
    const { messages } = this.#numbers;
    const acks = this.#broadcasts.filter(isAck);
    const expected = new PositionTable(messages.length);
    for (const { position, id } of acks) expected.set(position, id);
    // What was only delivered gets its numbers after all that was broadcast.
    const reads = this.#reads
      .sort((a, b) => a.invocation.index - b.invocation.index)
      .map(({ invocation, completion }) => readOf(invocation, completion, this.#numbers, expected))
      .sort((a, b) => a.completed - b.completed);
    for (const { node } of reads) this.#nodes.add(node);
    return {
      messages,
      broadcasts: this.#broadcasts,
      acks,
      completedAcks: this.#completedAcks,
      mistaken: this.#mistaken.sort((a, b) => a.broadcast.id - b.broadcast.id),
      reads: withRestores(reads, this.#joined),
      nodes: [...this.#nodes].sort(),
      departed: this.#departed,
    };
  }

  #newClient(process: number): Client {
    const client: Client = { call: null, broadcast: null };
    this.#clients.set(process, client);
    return client;
  }

  #begin(invocation: Operation, client: Client): void {
    const { index, f, node, value: message } = invocation;
    client.call = invocation;
    client.broadcast = null;
    if (f !== 'broadcast' && f !== 'deliveries') return;
    if (node !== undefined) this.#nodes.add(node);
    if (f === 'deliveries') return;
    if (typeof message !== 'string') throw malformed(invocation, 'a broadcast has a string for its value');
    const id = this.#broadcasts.length;
    if (!this.#numbers.add(message)) {
      throw malformed(invocation, `message ${JSON.stringify(message)} is broadcast twice`);
    }
    const outcome = 'info' as Broadcast['outcome'];
    const [completed, position] = [null, null];
    client.broadcast = { id, message, invoked: index, outcome, completed, position, node: node ?? null };
    this.#broadcasts.push(client.broadcast);
  }

  #complete(
    invocation: Operation,
    completion: Operation,
    type: Broadcast['outcome'],
    broadcast: Open<Broadcast> | null,
  ): void {
    if (broadcast === null) {
      if (type === 'ok' && invocation.f === 'deliveries') this.#reads.push({ invocation, completion });
      return;
    }
    broadcast.outcome = type;
    broadcast.completed = completion.index;
    if (type !== 'ok') return;
    const { message, position } = broadcastValue(completion);
    if (message !== broadcast.message) {
      this.#mistaken.push({ broadcast, acknowledged: message });
      return;
    }
    broadcast.position = position;
    broadcast.node = completion.node ?? broadcast.node;
    if (isAck(broadcast)) this.#completedAcks.push(broadcast);
  }

  /** Who came and who went, by the nemesis's `join` and `leave` of a node, or of several. */
  #takeMembership({ f, value }: Operation): void {
    if (f !== 'join' && f !== 'leave') return;
    for (const node of nodesIn(value)) {
      if (f === 'leave') this.#departed.add(node);
      else this.#departed.delete(node);
      if (f === 'join') this.#joined.add(node);
    }
  }
}

function isAck(broadcast: Broadcast): broadcast is Ack {
  return broadcast.position !== null;
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

function nodesIn(value: unknown): readonly string[] {
  const { node, nodes } = recordOf(value);
  return [value, node, nodes].flat().filter((name) => typeof name === 'string');
}

/** Whether it was broadcast at all: a number beyond the broadcasts' belongs to a message that was only delivered. */
export function broadcastOf({ broadcasts }: Observations, id: number): Broadcast | null {
  return broadcasts[id] ?? null;
}

/** `expected`: by position, the message that was acknowledged or read there before. */
function readOf(invocation: Operation, completion: Operation, numbers: MessageNumbers, expected: PositionTable): Read {
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
    ids: numbers.ofDelivered(messages, from, expected),
    final: request['final'] === true,
    restored: snapshot,
  };
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
