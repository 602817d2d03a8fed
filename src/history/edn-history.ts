import { EdnReader } from './edn.ts';
import { EdnError, type EdnPlace } from './edn-values.ts';
import { ForeignHistory } from './foreign-history.ts';
import type { ReadHistory } from './jsonl.ts';
import type { Operation } from './operation.ts';

/**
 * Reads a history of Jepsen's: one vector or list of operations, or one operation after another; each a map or a record,
 * with names as keywords or strings. What is missing or odd is as `ForeignHistory` says; an operation in the middle of which
 * the file ends is left out with a warning.
 */
export class EdnHistoryParser {
  readonly #history: ForeignHistory;
  readonly #reader = new EdnReader((form, place) => this.#history.take(form, place), 'elements');

  constructor(file: string) {
    this.#history = new ForeignHistory(file, remedy);
  }

  /** Takes the next piece of the text. */
  push(text: string): void {
    try {
      this.#reader.push(text);
    } catch (thrown) {
      throw this.#located(thrown);
    }
  }

  /** Hands over what has been read since the last time: for those who take a history piece by piece. */
  drain(): readonly Operation[] {
    return this.#history.drain();
  }

  /** Says that no more follows. */
  end(): ReadHistory {
    let torn: EdnPlace | null;
    try {
      torn = this.#reader.end();
    } catch (thrown) {
      throw this.#located(thrown);
    }
    return this.#history.end(torn);
  }

  #located(thrown: unknown): unknown {
    return thrown instanceof EdnError ? this.#history.bad(thrown.message, thrown.place) : thrown;
  }
}

const remedy =
  'Each operation must be a map such as {:type :invoke, :process 0, :f :read, :value nil}, in one vector or one after ' +
  'another; correct it, or name another format with --format.';
