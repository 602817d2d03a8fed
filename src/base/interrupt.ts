/** A wish to end early, that phases look at and wait on. */
export class Interrupt {
  #requested = false;
  readonly #listeners = new Set<() => void>();

  get requested(): boolean {
    return this.#requested;
  }

  request(): void {
    this.#requested = true;
    for (const listener of this.#listeners) listener();
    this.#listeners.clear();
  }

  /** Calls `listener` once, when the wish comes, or at once if it has. Returns how to take that back. */
  onRequest(listener: () => void): () => void {
    if (this.#requested) listener();
    else this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }
}
