import type { Operation, OperationType } from '../../../src/history/operation.ts';
import type { Choices } from '../histories.ts';
import { asked, type MicroOperation } from './scripts.ts';

export type Isolation = 'serializable' | 'snapshot' | 'stale snapshot' | 'read committed' | 'read uncommitted';

export const isolations: readonly Isolation[] = [
  'serializable',
  'snapshot',
  'stale snapshot',
  'read committed',
  'read uncommitted',
];

interface Running {
  readonly plan: readonly MicroOperation[];
  readonly done: MicroOperation[];
  base: ReadonlyMap<string, unknown>;
  readonly written: Map<string, unknown>;
}

/**
 * A store of lists or registers, and its clients. `serializable` runs each transaction whole; `snapshot` reads from the moment of
 * the invocation, and the first committer wins; `stale snapshot` may read from an earlier one; `read committed` reads and
 * writes one micro-operation at a time, and shows what it wrote when it commits; `read uncommitted` shows it at once, and
 * takes nothing back.
 */
export class SimulatedStore {
  readonly history: Operation[] = [];
  readonly #isolation: Isolation;
  readonly #write: 'append' | 'w';
  readonly #keys = ['x', 'y', 'z'];
  /** All committed states, the latest last. */
  readonly #states: ReadonlyMap<string, unknown>[] = [new Map()];
  #processes = 0;
  #values = 0;

  constructor(isolation: Isolation, write: 'append' | 'w') {
    this.#isolation = isolation;
    this.#write = write;
  }

  /** Runs so many transactions by two or three clients, some of which crash. */
  run(choices: Choices, transactions: number): void {
    const clients = Array.from({ length: 2 + choices.below(2) }, () => ({
      process: this.#processes++,
      running: null as Running | null,
    }));
    let begun = 0;
    for (let step = 0; step < 12 * transactions; step++) {
      const client = clients[choices.below(clients.length)];
      if (client === undefined) break;
      if (client.running === null) {
        if (begun === transactions) continue;
        begun++;
        client.running = this.#begin(client.process, choices);
        continue;
      }
      const outcome = this.#advance(client.running, choices);
      if (outcome === null) continue;
      this.#record(outcome, client.process, outcome === 'ok' ? client.running.done : asked(client.running.plan));
      client.running = null;
      if (outcome === 'info') client.process = this.#processes++;
    }
    if (choices.below(3) > 0) this.#readAll();
  }

  #begin(process: number, choices: Choices): Running {
    const plan = Array.from({ length: 1 + choices.below(3) }, (): MicroOperation => {
      const key = choices.pick(this.#keys) as string;
      return choices.below(2) === 0 ? ['r', key, null] : [this.#write, key, ++this.#values];
    });
    this.#record('invoke', process, plan);
    const age = this.#isolation === 'stale snapshot' ? choices.below(3) : 0;
    const base = this.#states[Math.max(0, this.#states.length - 1 - age)] as ReadonlyMap<string, unknown>;
    return { plan, done: [], base, written: new Map() };
  }

  /** One step of a transaction; its outcome where it was the last. */
  #advance(running: Running, choices: Choices): OperationType | null {
    const isWhole = this.#isolation === 'serializable';
    if (isWhole && running.done.length === 0) running.base = this.#now;
    while (running.done.length < running.plan.length) {
      this.#execute(running);
      if (!isWhole) return null;
    }
    switch (choices.below(12)) {
      case 0:
        return this.#isolation === 'read uncommitted' ? 'info' : 'fail';
      case 1:
        return 'info';
      case 2:
        this.#commit(running);
        return 'info';
      default:
        return this.#commit(running) ? 'ok' : 'fail';
    }
  }

  #execute({ plan, done, base, written }: Running): void {
    const [f, key, value] = plan[done.length] as MicroOperation;
    const name = key as string;
    const isolated = this.#isolation === 'serializable' || this.#isolation.endsWith('snapshot');
    const shared = isolated ? base : this.#now;
    const current = written.get(name) ?? shared.get(name) ?? null;
    if (f === 'r') {
      done.push(['r', key, current]);
      return;
    }
    const next = f === 'w' ? value : [...((current as unknown[] | null) ?? []), value];
    done.push([f, key, value]);
    if (this.#isolation === 'read uncommitted') this.#states.push(new Map(this.#now).set(name, next));
    else written.set(name, next);
  }

  #commit({ base, written }: Running): boolean {
    const conflicts = [...written.keys()].some((key) => base.get(key) !== this.#now.get(key));
    if (this.#isolation.endsWith('snapshot') && conflicts) return false;
    const next = new Map(this.#now);
    for (const [key, value] of written) next.set(key, value);
    if (written.size > 0) this.#states.push(next);
    return true;
  }

  /** A last transaction that reads every key. */
  #readAll(): void {
    const process = this.#processes++;
    const value = this.#keys.map((key): MicroOperation => ['r', key, this.#now.get(key) ?? null]);
    this.#record('invoke', process, asked(value));
    this.#record('ok', process, value);
  }

  get #now(): ReadonlyMap<string, unknown> {
    return this.#states.at(-1) as ReadonlyMap<string, unknown>;
  }

  #record(type: OperationType, process: number, value: readonly MicroOperation[]): void {
    this.history.push({ index: this.history.length, process, type, f: 'txn', value });
  }
}

/** Changes a history as no store may have: what was read, or how a transaction ended. */
export function mutate(history: readonly Operation[], choices: Choices, write: 'append' | 'w'): Operation[] {
  const at = choices.below(history.length);
  return history.map((operation, place) => {
    if (place !== at || operation.type === 'invoke') return operation;
    const value = operation.value as MicroOperation[];
    const micro = choices.below(Math.max(1, value.length));
    switch (choices.below(5)) {
      case 0:
        return { ...operation, type: 'fail' };
      case 1:
        return { ...operation, type: 'info' };
      default:
        return {
          ...operation,
          value: value.map((each, other) => (other === micro ? misread(each, choices, write) : each)),
        };
    }
  });
}

function misread(micro: MicroOperation, choices: Choices, write: 'append' | 'w'): MicroOperation {
  const [f, key, found] = micro;
  if (f !== 'r') return micro;
  if (write === 'w') return ['r', key, choices.below(4) === 0 ? null : 1 + choices.below(8)];
  const read = (found as readonly unknown[] | null) ?? [];
  switch (choices.below(4)) {
    case 0:
      return ['r', key, read.slice(0, -1)];
    case 1:
      return ['r', key, read.toReversed()];
    case 2:
      return ['r', key, [...read, 1 + choices.below(8)]];
    default:
      return ['r', key, read.slice(1)];
  }
}
