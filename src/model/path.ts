import { assert, present } from '../base/assert.ts';
import { allBits, eventuallyBits, stillWaiting } from './expander.ts';
import { type Fingerprint, fingerprintOfText, fingerprintText, newFingerprint, withSalt } from './fingerprint.ts';
import type { Model } from './model.ts';
import type { VisitedSet } from './visited-set.ts';

/** A way through a model: from an initial state, one action at a time. */
export interface Path<State, Action> {
  readonly initial: State;
  readonly steps: readonly PathStep<State, Action>[];
}

export interface PathStep<State, Action> {
  readonly action: Action;
  /** The state it leads to. */
  readonly state: State;
}

/** The states of a path: the initial one, and that behind each step. */
export function statesAlong<State, Action>({ initial, steps }: Path<State, Action>): State[] {
  return [initial, ...steps.map(({ state }) => state)];
}

/** The fingerprints of the states of a path, the initial one first, as the explorer's links and reports have them. */
export function fingerprintsOf<State, Action>(model: Model<State, Action>, path: Path<State, Action>): string[] {
  return statesAlong(path).map((state) => textOf(model, state));
}

/**
 * The path whose states have these fingerprints; null where there is none. With symmetry a fingerprint stands for all states
 * that differ by a permutation, and the path that is found is one of several that are alike.
 */
export function pathOfFingerprints<State, Action>(
  model: Model<State, Action>,
  fingerprints: readonly string[],
): Path<State, Action> | null {
  return replay(model, fingerprints, (state) => ({ key: textOf(model, state), waiting: 0 }));
}

/** The path by which a search first reached the state with this key. */
export function pathTo<State, Action>(
  model: Model<State, Action>,
  visited: VisitedSet,
  high: number,
  low: number,
): Path<State, Action> {
  const keys: string[] = [];
  const key = Int32Array.of(high, low);
  while (key[0] !== 0 || key[1] !== 0) {
    keys.unshift(fingerprintText(key[0] as number, key[1] as number));
    assert(visited.parentOf(key, key), 'what was reached has been reached from somewhere');
  }
  return pathOfKeys(model, keys);
}

/** As `pathOfFingerprints`, for the keys of a search: a state with its waiting `eventually` properties. */
export function pathOfKeys<State, Action>(model: Model<State, Action>, keys: readonly string[]): Path<State, Action> {
  const bits = eventuallyBits(model.properties);
  const path = replay(model, keys, (state, waitingBefore) => {
    const waiting = stillWaiting(model.properties, bits, state, waitingBefore ?? allBits(bits));
    return { key: keyText(model, state, waiting), waiting };
  });
  return present(path, 'the model does the same again: its next states depend on nothing but the state and the action');
}

/** The fingerprint of a state as text. */
export function textOf<State, Action>(model: Model<State, Action>, state: State): string {
  return keyText(model, state, 0);
}

export function keyText<State, Action>(model: Model<State, Action>, state: State, waiting: number): string {
  const key: Fingerprint = newFingerprint();
  model.fingerprint(state, key);
  withSalt(key, waiting);
  return fingerprintText(key[0] as number, key[1] as number);
}

/** `keyOf` is given what the state before it waited for; null before an initial state. */
function replay<State, Action>(
  model: Model<State, Action>,
  keys: readonly string[],
  keyOf: (state: State, waitingBefore: number | null) => { key: string; waiting: number },
): Path<State, Action> | null {
  for (const key of keys) fingerprintOfText(key);
  const initials = model.initialStates().filter((candidate) => keyOf(candidate, null).key === keys[0]);
  if (initials.length === 0) return null;
  const initial = initials[0] as State;
  let state = initial;
  let { waiting } = keyOf(initial, null);
  const steps: PathStep<State, Action>[] = [];
  for (const key of keys.slice(1)) {
    const step = stepTo(model, state, (candidate) => keyOf(candidate, waiting).key === key);
    if (step === null) return null;
    waiting = keyOf(step.state, waiting).waiting;
    steps.push(step);
    state = step.state;
  }
  return { initial, steps };
}

function stepTo<State, Action>(
  model: Model<State, Action>,
  from: State,
  isTarget: (state: State) => boolean,
): PathStep<State, Action> | null {
  for (const action of model.actions(from)) {
    const state = model.next(from, action);
    if (state !== null && isTarget(state)) return { action, state };
  }
  return null;
}
