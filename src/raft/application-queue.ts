import type { Application } from './application.ts';
import type { Delivery } from './protocol/events.ts';

/** Keeps what is delivered, restored and answered in order while the application waits for a snapshot to be read. */
export class ApplicationQueue {
  readonly #application: Application;
  readonly #waiting: (() => void)[] = [];
  #paused = false;

  constructor(application: Application) {
    this.#application = application;
  }

  /** The application has not had all that was handed in. */
  get paused(): boolean {
    return this.#paused;
  }

  snapshot(): Uint8Array {
    return this.#application.snapshot();
  }

  deliver(deliveries: readonly Delivery[]): void {
    this.inOrder(() => this.#application.deliver(deliveries));
  }

  /** Restores what `read` comes back with, after the message at `position`. */
  restore(position: number, read: (done: (data: Uint8Array) => void) => void): void {
    this.inOrder(() => {
      this.#paused = true;
      read((data) => {
        this.#application.restore(data, position);
        this.#paused = false;
        while (!this.#paused && this.#waiting.length > 0) this.#waiting.shift()?.();
      });
    });
  }

  /** Does it after all that was handed in before. */
  inOrder(act: () => void): void {
    if (this.#paused) this.#waiting.push(act);
    else act();
  }
}
