import { assert } from '../../base/assert.ts';
import { Block } from './block.ts';
import type { Call } from './model.ts';

/**
 * When which calls are open, seen from the completions in their order. At position `p`, the first `p` completions have
 * passed, and those calls may take effect that were invoked before completion `p` and have not completed: no other can come
 * next, as the call that completes there has to come before it (Wing and Gong 1993; Lowe 2017).
 *
 * Each call has a slot, a small number that no other call open with it has, so that a set of open calls is a few words
 * however long the history is. Calls that never complete keep theirs.
 */
export interface Timeline {
  /** Calls that complete, in the order of completions, by their numbers. */
  readonly returns: Int32Array;
  /** For each call its place in `returns`, or `returns.length` where it never completes. */
  readonly deadline: Int32Array;
  /** For each position up to the last completion, how many calls were invoked before completion `p`. */
  readonly opened: Int32Array;
  readonly slot: Int32Array;
  /** For each call, whose slot it was before; -1 for nobody's. */
  readonly before: Int32Array;
  readonly slots: number;
}

/** Times are below 2^29 or so, calls below this: both together are one exact number. */
const mostCalls = 0x1_000_000;

/** `calls` are in the order of their invocations. */
export function timelineOf(calls: readonly Call<unknown>[]): Timeline {
  assert(calls.length < mostCalls, 'a search is given some millions of calls at most');
  const ends = new Float64Array(calls.length);
  let returning = 0;
  for (let number = 0; number < calls.length; number++) {
    const { completed } = calls[number] as Call<unknown>;
    if (completed !== Number.POSITIVE_INFINITY) ends[returning++] = completed * mostCalls + number;
  }
  const sorted = ends.subarray(0, returning).sort();
  const block = new Block(3 * calls.length + 2 * returning);
  const returns = block.array(returning);
  const deadline = block.array(calls.length).fill(returning);
  for (let place = 0; place < returning; place++) {
    const number = (sorted[place] as number) % mostCalls;
    returns[place] = number;
    deadline[number] = place;
  }
  const opened = block.array(returning);
  const slot = block.array(calls.length);
  const before = block.array(calls.length);
  const occupants: number[] = [];
  const free: number[] = [];
  let next = 0;
  for (let position = 0; position < returns.length; position++) {
    const returning = returns[position] as number;
    const time = (calls[returning] as Call<unknown>).completed;
    for (; next < calls.length && (calls[next] as Call<unknown>).invoked < time; next++) {
      const place = free.pop() ?? occupants.length;
      slot[next] = place;
      before[next] = occupants[place] ?? -1;
      occupants[place] = next;
    }
    opened[position] = next;
    free.push(slot[returning] as number);
  }
  return { returns, deadline, opened, slot, before, slots: occupants.length };
}
