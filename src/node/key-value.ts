import type { Change, Scalar } from './commands.ts';

/**
 * What became of a change where it was applied: the value found, where a cas found another than it asked for. Unknown where a
 * snapshot has taken the place of the change.
 */
export type ChangeResult =
  | { readonly kind: 'done' }
  | { readonly kind: 'mismatch'; readonly found: Scalar }
  | { readonly kind: 'unknown' };

/** A replicated map of scalars: every node applies the same changes in the same order. A key never written is null. */
export class KeyValueMachine {
  #values = new Map<string, Scalar>();
  readonly #waiting = new Map<string, (result: ChangeResult) => void>();

  get(key: string): Scalar {
    return this.#values.get(key) ?? null;
  }

  apply(change: Change): void {
    const result = this.#change(change);
    const done = this.#waiting.get(change.token);
    this.#waiting.delete(change.token);
    done?.(result);
  }

  /** Calls `done` when the change with this token is applied here. Returns how to wait no more, which tells whether one did. */
  onApplied(token: string, done: (result: ChangeResult) => void): () => boolean {
    this.#waiting.set(token, done);
    return () => this.#waiting.delete(token);
  }

  /** All that has been written, in the order in which it was first. */
  entries(): readonly (readonly [key: string, value: Scalar])[] {
    return [...this.#values];
  }

  restore(entries: readonly (readonly [key: string, value: Scalar])[]): void {
    this.#values = new Map(entries);
    const waiting = [...this.#waiting.values()];
    this.#waiting.clear();
    for (const done of waiting) done({ kind: 'unknown' });
  }

  #change(change: Change): ChangeResult {
    if (change.f === 'write') {
      this.#values.set(change.key, change.value);
      return { kind: 'done' };
    }
    const found = this.get(change.key);
    if (found !== change.from) return { kind: 'mismatch', found };
    this.#values.set(change.key, change.to);
    return { kind: 'done' };
  }
}
