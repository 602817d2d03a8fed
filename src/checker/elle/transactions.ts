import { UsageError } from '../../base/errors.ts';
import type { Operation } from '../../history/operation.ts';
import { textOf } from '../linearizability/values.ts';
import { IntList } from './int-list.ts';
import { toValue } from './values.ts';
import { none, Versions } from './versions.ts';

/** `info`: may have happened; what it wrote has, once anyone has read it. */
export const outcomes = { ok: 0, info: 1, fail: 2 } as const;

/**
 * A history of transactions as columns of integers, by transaction and by micro-operation. What a transaction that did not
 * complete with `ok` has read is unknown, so that only its writes stand here.
 */
export interface Transactions {
  readonly history: readonly Operation[];
  readonly count: number;
  readonly outcomes: Int32Array;
  /** Places in the history; `none` where it has no such operation, and for the completion of what may still happen. */
  readonly invocations: Int32Array;
  readonly completions: Int32Array;
  /** By place in the history: whose invocation or completion it is, or none. */
  readonly atPlace: Int32Array;
  /** By transaction, and one more: where its micro-operations begin. */
  readonly begins: Int32Array;
  /** By micro-operation: whose it is, whether it writes, and to or from which key. */
  readonly owners: Int32Array;
  readonly writes: Int32Array;
  readonly keys: Int32Array;
  /** Of a write its version; of a read what the workload made of it. */
  readonly operands: Int32Array;
  readonly versions: Versions;
}

/** What a workload's micro-operations are called, and what it makes of a value that a committed transaction has read. */
export interface Grammar {
  readonly write: 'append' | 'w';
  /** Throws a BadValue. */
  operandOf(key: number, read: unknown): number;
}

/** What is wrong with a value that was read. */
export class BadValue extends Error {}

/** Throws a UsageError `bad-history` for a client's operation that is no transaction of the grammar. */
export function readTransactions(
  history: readonly Operation[],
  grammarOf: (versions: Versions) => Grammar,
): Transactions {
  const reader = new Reader(history, grammarOf);
  reader.read();
  return reader.transactions();
}

class Reader {
  readonly #history: readonly Operation[];
  readonly #versions = new Versions();
  readonly #grammar: Grammar;
  readonly #underWay = new UnderWay();
  readonly #atPlace: Int32Array;
  readonly #outcomes = new IntList();
  readonly #invocations = new IntList();
  readonly #completions = new IntList();
  readonly #begins = new IntList();
  readonly #owners = new IntList();
  readonly #writes = new IntList();
  readonly #keys = new IntList();
  readonly #operands = new IntList();

  constructor(history: readonly Operation[], grammarOf: (versions: Versions) => Grammar) {
    this.#history = history;
    this.#grammar = grammarOf(this.#versions);
    this.#atPlace = new Int32Array(history.length).fill(none);
  }

  read(): void {
    const history = this.#history;
    for (let place = 0; place < history.length; place++) {
      const operation = history[place] as Operation;
      const { process, type } = operation;
      if (process === 'nemesis') continue;
      if (type === 'invoke') {
        this.#underWay.begin(process, place);
        continue;
      }
      const invoked = this.#underWay.end(process, (candidate) => isSameTransaction(history[candidate], operation));
      // A note of a client that has nothing under way, as Jepsen's write, is no transaction.
      if (type === 'info' && invoked === none && !Array.isArray(operation.value)) continue;
      this.#take(outcomes[type], invoked, place);
    }
    for (const place of this.#underWay.left()) this.#take(outcomes.info, place, none);
    this.#begins.push(this.#owners.length);
  }

  transactions(): Transactions {
    return {
      history: this.#history,
      count: this.#outcomes.length,
      outcomes: this.#outcomes.view(),
      invocations: this.#invocations.view(),
      completions: this.#completions.view(),
      atPlace: this.#atPlace,
      begins: this.#begins.view(),
      owners: this.#owners.view(),
      writes: this.#writes.view(),
      keys: this.#keys.view(),
      operands: this.#operands.view(),
      versions: this.#versions,
    };
  }

  #take(outcome: number, invoked: number, completed: number): void {
    const transaction = this.#outcomes.length;
    this.#outcomes.push(outcome);
    this.#invocations.push(invoked);
    this.#completions.push(completed);
    this.#begins.push(this.#owners.length);
    if (invoked !== none) this.#atPlace[invoked] = transaction;
    if (completed !== none) this.#atPlace[completed] = transaction;
    let operation = this.#history[completed === none ? invoked : completed] as Operation;
    // Whoever cannot say whether it happened may not repeat what it was.
    if (outcome !== outcomes.ok && invoked !== none && !Array.isArray(operation.value)) {
      operation = this.#history[invoked] as Operation;
    }
    const { value } = operation;
    if (!Array.isArray(value))
      throw this.#bad(operation, `expected an array of micro-operations, found ${textOf(value)}`);
    for (let at = 0; at < value.length; at++) this.#takeMicroOperation(operation, value[at], transaction, outcome);
  }

