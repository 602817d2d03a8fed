/** A wish to end early, that phases look at and wait on: first in good order, then at once. */
export class Interrupt {
  readonly #end = new Signal();
  readonly #force = new Signal();

  get requested(): boolean {
    return this.#end.given;
  }

  get forced(): boolean {
    return this.#force.given;
  }

  /** Asks for an early end in good order. */
  request(): void {
    this.#end.give();
  }

  /** Asks for an end at once. */
  force(): void {
    this.#end.give();
    this.#force.give();
  }

  /** Calls `listener` once: when an end is asked for, or at once if it has been. Returns how to take that back. */
  onRequest(listener: () => void): () => void {
    return this.#end.listen(listener);
  }

  /** The same for an end at once. */
  onForce(listener: () => void): () => void {
    return this.#force.listen(listener);
  }
}

class Signal {
  given = false;
  readonly #listeners = new Set<() => void>();

  give(): void {
    if (this.given) return;
    this.given = true;
    for (const listener of this.#listeners) listener();
    this.#listeners.clear();
  }

  listen(listener: () => void): () => void {
    if (this.given) listener();
    else this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }
}
