import { type Random, seededRandom } from '../base/random.ts';
import { allBits, type Counts, eventuallyBits, stillWaiting } from './expander.ts';
import type { Model } from './model.ts';
import { keyText, pathOfKeys } from './path.ts';
import { type Cut, type Finding, isDecided, type Limits, type SearchResult } from './search.ts';

/** Walks are as long as the depth allows, so states are counted between two looks at the limits. */
export const statesPerLook = 1024;
/** How long a walk is where the limits do not say. */
export const defaultWalkDepth = 100;

/** What walks have found: by property the keys of the shortest path so far. */
export type Trails = Map<number, readonly string[]>;

/**
 * Walks at random, each from an initial state to an end or to the limit of depth: for models too large to be searched. It
 * can show that something happens, never that nothing does. On this thread; parallel/ has it on all cores.
 */
export function simulate<State, Action>(
  model: Model<State, Action>,
  seed: number,
  walks: number,
  limits: Limits = {},
): SearchResult<State, Action> {
  const walker = new Walker(model, seededRandom(seed), limits.depth ?? defaultWalkDepth);
  let cut: Cut = 'walks';
  for (let left = walks; left > 0; ) {
    left -= walker.walk(left, statesPerLook);
    const progress = { ...walker.counts, bytes: 0 };
    limits.progress?.(progress);
    const reason = isDecided(model, walker.trails) ? 'found' : (limits.stop?.(progress) ?? null);
    if (reason === null) continue;
    cut = reason;
    break;
  }
  return {
    ...walker.counts,
    strategy: 'simulation',
    cut,
    completeDepth: 0,
    findings: findingsOf(model, walker.trails),
  };
}

export function findingsOf<State, Action>(model: Model<State, Action>, trails: Trails): Finding<State, Action>[] {
  return model.properties.map((property, at) => {
    const keys = trails.get(at);
    return { property, path: keys === undefined ? null : pathOfKeys(model, keys) };
  });
}

interface Walk<State> {
  /** To be met next. */
  state: State;
  waiting: number;
  readonly keys: string[];
  readonly met: Set<string>;
}

/** Which states were met before is not known: `unique` counts those of each walk. */
export class Walker<State, Action> {
  readonly counts: Counts = { states: 0, unique: 0, depth: 0, outside: 0 };
  readonly trails: Trails = new Map();
  readonly #model: Model<State, Action>;
  readonly #random: Random;
  readonly #depth: number;
  readonly #bits: ReadonlyMap<number, number>;
  /** The walk under way. */
  #walk: Walk<State> | null = null;

  constructor(model: Model<State, Action>, random: Random, depth: number) {
    this.#model = model;
    this.#random = random;
    this.#depth = depth;
    this.#bits = eventuallyBits(model.properties);
  }

  /** Goes on walking until so many walks have ended or so many states are met. How many have ended. */
  walk(walks: number, states: number): number {
    let ended = 0;
    for (let left = states; left > 0 && ended < walks; left--) if (this.#goOn()) ended++;
    return ended;
  }

  /** Meets one state more, of the walk under way or a new one. True where the walk ends there. */
  #goOn(): boolean {
    const walk = this.#walk ?? this.#begin();
    if (walk === null) return true;
    const { keys, met } = walk;
    walk.waiting = stillWaiting(this.#model.properties, this.#bits, walk.state, walk.waiting);
    const key = keyText(this.#model, walk.state, walk.waiting);
    keys.push(key);
    if (!met.has(key)) this.counts.unique++;
    met.add(key);
    this.counts.states++;
    this.counts.depth = Math.max(this.counts.depth, keys.length);
    this.#judge(walk.state, keys);
    const next = keys.length >= this.#depth ? 'cut' : this.#step(walk.state);
    if (next === 'end') this.#judgeEnd(walk.waiting, keys);
    this.#walk = typeof next === 'string' ? null : walk;
    if (typeof next !== 'string') walk.state = next.state;
    return this.#walk === null;
  }

  /** Null where there is nothing to begin from. */
  #begin(): Walk<State> | null {
    const initials = this.#model.initialStates().filter((state) => this.#model.withinBoundary(state));
    if (initials.length === 0) return null;
    return { state: this.#random.pick(initials), waiting: allBits(this.#bits), keys: [], met: new Set() };
  }

  #step(state: State): { readonly state: State } | 'end' | 'outside' {
    const actions = this.#random.shuffle(this.#model.actions(state));
    let outside = false;
    for (const action of actions) {
      const next = this.#model.next(state, action);
      if (next === null) continue;
      if (this.#model.withinBoundary(next)) return { state: next };
      outside = true;
      this.counts.outside++;
    }
    return outside ? 'outside' : 'end';
  }

  #judge(state: State, keys: readonly string[]): void {
    for (const [at, property] of this.#model.properties.entries()) {
      if (property.expectation === 'eventually' || !this.#isShorter(at, keys)) continue;
      if (property.holds(state) === (property.expectation === 'sometimes')) this.trails.set(at, [...keys]);
    }
  }

  #judgeEnd(waiting: number, keys: readonly string[]): void {
    for (const [at, bit] of this.#bits) {
      if ((waiting & bit) !== 0 && this.#isShorter(at, keys)) this.trails.set(at, [...keys]);
    }
  }

  #isShorter(property: number, keys: readonly string[]): boolean {
    return keys.length < (this.trails.get(property)?.length ?? Number.POSITIVE_INFINITY);
  }
}
