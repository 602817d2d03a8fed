import type { Clock } from '../base/clock.ts';
import { formatJson } from './json.ts';
import type { NewOperation, Operation } from './operation.ts';

/** Where the text of a history goes. Throws where it cannot be kept. */
export interface HistorySink {
  append(text: string): void;
  close(): void;
}

/** Records a run: gives each operation its index and time, writes it out and keeps it for the checkers. */
export class HistoryWriter {
  readonly #sink: HistorySink;
  readonly #clock: Clock;
  readonly #startNs: number;
  readonly #operations: Operation[] = [];
  #time = 0;

  /** `startNs` is when the run began, by the clock. */
  constructor(sink: HistorySink, clock: Clock, startNs: number) {
    this.#sink = sink;
    this.#clock = clock;
    this.#startNs = startNs;
  }

  /** What has been recorded so far; grows as the run goes. */
  get operations(): readonly Operation[] {
    return this.#operations;
  }

  /** Records what happens now. Its value belongs to the history from then on and must not be changed. */
  append(operation: NewOperation): Operation {
    // A history whose time goes backwards is malformed, so a clock that does is held.
    this.#time = Math.max(this.#time, this.#clock.nowNs() - this.#startNs);
    const recorded: Operation = { index: this.#operations.length, time: this.#time, ...operation };
    this.#operations.push(recorded);
    this.#sink.append(formatOperation(recorded));
    return recorded;
  }

  close(): void {
    this.#sink.close();
  }
}

/** An operation as its line of `history.jsonl`, line break included. */
export function formatOperation(operation: Operation): string {
  const { index, time, type, process, f, key, value, error, node } = operation;
  return `${formatJson({ index, time, type, process, f, key, value, error, node })}\n`;
}
