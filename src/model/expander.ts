import { assert } from '../base/assert.ts';
import { type Fingerprint, newFingerprint, withSalt } from './fingerprint.ts';
import { type Entry, mostEventually } from './frontier.ts';
import type { Model, Property } from './model.ts';
import type { VisitedSet } from './visited-set.ts';

/** Few enough that 256 threads at once do not fill what a full segment of the visited set has left. */
const insertionsPerLook = 32;

/** What one thread has done. */
export interface Counts {
  /** States generated, those included that were known already; initial states are. */
  states: number;
  unique: number;
  /** The longest path so far, counted in states. */
  depth: number;
  /** Successors outside the model's boundary. */
  outside: number;
}

/** A state that decides a property: an example of `sometimes`, or the end of a counterexample. */
export interface Sighting {
  readonly property: number;
  readonly high: number;
  readonly low: number;
  readonly depth: number;
}

/**
 * Where the searches meet the model: turns states into their successors, keeps those that are new and judges them. What is
 * told apart is a state together with the `eventually` properties that still wait on the path to it, so that a path on which
 * one never holds is not lost behind another on which it did.
 */
export class Expander<State, Action> {
  readonly counts: Counts = { states: 0, unique: 0, depth: 0, outside: 0 };
  /** By property; only the first at the least depth, and of those the one with the least fingerprint. */
  readonly sightings = new Map<number, Sighting>();
  readonly #model: Model<State, Action>;
  readonly #visited: VisitedSet;
  readonly #push: (entry: Entry) => void;
  readonly #key: Fingerprint = newFingerprint();
  readonly #bits: ReadonlyMap<number, number>;
  /** Since the last look at whether the visited set is full. */
  #insertions = 0;

  constructor(model: Model<State, Action>, visited: VisitedSet, push: (entry: Entry) => void) {
    this.#model = model;
    this.#visited = visited;
    this.#push = push;
    this.#bits = eventuallyBits(model.properties);
  }

  /** Reaches the initial states, before any other thread has the visited set. */
  seed(): void {
    for (const state of this.#model.initialStates()) {
      if (!this.#model.withinBoundary(state)) continue;
      this.#reach(state, 0, 0, 1, allBits(this.#bits));
      if (this.#seesFull()) this.#visited.grow();
    }
  }

  /** Goes on from a state where no other thread has the visited set. */
  expandAlone(entry: Entry): void {
    while (!this.expand(entry)) this.#visited.grow();
  }

  /**
   * Goes on from a state. False where the visited set is full before that is done: once it has grown, the same is to be done
   * again, which finds what has been reached by then reached, and counts nothing twice.
   */
  expand(entry: Entry): boolean {
    const model = this.#model;
    const state = model.unpack(entry.words);
    const { states, outside } = this.counts;
    let ends = true;
    for (const action of model.actions(state)) {
      const next = model.next(state, action);
      if (next === null) continue;
      ends = false;
      if (model.withinBoundary(next)) this.#reach(next, entry.high, entry.low, entry.depth + 1, entry.waiting);
      else this.counts.outside++;
      if (!this.#seesFull()) continue;
      this.counts.states = states;
      this.counts.outside = outside;
      return false;
    }
    if (ends) this.#judgeEnd(entry);
    return true;
  }

  /** Looks now and then only: each segment is looked at. */
  #seesFull(): boolean {
    if (this.#insertions < insertionsPerLook) return false;
    this.#insertions = 0;
    return this.#visited.isFull;
  }

  #reach(state: State, parentHigh: number, parentLow: number, depth: number, waitingBefore: number): void {
    this.counts.states++;
    const key = this.#key;
    this.#model.fingerprint(state, key);
    let waiting = waitingBefore;
    if (waiting !== 0) {
      waiting = stillWaiting(this.#model.properties, this.#bits, state, waiting);
      withSalt(key, waiting);
    }
    if (!this.#visited.insert(key, parentHigh, parentLow)) return;
    const high = key[0] as number;
    const low = key[1] as number;
    this.#insertions++;
    this.counts.unique++;
    if (depth > this.counts.depth) this.counts.depth = depth;
    this.#judge(state, high, low, depth);
    this.#push({ words: this.#model.pack(state), high, low, depth, waiting });
  }

  #judge(state: State, high: number, low: number, depth: number): void {
    const { properties } = this.#model;
    for (let at = 0; at < properties.length; at++) {
      const property = properties[at] as Property<State>;
      if (property.expectation === 'eventually') continue;
      const known = this.sightings.get(at);
      if (known !== undefined && known.depth < depth) continue;
      if (property.holds(state) === (property.expectation === 'sometimes')) {
        noteSighting(this.sightings, { property: at, high, low, depth });
      }
    }
  }

  #judgeEnd({ high, low, depth, waiting }: Entry): void {
    if (waiting === 0) return;
    for (const [at, bit] of this.#bits) {
      if ((waiting & bit) !== 0) noteSighting(this.sightings, { property: at, high, low, depth });
    }
  }
}

/** Keeps the better one: the shorter path, and of equally long ones the least fingerprint, whichever thread found it. */
export function noteSighting(sightings: Map<number, Sighting>, seen: Sighting): void {
  const known = sightings.get(seen.property);
  if (known === undefined || isBefore(seen, known)) sightings.set(seen.property, seen);
}

/** The `eventually` properties by place, each with its bit. */
export function eventuallyBits<State>(properties: readonly Property<State>[]): Map<number, number> {
  const bits = new Map<number, number>();
  for (const [at, { expectation }] of properties.entries()) {
    if (expectation === 'eventually') bits.set(at, 1 << bits.size);
  }
  assert(bits.size <= mostEventually, `a model has at most ${mostEventually} eventually properties`);
  return bits;
}

export function allBits(bits: ReadonlyMap<number, number>): number {
  return (1 << bits.size) - 1;
}

/** The bits of those that have not held before and do not hold here. */
export function stillWaiting<State>(
  properties: readonly Property<State>[],
  bits: ReadonlyMap<number, number>,
  state: State,
  waiting: number,
): number {
  let still = waiting;
  for (const [at, bit] of bits) {
    if ((still & bit) !== 0 && (properties[at] as Property<State>).holds(state)) still &= ~bit;
  }
  return still;
}

function isBefore(a: Sighting, b: Sighting): boolean {
  if (a.depth !== b.depth) return a.depth < b.depth;
  if (a.high !== b.high) return a.high >>> 0 < b.high >>> 0;
  return a.low >>> 0 < b.low >>> 0;
}
