import { closeSync, openSync, writeSync } from 'node:fs';
import { asChaosError, ChaosError } from '../base/errors.ts';
import type { HistorySink } from './writer.ts';

const batchLength = 1 << 16;

/**
 * Appends to a file. What one turn of the event loop appends is written together at its end, or when it has grown large:
 * a controller that crashes loses at most its last turn. An error is thrown by the next call, and by every one after it.
 */
export class FileSink implements HistorySink {
  readonly #path: string;
  readonly #file: number;
  #batch: string[] = [];
  #batchLength = 0;
  #scheduled: NodeJS.Immediate | null = null;
  #failure: ChaosError | null = null;
  #closed = false;

  constructor(path: string) {
    this.#path = path;
    try {
      this.#file = openSync(path, 'a');
    } catch (thrown) {
      throw failureOf(thrown, path);
    }
  }

  append(text: string): void {
    if (this.#failure !== null) throw this.#failure;
    this.#batch.push(text);
    this.#batchLength += text.length;
    if (this.#batchLength >= batchLength) {
      this.#flush();
      if (this.#failure !== null) throw this.#failure;
    } else {
      this.#scheduled ??= setImmediate(() => this.#flush());
    }
  }

  /** Writes what is left. A second call does nothing. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#flush();
    closeSync(this.#file);
    if (this.#failure !== null) throw this.#failure;
  }

  /** Never throws: at the end of a turn nobody would catch it. */
  #flush(): void {
    if (this.#scheduled !== null) clearImmediate(this.#scheduled);
    this.#scheduled = null;
    if (this.#failure !== null) return;
    const bytes = new TextEncoder().encode(this.#batch.join(''));
    this.#batch = [];
    this.#batchLength = 0;
    try {
      for (let written = 0; written < bytes.length; ) written += writeSync(this.#file, bytes, written);
    } catch (thrown) {
      this.#failure = failureOf(thrown, this.#path);
    }
  }
}

function failureOf(thrown: unknown, path: string): ChaosError {
  const { code, message } = asChaosError(thrown, `cannot write the history ${path}`);
  const remedy =
    code === 'ENOSPC' || code === 'EDQUOT'
      ? 'Make room on that disk, or choose a folder on another one with --runs-dir.'
      : 'Choose a folder that can be written to with --runs-dir.';
  return new ChaosError(code, message, { remedy, cause: thrown });
}
