import type { DeliveriesValue, NewOperation, Operation } from '../../src/history/operation.ts';

/** Decisions from a list of numbers, so that a failing list can be shrunk; zero when it is used up. */
export class Choices {
  readonly #numbers: readonly number[];
  #next = 0;

  constructor(numbers: readonly number[]) {
    this.#numbers = numbers;
  }

  /** From 0 to `bound - 1`. */
  below(bound: number): number {
    return (this.#numbers[this.#next++] ?? 0) % bound;
  }

  pick<T>(items: readonly T[]): T | undefined {
    return items[this.below(Math.max(1, items.length))];
  }
}

interface Node {
  readonly name: string;
  boot: number;
  /** How much of the log this boot has delivered. */
  delivered: number;
  /** How much of that it had from a snapshot, and whether it says so. */
  restored: number;
  says: boolean;
}

interface Client {
  process: number;
  readonly node: Node;
  underWay: { message: string; committed: boolean } | { from: number } | null;
}

/** A system that keeps every promise, its clients, and the history they record. */
export class CorrectSystem {
  readonly history: Operation[] = [];
  readonly log: string[] = [];
  readonly nodes: readonly Node[] = ['n1', 'n2', 'n3'].map((name) => ({
    name,
    boot: 1,
    delivered: 0,
    restored: 0,
    says: true,
  }));
  readonly #clients: Client[];
  #messages = 0;

  constructor() {
    this.#clients = [...this.nodes, ...this.nodes].map((node, process) => ({ process, node, underWay: null }));
  }

  run(choices: Choices, steps: number): void {
    for (let step = 0; step < steps; step++) {
      if (choices.below(5) === 0) this.#nodeStep(choices);
      else this.#clientStep(choices);
    }
  }

  /** Every node delivers everything and is read for the last time, from position 1 on; some have left by then. */
  finalReads(departed: readonly string[] = []): void {
    for (const node of departed) this.record({ process: 'nemesis', type: 'info', f: 'leave', value: { node } });
    for (const node of this.nodes) {
      if (departed.includes(node.name)) continue;
      node.delivered = this.log.length;
      const process = 100 + this.history.length;
      const operation = { process, f: 'deliveries', node: node.name } as const;
      this.record({ ...operation, type: 'invoke', value: { from: 1, final: true } });
      this.record({ ...operation, type: 'ok', value: deliveriesOf(node, this.log, 1) });
    }
  }

  record(operation: NewOperation): void {
    const index = this.history.length;
    this.history.push({ index, time: index * 1e6, ...operation });
  }

  #nodeStep(choices: Choices): void {
    const node = choices.pick(this.nodes) as Node;
    const step = choices.below(6);
    if (step > 1) {
      node.delivered += choices.below(this.log.length - node.delivered + 1);
      return;
    }
    // The first node takes no snapshots, so that every message is seen by somebody.
    const hasSnapshots = node !== this.nodes[0];
    if (step === 1 && hasSnapshots) {
      // A node that lags far behind is sent one while it runs, and can't be read below it any more.
      node.delivered += choices.below(this.log.length - node.delivered + 1);
      node.restored = node.delivered;
      node.says = true;
      return;
    }
    node.boot++;
    node.delivered = choices.below(node.delivered + 1);
    node.restored = hasSnapshots ? choices.below(node.delivered + 1) : 0;
    node.says = choices.below(2) === 0;
  }

  #clientStep(choices: Choices): void {
    const client = choices.pick(this.#clients) as Client;
    const { process, node, underWay } = client;
    if (underWay === null) {
      this.#invoke(client, choices);
      return;
    }
    const isBroadcast = 'message' in underWay;
    const outcome = choices.below(6);
    const common = { process, node: node.name, f: isBroadcast ? 'broadcast' : 'deliveries' };
    if (outcome === 0) {
      this.record({ ...common, type: 'info', error: { code: 'timeout', message: 'no answer' } });
      // The request may still be on its way: it takes effect now or never.
      if (isBroadcast && choices.below(2) === 0) this.#commit(underWay);
      client.process += this.#clients.length;
    } else if (isBroadcast && !underWay.committed) {
      if (outcome > 1) {
        this.#commit(underWay);
        return;
      }
      this.record({ ...common, type: 'fail', error: { code: 'no-leader', message: 'refused' } });
    } else if (isBroadcast) {
      const position = this.log.indexOf(underWay.message) + 1;
      this.record({ ...common, type: 'ok', value: { message: underWay.message, position } });
    } else {
      this.record({ ...common, type: 'ok', value: deliveriesOf(node, this.log, underWay.from) });
    }
    client.underWay = null;
  }

