import { closeSync, openSync, readSync } from 'node:fs';
import { assert } from '../base/assert.ts';
import { asChaosError, UsageError } from '../base/errors.ts';
import { EdnHistoryParser } from './edn-history.ts';
import { formatOf, type HistoryFormat, isEdn } from './format.ts';
import { JsonHistoryParser } from './json-history.ts';
import { JsonlParser, type ReadHistory } from './jsonl.ts';
import type { Operation } from './operation.ts';
import { PorcupineLogParser } from './porcupine.ts';

/** A history as read, and the format that its file had. */
export interface ReadFile extends ReadHistory {
  readonly format: HistoryFormat;
}

/** A history whose file is read as its operations are taken, which can be done once. */
export interface HistoryStream {
  readonly format: HistoryFormat;
  readonly operations: Iterable<Operation>;
}

/** Reads a history as a whole, by the same rules as `takeHistory`. */
export function readHistory(path: string, format: HistoryFormat | 'auto' = 'auto'): ReadFile {
  const warnings: string[] = [];
  return takeHistory(
    path,
    format,
    (warning) => warnings.push(warning),
    (history) => ({ format: history.format, operations: [...history.operations], warnings }),
  );
}

/**
 * Opens a history, in whatever format unless one is named, for as long as `take` takes. Only a piece of the file is held at a
 * time. `warn` is told at the end what was odd. Throws a UsageError, which may be when an operation is taken: `no-history`
 * where the file cannot be read, `bad-history` where it can, but is not a history.
 */
export function takeHistory<T>(
  path: string,
  format: HistoryFormat | 'auto',
  warn: (warning: string) => void,
  take: (history: HistoryStream) => T,
): T {
  const source = chunks(path);
  try {
    const first = source.next().value ?? new Uint8Array();
    const beginning = new TextDecoder().decode(first.subarray(0, enoughToSniffBytes));
    const actual = format === 'auto' ? formatOf(beginning) : format;
    const parts = partsOf(path, actual, beginning, joined(first, source));
    return take({ format: actual, operations: operationsOf(parts, warn) });
  } finally {
    source.return(undefined);
  }
}

function* operationsOf(parts: Iterable<ReadHistory>, warn: (warning: string) => void): Generator<Operation> {
  for (const { operations, warnings } of parts) {
    for (const warning of warnings) warn(warning);
    yield* operations;
  }
}

const enoughToSniffBytes = 1 << 16;

/** The file is read once only, as it may be a pipe. */
function* joined(first: Uint8Array, rest: Iterable<Uint8Array>): Generator<Uint8Array> {
  yield first;
  yield* rest;
}

function partsOf(
  path: string,
  format: HistoryFormat,
  beginning: string,
  source: Iterable<Uint8Array>,
): Generator<ReadHistory> {
  switch (format) {
    case 'jsonl':
      return partsOfLines(path, source, new JsonlParser(path));
    case 'edn':
      return partsOfText(path, source, new EdnHistoryParser(path));
    case 'json':
      return partsOfText(path, source, new JsonHistoryParser(path));
    case 'porcupine':
      return isEdn(beginning)
        ? partsOfText(path, source, new EdnHistoryParser(path))
        : partsOfLines(path, source, new PorcupineLogParser(path));
  }
}

type LineParser = JsonlParser | PorcupineLogParser;

function* partsOfLines(path: string, source: Iterable<Uint8Array>, parser: LineParser): Generator<ReadHistory> {
  for (const lines of pieces(path, source)) {
    for (const line of lines) parser.line(line);
    yield { operations: parser.drain(), warnings: [] };
  }
  yield parser.end();
}

type TextParser = EdnHistoryParser | JsonHistoryParser;

function* partsOfText(path: string, source: Iterable<Uint8Array>, parser: TextParser): Generator<ReadHistory> {
  for (const text of texts(path, source)) {
    parser.push(text);
    yield { operations: parser.drain(), warnings: [] };
  }
  yield parser.end();
}

