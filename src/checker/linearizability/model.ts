import type { Operation } from '../../history/operation.ts';
import type { Pair } from '../../history/pairs.ts';

/**
 * A sequential object: what its operations ask of its state, and what becomes of it. A history is linearizable if its
 * operations can be put into one order, each at a moment between its invocation and its completion, that the object allows.
 *
 * All functions are pure. An `Action` is an operation with what was observed of it; a `State` is never changed in place.
 */
export interface Model<State, Action> {
  readonly name: string;
  /** Other names that people look for it by. */
  readonly aliases?: readonly string[];
  readonly summary: string;
  /** The names of the operations that it knows. */
  readonly functions: readonly string[];
  /** The state that a history begins in. Throws a UsageError for an initial value that the object cannot have. */
  initial(semantics: Semantics): State;
  /**
   * What the operation asks and observed; null where it says nothing: it failed without a trace, or is a read that never
   * returned. The completion counts only where it is `ok` or `fail`. Throws a BadOperation.
   */
  action(pair: Pair, semantics: Semantics): Action | null;
  /** Whether what came back says what the operation did; where it does not, it counts as one that never returned. */
  tells?(completion: Operation): boolean;
  /** Whether an operation is this model's and no other's that has the same names; every one is unless given. */
  suits?(operation: Operation): boolean;
  /** Where operations of these pairs do not meet in the state: what tells them apart. Null where all of them may meet. */
  partition?(pairs: readonly Pair[]): ((pair: Pair) => string) | null;
  /** The states that may follow; none where the action cannot happen in this state. */
  step(state: State, action: Action): readonly State[];
  /** Equal for equal states only: what the memo table goes by. */
  stateKey(state: State): string;
  /** Equal for interchangeable actions only. */
  actionKey(action: Action): string;
  effect(action: Action): Effect;
  /** What is left of the action where its completion is not known: null where it had no effect. */
  pending(action: Action): Action | null;
  /**
   * The one state an action can happen in (null: it does not ask for one), and the one it leads to (null: it changes
   * nothing). Only models can have it in which this holds for every action.
   */
  ends?(action: Action): { readonly from: State | null; readonly to: State | null };
  /** Whether an action that observes may come after this state with only calls between that do not overwrite; `true` if in doubt. */
  precedes?(state: State, action: Action): boolean;
  /** Drops actions, or merges states, without changing whether the calls are linearizable; null where all stays the same. */
  reduce?(calls: readonly Call<Action>[], initial: State): Reduced<State, Action> | null;
  /** A quick way for problems of some kind, null for all others. What it says is checked (`decide`), so it may even err. */
  decide?(problem: Problem<State, Action>): Decision<Action> | null;
  /**
   * A state of which nothing is known: in it every action may happen that may happen in some state, and what is known
   * afterwards is what the action shows. Where a window of calls cannot be explained even from here, it alone is the proof.
   */
  readonly anything?: State;
  describeState(state: State): string;
  describe(action: Action): Description;
}

/**
 * What the search may take for granted of an action: `observe` changes no state that is known; `update` may depend on the
 * state in any way; `blind` may happen in every state; `overwrite` may, and leads to the same state from all of them.
 */
export type Effect = 'observe' | 'update' | 'blind' | 'overwrite';

/** How histories of different origin are to be read. */
export interface Semantics {
  /** The value that an object has at first; undefined for the model's own. */
  readonly initial?: unknown;
  /** A read of nil has found that there is no value (`absent`), or says nothing (`unknown`). */
  readonly nilRead: 'absent' | 'unknown';
  /**
   * A cas that failed has found another value (`value-differed`; unless its error gives another reason than
   * `cas-mismatch`), or says nothing (`never-happened`).
   */
  readonly failedCas: 'value-differed' | 'never-happened';
}

/** Our own histories: `null` for what is absent, and `cas-mismatch` for a cas that found another value. */
export const defaultSemantics: Semantics = { nilRead: 'absent', failedCas: 'value-differed' };

/** An action with the time it had: it takes effect once, after `invoked` and before `completed`. */
export interface Call<Action> {
  readonly action: Action;
  /** Indices in the history. `completed` is Infinity where the history knows of no end. */
  readonly invoked: number;
  readonly completed: number;
  /** Whether it did take effect; otherwise it may have. */
  readonly required: boolean;
}

export interface Problem<State, Action> {
  readonly model: Model<State, Action>;
  readonly initial: State;
  /** In the order of their invocations. */
  readonly calls: readonly Call<Action>[];
}

export interface Reduced<State, Action> {
  readonly initial: State;
  /** One for each call; null where it is dropped. */
  readonly actions: readonly (Action | null)[];
}

/** A call of a problem, or what it says in part: all that the original did and saw implies this. */
export interface Item<Action> {
  /** Which call of the problem it is. */
  readonly number: number;
  readonly call: Call<Action>;
}

/**
 * What a quick way found: an order of calls (their numbers) that explains the problem, or calls that nothing explains, and
 * so nothing explains the problem: a linearization of all would, with the others left out, be one of these.
 */
export type Decision<Action> =
  | { readonly kind: 'linearizable'; readonly order: ArrayLike<number> }
  | { readonly kind: 'contradiction'; readonly items: readonly Item<Action>[] };

/** An action in words: `read` / `returned 1` / `read of 1`. */
export interface Description {
  readonly name: string;
  readonly outcome: string;
  readonly brief: string;
}

/** What is wrong with an operation that the model cannot take; whoever knows the operation says which one it is. */
export class BadOperation extends Error {
  override readonly name = 'BadOperation';
}