  #invoke(client: Client, choices: Choices): void {
    const { process, node } = client;
    if (choices.below(3) > 0) {
      const message = `m${++this.#messages}`;
      client.underWay = { message, committed: false };
      this.record({ process, node: node.name, type: 'invoke', f: 'broadcast', value: message });
    } else {
      const from = 1 + choices.below(node.delivered + 1);
      client.underWay = { from };
      this.record({ process, node: node.name, type: 'invoke', f: 'deliveries', value: { from } });
    }
  }

  #commit(broadcast: { message: string; committed: boolean }): void {
    if (broadcast.committed) return;
    broadcast.committed = true;
    this.log.push(broadcast.message);
  }
}

function deliveriesOf(node: Node, log: readonly string[], from: number): DeliveriesValue {
  const first = Math.max(from, node.restored + 1);
  const messages = log.slice(0, node.delivered).slice(first - 1);
  const snapshot = node.says && node.restored > 0 ? { snapshot: node.restored } : {};
  return { node: node.name, boot: node.boot, from: first, messages, ...snapshot };
}

/** Changes something that clients were told, in a way that may or may not break a promise. */
export function mutate(history: readonly Operation[], choices: Choices): Operation[] {
  const mutated = structuredClone(history) as { -readonly [K in keyof Operation]: Operation[K] }[];
  const pick = (f: string, type: string) =>
    choices.pick(mutated.filter((operation) => operation.f === f && operation.type === type));
  if (choices.below(3) === 0) {
    const ack = pick('broadcast', 'ok');
    if (ack !== undefined) mutateAck(ack, choices);
  } else if (choices.below(8) === 0) {
    const invocation = pick('deliveries', 'invoke');
    if (invocation !== undefined) {
      const value = invocation.value as { from: number; final?: boolean };
      invocation.value = { from: value.from, final: value.final !== true };
    }
  } else {
    const read = pick('deliveries', 'ok');
    if (read !== undefined) read.value = mutateRead(read.value as DeliveriesValue, choices);
  }
  return mutated;
}

function mutateAck(ack: { type: Operation['type']; value?: unknown }, choices: Choices): void {
  const { message, position } = ack.value as { message: string; position: number };
  switch (choices.below(4)) {
    case 0:
      ack.type = 'fail';
      return;
    case 1:
      ack.value = { message: 'm1', position };
      return;
    default:
      ack.value = { message, position: 1 + choices.below(position + 3) };
  }
}

function mutateRead(read: DeliveriesValue, choices: Choices): DeliveriesValue {
  const { node, boot, from, snapshot } = read;
  const messages = [...read.messages];
  const at = choices.below(messages.length + 1);
  switch (choices.below(8)) {
    case 0:
      messages.splice(at, 1);
      break;
    case 1:
      messages.splice(at, 0, messages[choices.below(messages.length + 1)] ?? 'm1');
      break;
    case 2:
      messages.splice(at, 2, ...messages.slice(at, at + 2).reverse());
      break;
    case 3:
      messages.splice(at, 1, 'ghost');
      break;
    case 4:
      messages.length = at;
      break;
    case 5:
      return { ...read, from: Math.max(1, from - 1 + choices.below(3)) };
    case 6:
      return { ...read, boot: 1 + choices.below(boot + 1) };
    case 7:
      return { ...read, node: choices.pick(['n1', 'n2', 'n3', 'n4']) ?? node };
  }
  return { node, boot, from, messages, ...(snapshot === undefined ? {} : { snapshot }) };
}
