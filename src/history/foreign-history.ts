import { UsageError } from '../base/errors.ts';
import type { EdnPlace, EdnValue } from './edn-values.ts';
import { errorOf, shown } from './foreign-values.ts';
import { mayHaveKeys, splitIndependentKeys } from './independent.ts';
import { withoutBigints } from './json.ts';
import type { ReadHistory } from './jsonl.ts';
import type { Operation, OperationType } from './operation.ts';
import { HistorySequence } from './sequence.ts';

type Fields = { readonly [key: string]: EdnValue };

/**
 * The operations of a history of Jepsen's, whatever it is written in. They are counted from 0 in the order of the file,
 * whatever their `:index`; where that is another, a warning says so. Without `:process` all are one client's, and without
 * `:f`, `txn`. A time that goes backwards is left out with a warning. Whatever else is wrong throws a UsageError
 * `bad-history` with file, line and column.
 */
export class ForeignHistory {
  readonly #file: string;
  readonly #remedy: string;
  readonly #sequence = new HistorySequence();
  readonly #underWay = new Set<number>();
  #operations: Operation[] = [];
  #count = 0;
  /** Whether values may turn out to hold keys, which only the end tells; null until a client invokes anything. */
  #mayHaveKeys: boolean | null = null;
  #time = 0;
  #timesLeftOut = 0;
  #firstLeftOut = 0;
  /** The first operation whose own index is not its place. */
  #renumbered: { readonly own: EdnValue; readonly index: number } | null = null;

  constructor(file: string, remedy: string) {
    this.#file = file;
    this.#remedy = remedy;
  }

  /** Hands over what has been read since the last time: nothing before the end where values may hold keys. */
  drain(): readonly Operation[] {
    if (this.#mayHaveKeys !== false) return [];
    const operations = this.#operations;
    this.#operations = [];
    return operations;
  }

  /** Says that no more follows. `torn`: where what the file breaks off within begins, or null. */
  end(torn: EdnPlace | null): ReadHistory {
    const warnings: string[] = [];
    if (torn !== null) {
      const where = `the file ends within what begins at line ${torn.line}, column ${torn.column}`;
      if (this.#count === 0) throw this.bad(where, torn);
      warnings.push(`${this.#file}: ${where}; judged is what stands before`);
    }
    if (this.#timesLeftOut > 0) {
      warnings.push(
        `${this.#file}: the times of ${this.#timesLeftOut} operations go backwards and are left out (the first: line ${this.#firstLeftOut})`,
      );
    }
    if (this.#renumbered !== null) {
      const { own, index } = this.#renumbered;
      warnings.push(
        `${this.#file}: operations are counted from 0 in the order of the file, whatever their own index (the first that differs: ${shown(own)} is operation ${index})`,
      );
    }
    return { operations: this.#mayHaveKeys ? splitIndependentKeys(this.#operations) : this.#operations, warnings };
  }

  /** Takes the next operation. */
  take(form: EdnValue, place: EdnPlace): void {
    if (!isMap(form)) throw this.bad(`expected an operation, a map, found ${shown(form)}`, place);
    const wrong = problemOf(form);
    if (wrong !== null) throw this.bad(wrong, place);
    const index = this.#count;
    const operation = toOperation(form, index, this.#timeOf(form, place));
    const { index: own = index } = form;
    if (own !== index) this.#renumbered ??= { own, index };
    if (!this.#isNote(operation)) {
      const problem = this.#sequence.problem(operation, place.line);
      if (problem !== null) throw this.bad(problem, place);
    }
    if (operation.type === 'invoke' && operation.process !== 'nemesis') this.#mayHaveKeys ??= mayHaveKeys(operation);
    this.#operations.push(operation);
    this.#count++;
  }

  #timeOf({ time }: Fields, { line }: EdnPlace): number | undefined {
    if (time === undefined || time === null) return undefined;
    const timeNs = Number(time);
    // Negated, as a time before the beginning is left out, too, and one that is no number.
    if (!(timeNs >= this.#time)) {
      if (this.#timesLeftOut === 0) this.#firstLeftOut = line;
      this.#timesLeftOut++;
      return undefined;
    }
    this.#time = timeNs;
    return timeNs;
  }

  /** Clients may write notes, too: an `info` of one that has nothing under way. */
  #isNote({ type, process }: Operation): boolean {
    if (process === 'nemesis') return false;
    if (type === 'invoke') this.#underWay.add(process);
    else if (!this.#underWay.delete(process)) return type === 'info';
    return false;
  }

  /** What is wrong with the file, and where. */
  bad(found: string, { line, column }: EdnPlace): UsageError {
    return new UsageError('bad-history', `${this.#file}, line ${line}, column ${column}: ${found}`, {
      remedy: this.#remedy,
    });
  }
}

const types: readonly string[] = ['invoke', 'ok', 'fail', 'info'] satisfies OperationType[];

function problemOf({ type, process, f, time }: Fields): string | null {
  if (typeof type !== 'string' || !types.includes(type)) {
    return `:type: expected :invoke, :ok, :fail or :info, found ${shown(type)}`;
  }
  const isClient = typeof process === 'number' && Number.isSafeInteger(process) && process >= 0;
  if (!isClient && process !== undefined && process !== 'nemesis') {
    return `:process: expected an integer from 0 on, or :nemesis, found ${shown(process)}`;
  }
  if (f !== undefined && f !== null && (typeof f !== 'string' || f === '')) {
    return `:f: expected a name, found ${shown(f)}`;
  }
  if (time !== undefined && time !== null && typeof time !== 'number' && typeof time !== 'bigint') {
    return `:time: expected nanoseconds, found ${shown(time)}`;
  }
  return null;
}

/** An operation of which all is well. Its fields are set one by one: that is fast, and makes objects that are small. */
function toOperation(form: Fields, index: number, time: number | undefined): Operation {
  const { type, process, f, key, value, error, node } = form;
  const operation: { -readonly [Field in keyof Operation]: Operation[Field] } = {
    index,
    type: type as OperationType,
    process: (process ?? 0) as Operation['process'],
    f: (f ?? 'txn') as string,
  };
  if (time !== undefined) operation.time = time;
  if (key !== undefined && key !== null) operation.key = keyOf(key);
  if (value !== undefined) operation.value = value;
  if (error !== undefined && error !== null) operation.error = errorOf(error);
  if (typeof node === 'string') operation.node = node;
  return operation;
}

/** What is no name or number by itself is one by its text. */
function keyOf(key: EdnValue): string | number {
  return typeof key === 'string' || typeof key === 'number' ? key : JSON.stringify(key, withoutBigints);
}

function isMap(form: EdnValue | undefined): form is Fields {
  return typeof form === 'object' && form !== null && !Array.isArray(form);
}
