import type { ChangeResult } from './commands.ts';

/** Who waits at this node until a change is applied here: only then is it known what it has found. */
export class WaitingChanges {
  readonly #waiting = new Map<string, (result: ChangeResult) => void>();

  /** Calls `done` when the change with this token is applied here. Returns how to wait no more, which tells whether one did. */
  wait(token: string, done: (result: ChangeResult) => void): () => boolean {
    this.#waiting.set(token, done);
    return () => this.#waiting.delete(token);
  }

  applied(token: string, result: ChangeResult): void {
    const done = this.#waiting.get(token);
    this.#waiting.delete(token);
    done?.(result);
  }

  /** A snapshot has taken the place of changes: which they were, and what became of them, is not known. */
  replaced(): void {
    const waiting = [...this.#waiting.values()];
    this.#waiting.clear();
    for (const done of waiting) done({ kind: 'unknown' });
  }
}