/** The text of a file, a piece at a time, wherever its lines end. */
function* texts(path: string, source: Iterable<Uint8Array>): Generator<string> {
  const decoder = new TextDecoder('utf-8', { fatal: true });
  let line = 1;
  for (const chunk of source) {
    let text: string;
    try {
      text = decoder.decode(chunk, { stream: true });
    } catch {
      throw badUtf8(path, line + linesIn(new TextDecoder().decode(chunk).split('\ufffd', 1)[0] ?? ''));
    }
    line += linesIn(text);
    yield text;
  }
}

function linesIn(text: string): number {
  let count = 0;
  for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', at + 1)) count++;
  return count;
}

const chunkBytes = 1 << 20;
const newline = 0x0a;

/** What a text can hold has an end, and so has memory: a file of another kind may have no line breaks at all. */
const longestLineBytes = 1 << 28;

/** The lines of a file, some at a time. */
function* pieces(path: string, source: Iterable<Uint8Array>): Generator<readonly string[]> {
  const text = new LineDecoder(path);
  // What follows the last line break so far: the beginning of a line whose end has not been read yet.
  let rest: Uint8Array[] = [];
  let restBytes = 0;
  for (const chunk of source) {
    const end = chunk.lastIndexOf(newline);
    if (end < 0) {
      rest.push(chunk);
      restBytes += chunk.length;
      if (restBytes > longestLineBytes) throw text.tooLong();
      continue;
    }
    restBytes = chunk.length - end - 1;
    yield text.lines(Buffer.concat([...rest, chunk.subarray(0, end)]));
    rest = [chunk.subarray(end + 1)];
  }
  const last = Buffer.concat(rest);
  if (last.length > 0) yield [text.tornLine(last)];
}

/** UTF-8 to lines. Bytes that are none are an error: to replace them could make one message of two. */
class LineDecoder {
  readonly #path: string;
  readonly #strict = new TextDecoder('utf-8', { fatal: true });
  #lines = 0;

  constructor(path: string) {
    this.#path = path;
  }

  lines(bytes: Uint8Array): readonly string[] {
    try {
      const lines = this.#strict.decode(bytes).split('\n');
      this.#lines += lines.length;
      return lines;
    } catch {
      throw badUtf8(this.#path, this.#lines + this.#firstBadLine(bytes));
    }
  }

  /** The last line of a file, where no line break follows: it may have been torn amid a character. */
  tornLine(bytes: Uint8Array): string {
    this.#lines++;
    try {
      return new TextDecoder('utf-8', { fatal: true }).decode(bytes, { stream: true });
    } catch {
      throw badUtf8(this.#path, this.#lines);
    }
  }

  tooLong(): UsageError {
    const where = `${this.#path}, line ${this.#lines + 1}`;
    return new UsageError('bad-history', `${where}: a line of more than ${longestLineBytes} bytes`, {
      remedy: 'Each operation has a line of its own; name the format of the file with --format if it is another.',
    });
  }

  #firstBadLine(bytes: Uint8Array): number {
    let start = 0;
    for (let line = 1; ; line++) {
      const end = bytes.indexOf(newline, start);
      try {
        this.#strict.decode(bytes.subarray(start, end < 0 ? bytes.length : end));
      } catch {
        return line;
      }
      assert(end >= 0, 'bytes that are not UTF-8 have a line that is not');
      start = end + 1;
    }
  }
}

function badUtf8(path: string, line: number): UsageError {
  return new UsageError('bad-history', `${path}, line ${line}: not UTF-8`, {
    remedy: 'Convert the file to UTF-8; a compressed file must be unpacked first.',
  });
}

function* chunks(path: string): Generator<Uint8Array, undefined> {
  const file = attempt(path, () => openSync(path, 'r'));
  try {
    for (;;) {
      const chunk = new Uint8Array(chunkBytes);
      const count = attempt(path, () => readSync(file, chunk, 0, chunkBytes, null));
      if (count === 0) return;
      yield chunk.subarray(0, count);
    }
  } finally {
    closeSync(file);
  }
}

function attempt<T>(path: string, call: () => T): T {
  try {
    return call();
  } catch (thrown) {
    throw new UsageError('no-history', asChaosError(thrown, `cannot read ${path}`).message, {
      remedy: 'Name a file, or the folder of a run that holds a history.jsonl.',
      cause: thrown,
    });
  }
}
