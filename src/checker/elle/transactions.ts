import { UsageError } from '../../base/errors.ts';
import type { Operation } from '../../history/operation.ts';
import { IntList } from '../int-list.ts';
import { textOf } from '../linearizability/values.ts';
import { toValue } from './values.ts';
import { none, Versions } from './versions.ts';

/** `info`: may have happened; what it wrote has, once anyone has read it. */
export const outcomes = { ok: 0, info: 1, fail: 2 } as const;

/**
 * A history of transactions as columns of integers, by transaction and by micro-operation. What a transaction that did not
 * complete with `ok` has read is unknown, so that only its writes stand here.
 */
export interface Transactions {
  readonly count: number;
  readonly outcomes: Int32Array;
  /** Places in the history; `none` where it has no such operation, and for the completion of what may still happen. */
  readonly invocations: Int32Array;
  readonly completions: Int32Array;
  /** The process, as a place in `processNames`. */
  readonly processes: Int32Array;
  readonly processNames: readonly number[];
  /** By place in the history: the index of the operation. */
  readonly indices: Int32Array;
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

/**
 * Takes the history operation by operation, and keeps none of them. Throws a UsageError `bad-history` for a client's
 * operation that is no transaction of the grammar.
 */
export function readTransactions(
  history: Iterable<Operation>,
  grammarOf: (versions: Versions) => Grammar,
): Transactions {
  const reader = new Reader(grammarOf, Array.isArray(history) ? history.length : 0);
  for (const operation of history) reader.take(operation);
  return reader.end();
}

class Reader {
  readonly #versions = new Versions();
  readonly #grammar: Grammar;
  readonly #underWay = new UnderWay();
  readonly #processIds = new Map<number, number>();
  readonly #indices: IntList;
  readonly #atPlace: IntList;
  readonly #outcomes: IntList;
  readonly #invocations: IntList;
  readonly #completions: IntList;
  readonly #processes: IntList;
  readonly #begins: IntList;
  readonly #owners: IntList;
  readonly #writes: IntList;
  readonly #keys: IntList;
  readonly #operands: IntList;

  /** `length`: of the history, where that is known, so that columns need not grow while so much else is in memory. */
  constructor(grammarOf: (versions: Versions) => Grammar, length: number) {
    this.#grammar = grammarOf(this.#versions);
    [this.#indices, this.#atPlace] = [new IntList(length), new IntList(length)];
    [this.#outcomes, this.#processes] = [new IntList(length / 2), new IntList(length / 2)];
    [this.#invocations, this.#completions] = [new IntList(length / 2), new IntList(length / 2)];
    this.#begins = new IntList(length / 2 + 1);
    [this.#owners, this.#writes] = [new IntList(2 * length), new IntList(2 * length)];
    [this.#keys, this.#operands] = [new IntList(2 * length), new IntList(2 * length)];
  }

  take(operation: Operation): void {
    const place = this.#indices.length;
    this.#indices.push(operation.index);
    this.#atPlace.push(none);
    const { process, type } = operation;
    if (process === 'nemesis') return;
    if (type === 'invoke') {
      this.#underWay.begin(process, { place, operation });
      return;
    }
    const begun = this.#underWay.end(process, operation);
    // A note of a client that has nothing under way, as Jepsen's write, is no transaction.
    if (type === 'info' && begun === undefined && !Array.isArray(operation.value)) return;
    // Whoever cannot say whether it happened may not repeat what it was.
    const isSaid = type === 'ok' || Array.isArray(operation.value) || begun === undefined;
    this.#take(outcomes[type], process, begun?.place ?? none, place, isSaid ? operation : begun.operation);
  }

  end(): Transactions {
    for (const [process, { place, operation }] of this.#underWay.left()) {
      this.#take(outcomes.info, process, place, none, operation);
    }
    this.#begins.push(this.#owners.length);
    return {
      count: this.#outcomes.length,
      outcomes: this.#outcomes.view(),
      invocations: this.#invocations.view(),
      completions: this.#completions.view(),
      processes: this.#processes.view(),
      processNames: [...this.#processIds.keys()],
      indices: this.#indices.view(),
      atPlace: this.#atPlace.view(),
      begins: this.#begins.view(),
      owners: this.#owners.view(),
      writes: this.#writes.view(),
      keys: this.#keys.view(),
      operands: this.#operands.view(),
      versions: this.#versions,
    };
  }

  /** `operation`: the one of the two that says what the transaction was. */
  #take(outcome: number, process: number, invoked: number, completed: number, operation: Operation): void {
    const transaction = this.#outcomes.length;
    this.#outcomes.push(outcome);
    this.#invocations.push(invoked);
    this.#completions.push(completed);
    this.#processes.push(this.#processOf(process));
    this.#begins.push(this.#owners.length);
    if (invoked !== none) this.#atPlace.set(invoked, transaction);
    if (completed !== none) this.#atPlace.set(completed, transaction);
    const { value } = operation;
    if (!Array.isArray(value)) {
      throw this.#bad(operation, `expected an array of micro-operations, found ${textOf(value)}`);
    }
    for (let at = 0; at < value.length; at++) this.#takeMicroOperation(operation, value[at], transaction, outcome);
  }

  #processOf(process: number): number {
    let id = this.#processIds.get(process);
    if (id === undefined) {
      id = this.#processIds.size;
      this.#processIds.set(process, id);
    }
    return id;
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

interface Begun {
  readonly place: number;
  readonly operation: Operation;
}

/** Invocations that have not been completed. */
class UnderWay {
  readonly #begun = new Map<number, Begun>();
  /** Where a process has begun several at once, as no client of ours does: all but the first. */
  readonly #more = new Map<number, Begun[]>();

  begin(process: number, begun: Begun): void {
    const more = this.#more.get(process);
    if (!this.#begun.has(process)) this.#begun.set(process, begun);
    else if (more === undefined) this.#more.set(process, [begun]);
    else more.push(begun);
  }

  /** What the process has under way, if anything; of several, the first that the completion fits. */
  end(process: number, completion: Operation): Begun | undefined {
    const first = this.#begun.get(process);
    const more = this.#more.get(process);
    if (first === undefined || more === undefined) {
      this.#begun.delete(process);
      return first;
    }
    const all = [first, ...more];
    const ended = all.find(({ operation }) => isSameTransaction(operation, completion)) ?? first;
    const [next, ...others] = all.filter((begun) => begun !== ended);
    this.#begun.set(process, next as Begun);
    if (others.length > 0) this.#more.set(process, others);
    else this.#more.delete(process);
    return ended;
  }

  /** In the order of the history. */
  left(): (readonly [process: number, begun: Begun])[] {
    const left: [number, Begun][] = [...this.#begun];
    for (const [process, more] of this.#more) for (const begun of more) left.push([process, begun]);
    return left.sort(([, a], [, b]) => a.place - b.place);
  }
}

/** Whether two operations have the same micro-operations, whatever was read. */
function isSameTransaction({ value: asked }: Operation, { value }: Operation): boolean {
  if (!Array.isArray(asked) || !Array.isArray(value) || asked.length !== value.length) return false;
  return asked.every((micro: readonly unknown[], at) => {
    const done = value[at] as readonly unknown[];
    const compared = micro[0] === 'r' ? 2 : 3;
    return textOf(micro.slice(0, compared)) === textOf(done.slice(0, compared));
  });
}
