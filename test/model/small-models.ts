import type { Property } from '../../src/model/model.ts';
import { plainModel } from '../../src/model/plain-model.ts';

/** Models whose number of reachable states is known without a search; each says from where. */

/** `bits` lamps that can each be switched: 2^bits states. */
export function lamps(bits: number) {
  return plainModel<readonly boolean[], number>({
    name: 'lamps',
    properties: [],
    initialStates: () => [Array.from({ length: bits }, () => false)],
    actions: (state) => [...state.keys()],
    next: (state, lamp) => state.with(lamp, !state[lamp]),
  });
}

/** Neighbours in a row may change places: all n! orders are reached. */
export function orders(count: number) {
  return plainModel<readonly number[], number>({
    name: 'orders',
    properties: [],
    initialStates: () => [Array.from({ length: count }, (_, item) => item)],
    actions: () => Array.from({ length: count - 1 }, (_, place) => place),
    next: (state, place) => state.with(place, state[place + 1] as number).with(place + 1, state[place] as number),
  });
}

/**
 * The sliding puzzle: of the (width * height)! arrangements those of one parity are reached, half of them (Johnson and
 * Story, 1879). 181,440 of 3 by 3; the farthest is 31 moves away (Reinefeld, 1993).
 */
export function slidingPuzzle(width: number, height: number) {
  const cells = width * height;
  return plainModel<readonly number[], number>({
    name: 'sliding puzzle',
    properties: [],
    initialStates: () => [Array.from({ length: cells }, (_, cell) => cell)],
    actions: () => [-1, 1, -width, width],
    next: (state, by) => {
      const hole = state.indexOf(0);
      const from = hole + by;
      const wraps = Math.abs(by) === 1 && Math.floor(hole / width) !== Math.floor(from / width);
      if (from < 0 || from >= cells || wraps) return null;
      return state.with(hole, state[from] as number).with(from, 0);
    },
  });
}

/** Discs of the towers of Hanoi: each is on one of three pegs, 3^discs states, and 2^discs - 1 moves solve it (Lucas, 1883). */
export function hanoi(discs: number) {
  return plainModel<readonly number[], { from: number; to: number }>({
    name: 'towers of Hanoi',
    properties: [{ name: 'solved', expectation: 'sometimes', holds: (state) => state.every((peg) => peg === 2) }],
    initialStates: () => [Array.from({ length: discs }, () => 0)],
    actions: () => [0, 1, 2].flatMap((from) => [0, 1, 2].filter((to) => to !== from).map((to) => ({ from, to }))),
    next: (state, { from, to }) => {
      const disc = state.indexOf(from);
      const other = state.indexOf(to);
      return disc < 0 || (other >= 0 && other < disc) ? null : state.with(disc, to);
    },
  });
}

interface Increment {
  readonly counter: number;
  readonly threads: readonly { readonly at: number; readonly read: number }[];
}

/**
 * Threads that each read a counter, add one and write it back, as in stateright's example `increment`: 13 states of two
 * threads, 8 with symmetry (its documentation has both numbers); updates are lost.
 */
export function increment(threads: number, symmetry: boolean) {
  const fin: Property<Increment> = {
    name: 'fin',
    expectation: 'always',
    holds: ({ counter, threads: all }) => all.filter(({ at }) => at === 3).length === counter,
  };
  const sorted = (state: Increment): Increment => ({
    ...state,
    threads: [...state.threads].sort((a, b) => a.at - b.at || a.read - b.read),
  });
  return plainModel<Increment, number>({
    name: 'increment',
    properties: [fin],
    initialStates: () => [{ counter: 0, threads: Array.from({ length: threads }, () => ({ at: 1, read: 0 })) }],
    actions: (state) => [...state.threads.keys()],
    next: ({ counter, threads: all }, which) => {
      const thread = all[which];
      if (thread === undefined || thread.at === 3) return null;
      if (thread.at === 1) return { counter, threads: all.with(which, { at: 2, read: counter }) };
      return { counter: thread.read + 1, threads: all.with(which, { ...thread, at: 3 }) };
    },
    ...(symmetry ? { representative: sorted } : {}),
  });
}

interface Jugs {
  readonly small: number;
  readonly big: number;
}

/**
 * Lamport's "Die Hard" from the TLA+ course: jugs of 3 and 5 gallons, and 4 gallons are wanted. A state that is reached has
 * one jug full or empty, which leaves the 16 on the edge of a 3 by 5 rectangle; six steps suffice.
 */
export function dieHard() {
  const moves = ['fill-small', 'fill-big', 'empty-small', 'empty-big', 'small-to-big', 'big-to-small'] as const;
  return plainModel<Jugs, (typeof moves)[number]>({
    name: 'Die Hard',
    properties: [{ name: 'four gallons', expectation: 'sometimes', holds: ({ big }) => big === 4 }],
    initialStates: () => [{ small: 0, big: 0 }],
    actions: () => moves,
    next: ({ small, big }, move) => {
      if (move === 'fill-small') return { small: 3, big };
      if (move === 'fill-big') return { small, big: 5 };
      if (move === 'empty-small') return { small: 0, big };
      if (move === 'empty-big') return { small, big: 0 };
      const poured = move === 'small-to-big' ? Math.min(small, 5 - big) : -Math.min(big, 3 - small);
      return { small: small - poured, big: big + poured };
    },
  });
}

/** A walk over the edges that are given, from node 0. */
export function graph(edges: Readonly<Record<number, readonly number[]>>, properties: readonly Property<number>[]) {
  return plainModel<number, number>({
    name: 'graph',
    properties,
    initialStates: () => [0],
    actions: (node) => edges[node] ?? [],
    next: (_, target) => target,
  });
}
