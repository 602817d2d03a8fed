import type { Operation } from '../../../src/history/operation.ts';
import type { MicroOperation } from './scripts.ts';

/** A transaction of a small history, by itself: nothing here is shared with the checker. */
export interface Attempt {
  readonly value: readonly MicroOperation[];
  readonly isCommitted: boolean;
  /** Places in the history; `ended` is infinite for what may still happen. */
  readonly began: number;
  readonly ended: number;
  readonly process: number;
}

/** What may have happened: transactions that failed are left out. */
function attemptsOf(history: readonly Operation[]): Attempt[] {
  const attempts: Attempt[] = [];
  history.forEach((invocation, began) => {
    if (invocation.type !== 'invoke') return;
    const ended = history.findIndex((other, place) => place > began && other.process === invocation.process);
    const completion = history[ended];
    if (completion?.type === 'fail') return;
    const isCommitted = completion?.type === 'ok';
    attempts.push({
      value: (isCommitted ? completion.value : invocation.value) as readonly MicroOperation[],
      isCommitted,
      began,
      ended: isCommitted ? ended : Number.POSITIVE_INFINITY,
      process: invocation.process as number,
    });
  });
  return attempts;
}

export type Store = ReadonlyMap<unknown, unknown>;

/** The store after a transaction that runs by itself, or null where a read of it found something else. */
function run(store: Store, { value, isCommitted }: Attempt): Store | null {
  const next = new Map(store);
  for (const [f, key, argument] of value) {
    if (f === 'append') next.set(key, [...((next.get(key) as unknown[] | undefined) ?? []), argument]);
    else if (f === 'w') next.set(key, argument);
    else if (isCommitted && JSON.stringify(next.get(key) ?? null) !== JSON.stringify(found(argument))) return null;
  }
  return next;
}

function found(read: unknown): unknown {
  return Array.isArray(read) && read.length === 0 ? null : (read ?? null);
}

/** Whether some order of the transactions explains all reads; in time order where `isStrict`. Tries them all. */
export function isSerializable(history: readonly Operation[], isStrict: boolean): boolean {
  const attempts = attemptsOf(history);
  const dead = new Set<string>();
  const search = (done: number, store: Store): boolean => {
    const left = attempts.filter((_, at) => (done & (1 << at)) === 0);
    if (left.every(({ isCommitted }) => !isCommitted)) return true;
    const state = `${done} ${JSON.stringify([...store].sort())}`;
    if (dead.has(state)) return false;
    const isNext = ({ began }: Attempt): boolean => !isStrict || left.every((other) => other.ended > began);
    for (const [at, attempt] of attempts.entries()) {
      if ((done & (1 << at)) !== 0 || !isNext(attempt)) continue;
      const next = run(store, attempt);
      if (next !== null && search(done | (1 << at), next)) return true;
    }
    dead.add(state);
    return false;
  };
  return search(0, new Map());
}

/**
 * Whether the transactions can have run under generalized snapshot isolation: each reads from what was committed at some
 * moment, and commits at a later one, no other having written the same key in between. In strong snapshot isolation that
 * moment is not before the completion of any transaction that completed before it was invoked. Tries all orders.
 */
export function isSnapshotIsolated(history: readonly Operation[], isStrong: boolean): boolean {
  const attempts = attemptsOf(history);
  const writes = attempts.map(({ value }) => new Set(value.filter(([f]) => f !== 'r').map(([, key]) => key)));
  const dead = new Set<string>();
  const search = (started: readonly Store[], startedBits: number, done: number, at: Store, open: string): boolean => {
    if (attempts.every(({ isCommitted }, each) => !isCommitted || (done & (1 << each)) !== 0)) return true;
    const state = `${startedBits} ${done} ${open} ${JSON.stringify([...at].sort())}`;
    if (dead.has(state)) return false;
    for (const [each, attempt] of attempts.entries()) {
      if ((startedBits & (1 << each)) === 0) {
        const mustWait =
          isStrong && attempts.some((o, other) => o.ended < attempt.began && (done & (1 << other)) === 0);
        if (mustWait || run(at, attempt) === null) continue;
        const next = started.with(each, at);
        if (search(next, startedBits | (1 << each), done, at, `${open}${each}:${JSON.stringify([...at].sort())}`))
          return true;
      } else if ((done & (1 << each)) === 0) {
        const base = started[each] as Store;
        if ([...(writes[each] ?? [])].some((key) => base.get(key) !== at.get(key))) continue;
        const result = run(base, attempt) as Store;
        const next = new Map(at);
        for (const key of writes[each] ?? []) next.set(key, result.get(key));
        if (search(started, startedBits, done | (1 << each), next, open)) return true;
      }
    }
    dead.add(state);
    return false;
  };
  return search(
    attempts.map(() => new Map()),
    0,
    0,
    new Map(),
    '',
  );
}

/** Whether reads show each element that a committed transaction appended, so that the order of all is known. */
export function isAllRead(history: readonly Operation[]): boolean {
  const committed = attemptsOf(history).filter(({ isCommitted }) => isCommitted);
  const seen = new Set<string>();
  for (const { value } of committed) {
    for (const [f, key, read] of value) {
      if (f === 'r') for (const element of (read as unknown[] | null) ?? []) seen.add(`${key} ${element}`);
    }
  }
  return committed.every(({ value }) => value.every(([f, key, element]) => f === 'r' || seen.has(`${key} ${element}`)));
}
