import type { Counts } from './expander.ts';
import type { Model, Property } from './model.ts';
import type { Path } from './path.ts';

/** How a search goes about it. */
export const strategies = ['bfs', 'dfs', 'simulation'] as const;
export type Strategy = (typeof strategies)[number];

export interface Limits {
  /** The longest path gone, counted in states as stateright does: an initial state has the depth 1. None unless given. */
  readonly depth?: number;
  /** Asked now and then; anything but null ends the search for this reason. */
  stop?(progress: Progress): 'time' | 'memory' | 'interrupt' | null;
  progress?(progress: Progress): void;
}

export interface Progress extends Readonly<Counts> {
  /** Memory of visited set and frontier. */
  readonly bytes: number;
}

/**
 * Why a search ended before it had seen everything within the boundary. `found`: nothing was left to look for, or a
 * counterexample was there. `too-large`: the model has more parts than there is room for.
 */
export type Cut = 'depth' | 'time' | 'memory' | 'interrupt' | 'found' | 'walks' | 'too-large';

export interface SearchResult<State, Action> extends Readonly<Counts> {
  readonly strategy: Strategy;
  /** Null where everything within the model's boundary has been visited. */
  readonly cut: Cut | null;
  /**
   * Every state that a path of so many states reaches has been visited, or none where the strategy says nothing of the kind.
   * Breadth-first search alone does; where nothing was cut, it holds for any depth.
   */
  readonly completeDepth: number;
  readonly findings: readonly Finding<State, Action>[];
}

/** What the search has found out about one property. */
export interface Finding<State, Action> {
  readonly property: Property<State>;
  /** An example of `sometimes`, a counterexample to the others; null where the search found none. */
  readonly path: Path<State, Action> | null;
}

/**
 * `violated`: there is a counterexample. `holds`: of an `always` or `eventually` property, everything has been seen; of a
 * `sometimes` property, there is an example. `never`: everything has been seen, and a `sometimes` property never held.
 * `open`: the search was cut before it could tell.
 */
export type Outcome = 'violated' | 'holds' | 'never' | 'open';

export function outcomeOf<State, Action>(
  result: SearchResult<State, Action>,
  finding: Finding<State, Action>,
): Outcome {
  const { property, path } = finding;
  if (property.expectation === 'sometimes') return path !== null ? 'holds' : result.cut === null ? 'never' : 'open';
  if (path !== null) return 'violated';
  return result.cut === null ? 'holds' : 'open';
}

/** Whether this was thrown because the model has grown too large: what has been found by then is worth telling. */
export function isTooLarge(thrown: unknown): boolean {
  return (thrown as { code?: unknown } | null)?.code === 'model-too-large';
}

/** Whether there is nothing left to look for, or a counterexample: then a search may end. */
export function isDecided<State, Action>(
  model: Model<State, Action>,
  found: { has(property: number): boolean },
): boolean {
  const wanted = [...model.properties.keys()];
  if (wanted.length === 0) return false;
  const violated = wanted.some((at) => found.has(at) && model.properties[at]?.expectation !== 'sometimes');
  return violated || wanted.every((at) => found.has(at));
}
