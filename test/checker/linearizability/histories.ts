import type { Budget } from '../../../src/checker/linearizability/search.ts';
import type { NewOperation, Operation } from '../../../src/history/operation.ts';

export const unlimited: Budget = { deadlineReached: () => false, memoryBytes: Number.POSITIVE_INFINITY };

/** An operation to be recorded: how it is invoked, and how it ends, null for not at all. */
export interface Planned extends Pick<NewOperation, 'f' | 'key' | 'node' | 'error'> {
  readonly asked: unknown;
  readonly type: 'ok' | 'fail' | null;
  readonly found: unknown;
}

/** A read is asked nothing and finds the value; all others are asked it and confirm it. */
export function ok(f: string, value: unknown): Planned {
  return { f, asked: f === 'read' || f === 'get' ? null : value, type: 'ok', found: value };
}

export function failed(f: string, value: unknown, code?: string): Planned {
  return {
    f,
    asked: value,
    type: 'fail',
    found: value,
    ...(code === undefined ? {} : { error: { code, message: '' } }),
  };
}

/** It never completes. */
export function pending(f: string, value: unknown): Planned {
  return { f, asked: value, type: null, found: null };
}

/** Operations one after another, each by a process of its own. */
export function recorded(...planned: readonly Planned[]): Operation[] {
  const history: Operation[] = [];
  planned.forEach(({ f, asked, type, found, error, ...rest }, process) => {
    history.push({ index: history.length, type: 'invoke', process, f, ...rest, value: asked });
    if (type === null) return;
    const end = error === undefined ? {} : { error };
    history.push({ index: history.length, type, process, f, ...rest, value: found, ...end });
  });
  return history;
}
