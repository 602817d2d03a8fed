import { closeSync, openSync, readSync } from 'node:fs';
import { assert } from '../base/assert.ts';
import { asChaosError, UsageError } from '../base/errors.ts';
import { JsonlParser, type ReadHistory } from './jsonl.ts';

/**
 * Reads a `history.jsonl`. Only a piece of the file's text is held at a time. Throws a UsageError: `no-history` where the
 * file cannot be read, `bad-history` where it can, but is not a history.
 */
export function readHistory(path: string): ReadHistory {
  const parser = new JsonlParser(path);
  for (const lines of pieces(path)) for (const line of lines) parser.line(line);
  return parser.end();
}

const chunkBytes = 1 << 20;
const newline = 0x0a;

/** The lines of a file, some at a time. */
function* pieces(path: string): Generator<readonly string[]> {
  const text = new LineDecoder(path);
  // What follows the last line break so far: the beginning of a line whose end has not been read yet.
  let rest: Uint8Array[] = [];
  for (const chunk of chunks(path)) {
    const end = chunk.lastIndexOf(newline);
    if (end < 0) {
      rest.push(chunk);
      continue;
    }
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
      throw this.#badUtf8(this.#lines + this.#firstBadLine(bytes));
    }
  }

  /** The last line of a file, where no line break follows: it may have been torn amid a character. */
  tornLine(bytes: Uint8Array): string {
    this.#lines++;
    try {
      return new TextDecoder('utf-8', { fatal: true }).decode(bytes, { stream: true });
    } catch {
      throw this.#badUtf8(this.#lines);
    }
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

  #badUtf8(line: number): UsageError {
    return new UsageError('bad-history', `${this.#path}, line ${line}: not UTF-8`, {
      remedy: 'Convert the file to UTF-8; a compressed file must be unpacked first.',
    });
  }
}

function* chunks(path: string): Generator<Uint8Array> {
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
