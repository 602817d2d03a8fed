import { UsageError } from '../base/errors.ts';
import { errorOf, isError, shown } from './foreign-values.ts';
import { parseJson, TooDeep } from './json.ts';
import type { Operation, OperationType } from './operation.ts';
import { HistorySequence } from './sequence.ts';

/**
 * A history as read, or what is left of one that was handed over in part, with what was odd about its file but does not keep
 * it from being judged.
 */
export interface ReadHistory {
  readonly operations: readonly Operation[];
  readonly warnings: readonly string[];
}

/**
 * Reads `history.jsonl` line by line. Missing indices are assigned, a missing time is left out, and an error of whatever kind
 * is taken, as files from elsewhere may have them; blank lines are passed over; a last line that was torn while it was written
 * is dropped with a warning. Whatever else is wrong throws a UsageError `bad-history` that names `file` and the line.
 */
export class JsonlParser {
  readonly #file: string;
  readonly #sequence = new HistorySequence();
  #operations: Operation[] = [];
  #count = 0;
  #line = 0;
  /** A line that is no JSON but begins like an operation: an error once another line follows, a torn tail otherwise. */
  #torn: UsageError | null = null;

  constructor(file: string) {
    this.#file = file;
  }

  /** Takes the next line, without its line break. */
  line(text: string): void {
    this.#line++;
    if (text.trim() === '') return;
    if (this.#torn !== null) throw this.#torn;
    const parsed = this.#parse(text);
    if (parsed === undefined) return;
    const operation = toOperation(parsed, this.#count);
    if (typeof operation === 'string') throw this.#bad(operation);
    const problem = this.#sequence.problem(operation, this.#line);
    if (problem !== null) throw this.#bad(problem);
    this.#operations.push(operation);
    this.#count++;
  }

  /** Hands over what has been read since the last time: for those who take a history piece by piece. */
  drain(): readonly Operation[] {
    const operations = this.#operations;
    this.#operations = [];
    return operations;
  }

  /** Says that no line follows. */
  end(): ReadHistory {
    if (this.#torn === null) return { operations: this.#operations, warnings: [] };
    const warning = `${this.#file}, line ${this.#line}: the last line was not written to its end and is left out`;
    return { operations: this.#operations, warnings: [warning] };
  }

  /** The JSON of a line, or undefined where it may be a torn tail. */
  #parse(text: string): unknown {
    try {
      return parseJson(text);
    } catch (thrown) {
      if (thrown instanceof TooDeep) throw this.#bad(thrown.message, `, column ${thrown.column}`);
      const { message } = thrown as SyntaxError;
      const position = / at position (\d+)/.exec(message)?.[1];
      const column = position === undefined ? '' : `, column ${Number(position) + 1}`;
      const error = this.#bad(`not JSON: ${message}`, column);
      // A crash may leave half a line, or zero bytes in its place; anything else is a file of another kind.
      if (!/^\s*[{\0]/.test(text)) throw error;
      this.#torn = error;
      return undefined;
    }
  }

  #bad(found: string, column = ''): UsageError {
    return new UsageError('bad-history', `${this.#file}, line ${this.#line}${column}: ${found}`, { remedy });
  }
}

const remedy =
  'Each line must be one JSON object {"index","time","type","process","f","value"}, as `raft-chaos run` writes them; ' +
  'correct the line, or name the format of a file from elsewhere with --format (json for one that Jepsen or the like wrote).';

const types: readonly string[] = ['invoke', 'ok', 'fail', 'info'] satisfies OperationType[];

/** The operation, or what is wrong with it. `ordinal` is the index it must have, and gets where it has none. */
function toOperation(parsed: unknown, ordinal: number): Operation | string {
  if (typeof parsed !== 'object' || parsed === null || Array.isArray(parsed)) {
    return `expected an object, found ${shown(parsed)}`;
  }
  const fields = parsed as Readonly<Record<string, unknown>>;
  const problem = problemOf(fields, ordinal);
  if (problem !== null) return problem;
  const { index, time, key, error } = fields;
  const isExact = typeof time !== 'bigint' && typeof key !== 'bigint' && (error === undefined || isError(error));
  // What is as we write it is taken as it is: a copy would cost as much as parsing it did.
  return index === ordinal && isExact && hasOurFieldsOnly(fields)
    ? (parsed as Operation)
    : copied(parsed as Operation, ordinal);
}

function problemOf(fields: Readonly<Record<string, unknown>>, ordinal: number): string | null {
  const { index, time, type, process, f, key, node } = fields;
  if (index !== undefined && index !== ordinal) {
    return `expected index ${ordinal} (dense from 0), found ${shown(index)}`;
  }
  if (time !== undefined && !isTime(time)) return expected('time', nanoseconds, time);
  if (!isType(type)) return expected('type', types.map((name) => `"${name}"`).join(', '), type);
  if (!isProcess(process)) return expected('process', 'an integer from 0 on, or "nemesis"', process);
  if (typeof f !== 'string' || f === '') return expected('f', 'a name', f);
  if (key !== undefined && !isKey(key)) {
    return expected('key', 'a string or a number', key);
  }
  if (node !== undefined && typeof node !== 'string') return expected('node', 'a string', node);
  return null;
}

const fieldNames: ReadonlySet<string> = new Set([
  ...['index', 'time', 'type', 'process', 'f', 'key', 'value', 'error', 'node'],
]);

function hasOurFieldsOnly(fields: Readonly<Record<string, unknown>>): boolean {
  for (const name in fields) if (!fieldNames.has(name)) return false;
  return true;
}

function copied({ time, type, process, f, key, value, error, node }: Operation, index: number): Operation {
  const operation: { -readonly [Field in keyof Operation]: Operation[Field] } = { index, type, process, f };
  if (time !== undefined) operation.time = Number(time);
  if (key !== undefined) operation.key = typeof key === 'number' ? key : String(key);
  if (value !== undefined) operation.value = value;
  if (error !== undefined && error !== null) operation.error = errorOf(error);
  if (node !== undefined) operation.node = node;
  return operation;
}

const nanoseconds = 'nanoseconds since the run began, a number from 0 on';

function expected(field: string, what: string, found: unknown): string {
  return `${field}: expected ${what}, found ${shown(found)}`;
}

/** One that counts from 1970 is too long for a number to hold each nanosecond. */
function isTime(time: unknown): boolean {
  return (typeof time === 'number' || typeof time === 'bigint') && time >= 0;
}

/** A long that is too long for a number is as good as a name. */
function isKey(key: unknown): boolean {
  return typeof key === 'string' || typeof key === 'number' || typeof key === 'bigint';
}

function isType(type: unknown): type is OperationType {
  return typeof type === 'string' && types.includes(type);
}

function isProcess(process: unknown): process is Operation['process'] {
  return process === 'nemesis' || (Number.isSafeInteger(process) && (process as number) >= 0);
}