  #takeMicroOperation(operation: Operation, micro: unknown, transaction: number, outcome: number): void {
    const { write } = this.#grammar;
    if (!Array.isArray(micro) || (micro[0] !== write && micro[0] !== 'r') || micro.length < 2) {
      throw this.#bad(operation, `expected ["${write}", key, value] or ["r", key, value], found ${textOf(micro)}`);
    }
    if (micro[0] === write) this.#takeWrite(operation, micro, transaction, outcome);
    else if (outcome === outcomes.ok) this.#takeRead(operation, micro, transaction);
  }

  #takeWrite(operation: Operation, micro: readonly unknown[], transaction: number, outcome: number): void {
    const value = micro[2];
    if (value === undefined || value === null) {
      throw this.#bad(operation, `${textOf(micro)} writes nothing, which no read could tell from the initial state`);
    }
    const key = this.#versions.keyOf(micro[1]);
    const version = this.#versions.idOf(key, toValue(value));
    this.#versions.written(version, this.#owners.length, outcome === outcomes.fail);
    this.#push(transaction, 1, key, version);
  }

  #takeRead(operation: Operation, micro: readonly unknown[], transaction: number): void {
    const key = this.#versions.keyOf(micro[1]);
    try {
      this.#push(transaction, 0, key, this.#grammar.operandOf(key, micro[2]));
    } catch (thrown) {
      if (thrown instanceof BadValue) throw this.#bad(operation, `${textOf(micro)}: ${thrown.message}`);
      throw thrown;
    }
  }

  #push(transaction: number, write: number, key: number, operand: number): void {
    this.#owners.push(transaction);
    this.#writes.push(write);
    this.#keys.push(key);
    this.#operands.push(operand);
  }

  #bad({ index, f }: Operation, found: string): UsageError {
    const { write } = this.#grammar;
    return new UsageError('bad-history', `operation ${index} (${f}): ${found}`, {
      remedy: `Each operation must be a transaction such as [["${write}","x",1],["r","y",null]]; correct it, or judge the history by another model.`,
    });
  }
}

/** By micro-operation: whether it is a write after which its transaction writes the key again. */
export function intermediateWrites({ owners, writes, keys, versions }: Transactions): Uint8Array {
  const intermediate = new Uint8Array(owners.length);
  const writtenBy = new Int32Array(versions.keyCount).fill(none);
  for (let micro = owners.length - 1; micro >= 0; micro--) {
    if (writes[micro] === 0) continue;
    const key = keys[micro] as number;
    if (writtenBy[key] === owners[micro]) intermediate[micro] = 1;
    writtenBy[key] = owners[micro] as number;
  }
  return intermediate;
}

/** Places of invocations that have not been completed. */
class UnderWay {
  readonly #places = new Map<number, number>();
  /** Where a process has begun several at once, as no client of ours does: all but the first. */
  readonly #more = new Map<number, number[]>();

  begin(process: number, place: number): void {
    const more = this.#more.get(process);
    if (!this.#places.has(process)) this.#places.set(process, place);
    else if (more === undefined) this.#more.set(process, [place]);
    else more.push(place);
  }

  /** The place of what the process has under way, or none; of several, the first that fits. */
  end(process: number, fits: (place: number) => boolean): number {
    const first = this.#places.get(process);
    if (first === undefined) return none;
    const more = this.#more.get(process);
    if (more === undefined) {
      this.#places.delete(process);
      return first;
    }
    const all = [first, ...more];
    const ended = all.find(fits) ?? first;
    const [next, ...others] = all.filter((place) => place !== ended);
    this.#places.set(process, next as number);
    if (others.length > 0) this.#more.set(process, others);
    else this.#more.delete(process);
    return ended;
  }

  /** In the order of the history. */
  left(): number[] {
    return [...this.#places.values(), ...[...this.#more.values()].flat()].sort((a, b) => a - b);
  }
}

/** Whether two operations have the same micro-operations, whatever was read. */
function isSameTransaction(invocation: Operation | undefined, { value }: Operation): boolean {
  const asked = invocation?.value;
  if (!Array.isArray(asked) || !Array.isArray(value) || asked.length !== value.length) return false;
  return asked.every((micro: readonly unknown[], at) => {
    const done = value[at] as readonly unknown[];
    const compared = micro[0] === 'r' ? 2 : 3;
    return textOf(micro.slice(0, compared)) === textOf(done.slice(0, compared));
  });
}
