import type { Operation } from './operation.ts';

/** An invocation with its completion; null where the history holds none: it may have happened, now or later. */
export interface Pair {
  readonly invocation: Operation;
  readonly completion: Operation | null;
}

/**
 * The operations of a history, in the order of their invocations, those of the nemesis included. A client process has one
 * operation under way at a time; the nemesis may have several, told apart by `f` and the `fault` of their values.
 * A completion without an invocation (a note of type `info`, as Jepsen's nemeses write) belongs to no pair.
 */
export function pairOperations(history: readonly Operation[]): Pair[] {
  const pairs: { readonly invocation: Operation; completion: Operation | null }[] = [];
  const underWay = new Map<number | string, (typeof pairs)[number]>();
  for (const operation of history) {
    const who = whoseOf(operation);
    if (operation.type === 'invoke') {
      const pair = { invocation: operation, completion: null };
      pairs.push(pair);
      underWay.set(who, pair);
      continue;
    }
    const pair = underWay.get(who);
    if (pair !== undefined) pair.completion = operation;
    underWay.delete(who);
  }
  return pairs;
}

function whoseOf({ process, f, value }: Operation): number | string {
  if (process !== 'nemesis') return process;
  const fault = (value as { fault?: unknown } | null | undefined)?.fault;
  return `${f} ${typeof fault === 'string' ? fault : ''}`;
}
