import type { Clock } from '../base/clock.ts';
import type { Application } from './application.ts';
import type { Delivery } from './protocol/events.ts';

/** How many messages are delivered before others have their turn: a log that is read again may bring a million at once. */
const sliceLength = 1000;

/** Keeps what is delivered, restored and answered in order, while a snapshot is read or many messages are delivered. */
export class ApplicationQueue {
  readonly #application: Application;
  readonly #clock: Clock;
  /** Runs what may throw: where the application does, the node stops. */
  readonly #guarded: (act: () => void) => void;
  #waiting: (() => void)[] = [];
  #paused = false;

  constructor(application: Application, clock: Clock, guarded: (act: () => void) => void) {
    this.#application = application;
    this.#clock = clock;
    this.#guarded = guarded;
  }

  /** The application has not had all that was handed in. */
  get paused(): boolean {
    return this.#paused;
  }

  snapshot(): Uint8Array {
    return this.#application.snapshot();
  }

  deliver(deliveries: readonly Delivery[]): void {
    this.inOrder(() => this.#deliverFrom(deliveries, 0));
  }

  /** Restores what `read` comes back with, after the message at `position`. */
  restore(position: number, read: (done: (data: Uint8Array) => void) => void): void {
    this.inOrder(() => {
      this.#paused = true;
      read((data) => {
        this.#guarded(() => {
          this.#application.restore(data, position);
          this.#goOn();
        });
      });
    });
  }

  /** Does it after all that was handed in before. */
  inOrder(act: () => void): void {
    if (this.#paused) this.#waiting.push(act);
    else act();
  }

  #deliverFrom(deliveries: readonly Delivery[], start: number): void {
    const end = start + sliceLength;
    this.#application.deliver(deliveries.length <= sliceLength ? deliveries : deliveries.slice(start, end));
    if (end >= deliveries.length) {
      if (this.#paused) this.#goOn();
      return;
    }
    this.#paused = true;
    this.#clock.soon(() => this.#guarded(() => this.#deliverFrom(deliveries, end)));
  }

  #goOn(): void {
    this.#paused = false;
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const act of waiting) this.inOrder(act);
  }
}
