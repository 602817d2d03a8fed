import { maxNotices } from './limits.ts';

/** Tells an operator what is going on once, not with each attempt that brings it up again. */
export class Notices {
  readonly #tell: (what: string) => void;
  readonly #told = new Set<string>();

  constructor(tell: (what: string) => void) {
    this.#tell = tell;
  }

  notice(what: string): void {
    if (this.#told.has(what)) return;
    for (const oldest of this.#told) {
      if (this.#told.size < maxNotices) break;
      this.#told.delete(oldest);
    }
    this.#told.add(what);
    this.#tell(what);
  }

  /** Circumstances have changed: what comes up again is news. */
  forget(): void {
    this.#told.clear();
  }
}
