import type { Fingerprint } from './fingerprint.ts';
import type { Model, Property } from './model.ts';
import { hashPlain } from './plain-hash.ts';
import { plainOfWords, plainWords } from './plain-values.ts';

/** A model whose states are plain data, so that the engine knows by itself how to tell, store and show them. */
export interface Rules<State, Action> {
  readonly name: string;
  readonly properties: readonly Property<State>[];
  initialStates(): readonly State[];
  actions(state: State): readonly Action[];
  next(state: State, action: Action): State | null;
  withinBoundary?(state: State): boolean;
  /**
   * The same state for all that differ only by a permutation of parts that are alike, such as one with its parts sorted.
   * Sound for properties that hold of a state if and only if they hold of its representative.
   */
  representative?(state: State): State;
  describeAction?(action: Action): string;
  describeState?(state: State): readonly string[];
}

/** See `plainBytes` of plain-values.ts for what a state may hold. */
export function plainModel<State, Action>(rules: Rules<State, Action>): Model<State, Action> {
  const { representative } = rules;
  return {
    name: rules.name,
    properties: rules.properties,
    initialStates: () => rules.initialStates(),
    actions: (state) => rules.actions(state),
    next: (state, action) => rules.next(state, action),
    withinBoundary: (state) => rules.withinBoundary?.(state) ?? true,
    fingerprint: (state: State, into: Fingerprint) => hashPlain(representative?.(state) ?? state, into),
    pack: plainWords,
    // What `pack` made of a state, and nothing else, comes back here.
    unpack: (words) => plainOfWords(words) as State,
    describeAction: (action) => rules.describeAction?.(action) ?? JSON.stringify(action),
    describeState: (state) => rules.describeState?.(state) ?? JSON.stringify(state, null, 1).split('\n'),
  };
}
