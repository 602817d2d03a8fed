import type { Clock, Timer } from '../base/clock.ts';
import { type Callback, failure, type Outcome, success } from '../base/outcome.ts';
import { errorOfAnswer, RaftError } from './errors.ts';
import type { Answer } from './protocol/messages.ts';

/** Where a request stands in the log: see `Answer`. */
export interface Place {
  readonly index: number;
  readonly position: number;
}

interface Waiter {
  readonly done: Callback<Place>;
  readonly timeout: Timer;
}

/** Who waits at this node for the cluster's answer, and until when. */
export class WaitingRequests {
  readonly #clock: Clock;
  readonly #boot: number;
  readonly #gaveUp: (requestId: number) => void;
  readonly #requests = new Map<number, Waiter>();
  /** Reads that were asked for in one turn of the event loop are one for the protocol. */
  readonly #reads = new Map<number, Set<Waiter>>();
  #nextReads = new Set<Waiter>();
  #last = 0;

  /**
   * `boot` counts the starts of this node from 1, so that request ids stay unique over restarts. `gaveUp` hears of requests
   * that nobody waits for any more.
   */
  constructor(clock: Clock, boot: number, gaveUp: (requestId: number) => void) {
    this.#clock = clock;
    this.#boot = boot;
    this.#gaveUp = gaveUp;
  }

  /** A new request, whose answer or time-out `done` is told of; its id. */
  add(timeoutMs: number, done: Callback<Place>): number {
    const requestId = this.#nextId();
    const timeout = this.#clock.setTimer(timeoutMs, () => {
      this.#requests.delete(requestId);
      this.#gaveUp(requestId);
      done(failure(timeoutError(timeoutMs)));
    });
    this.#requests.set(requestId, { done, timeout });
    return requestId;
  }

  /** A read, which becomes part of the next group of reads. */
  addRead(timeoutMs: number, done: Callback<Place>): void {
    const group = this.#nextReads;
    const timeout = this.#clock.setTimer(timeoutMs, () => {
      group.delete(waiter);
      if (group.size === 0) this.#endGroup(group);
      done(failure(timeoutError(timeoutMs)));
    });
    const waiter = { done, timeout };
    group.add(waiter);
  }

  /** The id under which all reads since the last call are asked for; null where there are none. */
  takeReads(): number | null {
    if (this.#nextReads.size === 0) return null;
    const requestId = this.#nextId();
    this.#reads.set(requestId, this.#nextReads);
    this.#nextReads = new Set();
    return requestId;
  }

  has(requestId: number): boolean {
    return this.#requests.has(requestId);
  }

  answer(requestId: number, answer: Answer): void {
    const outcome: Outcome<Place> = answer.ok ? success(answer) : failure(errorOfAnswer(answer));
    for (const { timeout, done } of this.#take(requestId)) {
      timeout.cancel();
      done(outcome);
    }
  }

  /** All that wait are told of this error. */
  endAll(error: RaftError): void {
    const waiters = [
      ...this.#requests.values(),
      ...this.#nextReads,
      ...[...this.#reads.values()].flatMap((all) => [...all]),
    ];
    this.#requests.clear();
    this.#reads.clear();
    this.#nextReads.clear();
    for (const { timeout, done } of waiters) {
      timeout.cancel();
      done(failure(error));
    }
  }

  #take(requestId: number): Iterable<Waiter> {
    const group = this.#reads.get(requestId);
    if (group !== undefined) {
      this.#reads.delete(requestId);
      return group;
    }
    const waiter = this.#requests.get(requestId);
    this.#requests.delete(requestId);
    return waiter === undefined ? [] : [waiter];
  }

  #endGroup(group: Set<Waiter>): void {
    for (const [requestId, asked] of this.#reads) {
      if (asked !== group) continue;
      this.#reads.delete(requestId);
      this.#gaveUp(requestId);
    }
  }

  #nextId(): number {
    return this.#boot * 0x1_0000_0000 + ++this.#last;
  }
}

function timeoutError(timeoutMs: number): RaftError {
  return new RaftError('timeout', `not done within ${timeoutMs} ms`, false);
}
