import type { Fingerprint } from './fingerprint.ts';
import type { StateView } from './state-view.ts';

/**
 * A system as a set of states and what leads from one to the next. Everything here must be a function of its arguments: a
 * path is found again by replaying it, and several threads each have a model of their own.
 */
export interface Model<State, Action> {
  readonly name: string;
  readonly properties: readonly Property<State>[];
  initialStates(): readonly State[];
  /** What may happen in a state, in an order that depends on the state alone. */
  actions(state: State): readonly Action[];
  /** Null where the action changes nothing: it then counts as none. The old state stays as it was. */
  next(state: State, action: Action): State | null;
  /** States outside are neither counted nor gone on from. */
  withinBoundary(state: State): boolean;
  /**
   * Equal for states that are the same, and otherwise different but for a chance of 2^-64 a pair. A model with symmetry
   * gives states the same one that differ only by a permutation of its actors; the search then visits one of each kind.
   */
  fingerprint(state: State, into: Fingerprint): void;
  /** The state as 32-bit integers, for the frontier and for other threads that have the same model. */
  pack(state: State): readonly number[];
  unpack(words: readonly number[]): State;
  /** What models of the same system in other threads are to share, if anything. */
  readonly memory?: unknown;
  /** For people: an action in words, and a state as lines. */
  describeAction(action: Action): string;
  describeState(state: State): readonly string[];
  /** The same as data, for a page; null where lines will do. */
  viewState?(state: State): StateView | null;
  /** What a sequence diagram shows: its lifelines, and what an action does to them. Only actor models have them. */
  readonly lifelines?: readonly string[];
  diagramStep?(state: State, action: Action): DiagramStep;
}

/** `always`: holds in every state. `sometimes`: in at least one. `eventually`: on every path, in at least one state. */
export type Expectation = 'always' | 'sometimes' | 'eventually';

/**
 * A search looks for a counterexample to `always` and `eventually`, and for an example of `sometimes`. A counterexample to
 * `eventually` is a path to a state without a next one on which the condition never held; a path that goes round in a
 * circle for ever, and one that a limit or the boundary cut off, counts as none.
 */
export interface Property<State> {
  readonly name: string;
  readonly expectation: Expectation;
  holds(state: State): boolean;
}

/** One step as a sequence diagram shows it. Lifelines are named by their place. */
export interface DiagramStep {
  readonly lifeline: number;
  readonly kind: 'deliver' | 'drop' | 'timeout' | 'input' | 'choice' | 'crash' | 'recover';
  /** Of a message where one is delivered or dropped, else of the event: `vote(term 1, granted)`, `election time-out`. */
  readonly label: string;
  /** The message that is delivered or dropped, by the number that tells equal messages on the network from others. */
  readonly message: { readonly id: number; readonly from: number } | null;
  /** What is sent in this step, in this order. */
  readonly sent: readonly { readonly id: number; readonly to: number; readonly label: string }[];
  /** What is worth a note at the lifeline: a new leader, a commit, a failed assertion. */
  readonly notes: readonly string[];
}
