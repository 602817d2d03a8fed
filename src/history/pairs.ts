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
  /** The last of each; it is under way until it has a completion. */
  const last = new Map<number | string, (typeof pairs)[number]>();
  for (const operation of history) {
    const { process } = operation;
    const who = process === 'nemesis' ? faultOf(operation) : process;
    if (operation.type === 'invoke') {
      const pair = { invocation: operation, completion: null };
      pairs.push(pair);
      last.set(who, pair);
      continue;
    }
    const pair = last.get(who);
    if (pair !== undefined && pair.completion === null) pair.completion = operation;
  }
  return pairs;
}

function faultOf({ f, value }: Operation): string {
  const fault = (value as { fault?: unknown } | null | undefined)?.fault;
  return `${f} ${typeof fault === 'string' ? fault : ''}`;
}
