import type { Call } from '../model.ts';

/**
 * Something that only grows, of which reads see all: values that come in once each, and reads in the order of what they
 * saw. Where each came in is known then, so that there is but one order to try.
 */
export interface Accumulated {
  /** By value: the call that brought it in, -1 for none: it was there at first. */
  readonly coming: Int32Array;
  /** By value: which read saw it first; `reads.length` where none did. */
  readonly firstSeen: Int32Array;
  /** Those that saw less before those that saw more; of those that saw the same, as they were invoked. */
  readonly reads: readonly number[];
}

/** An order of the calls, or two of them that contradict each other, with a read between them that shows it. */
export type Arrangement =
  | { readonly kind: 'order'; readonly order: readonly number[] }
  | { readonly kind: 'clash'; readonly calls: readonly number[]; readonly values: readonly number[] };

/**
 * Values come in just before the first read that saw them, in the order given; those that none saw after all reads, and
 * not at all where they need not. It remains to be seen whether that keeps the order of time.
 */
export function arranged(
  calls: readonly Call<unknown>[],
  { coming, firstSeen, reads }: Accumulated,
  values: readonly number[],
): Arrangement {
  const order: number[] = [];
  /** By place in the order: the value that comes in there, or -1. */
  const valueAt: number[] = [];
  let next = 0;
  const addUpTo = (read: number): void => {
    for (; next < values.length && (firstSeen[values[next] as number] as number) <= read; next++) {
      const value = values[next] as number;
      const call = coming[value] as number;
      if (call < 0 || (read === reads.length && calls[call]?.required !== true)) continue;
      order.push(call);
      valueAt.push(value);
    }
  };
  for (const [place, read] of reads.entries()) {
    addUpTo(place);
    order.push(read);
    valueAt.push(-1);
  }
  addUpTo(reads.length);
  const latest = { invoked: -1, place: -1 };
  for (const [place, call] of order.entries()) {
    const { invoked, completed } = calls[call] as Call<unknown>;
    if (completed < latest.invoked) return clashOf(order, valueAt, latest.place, place);
    if (invoked > latest.invoked) Object.assign(latest, { invoked, place });
  }
  return { kind: 'order', order };
}

/** The call at `former` began after that at `later` had ended, but what was seen says otherwise. */
function clashOf(order: readonly number[], valueAt: readonly number[], former: number, later: number): Arrangement {
  const places = [former, later];
  const values = [former, later].flatMap((place) => (valueAt[place] === -1 ? [] : [valueAt[place] as number]));
  if (valueAt[former] === -1) {
    // What the later one saw more, or brought in itself.
    const seenSince = valueAt.findIndex((value, place) => place > former && value !== -1);
    if (seenSince >= 0 && seenSince <= later) {
      places.push(seenSince);
      values.push(valueAt[seenSince] as number);
    }
  } else if (valueAt[later] !== -1) {
    const between = valueAt.findIndex((value, place) => place > former && value === -1);
    if (between >= 0) places.push(between);
  }
  return { kind: 'clash', calls: places.map((place) => order[place] as number), values };
}
