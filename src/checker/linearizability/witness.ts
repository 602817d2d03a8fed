import { present } from '../../base/assert.ts';
import { decide } from './decide.ts';
import type { Call, Item, Model, Problem } from './model.ts';
import type { Budget, SearchResult } from './search.ts';
import { oneAfterAll, prefixUpTo, problemOf, shrunk, upTo, windowFrom } from './weaken.ts';

/** Few calls that cannot be explained, and that no other calls of the history could make explainable. */
export interface Witness<State, Action> {
  /** It begins in `model.anything` where nothing that came before matters. */
  readonly problem: Problem<State, Action>;
  /** For each of its calls, which one that is of the problem that was searched. */
  readonly numbers: readonly number[];
  /** The call that cannot be placed: the first whose completion leaves no explanation. */
  readonly unplaced: number;
  /** How many of the calls that complete first are known to be explainable together. */
  readonly explained: number;
  /** The states that are possible while that call is under way; null where they are not known, or too many. */
  readonly states: readonly State[] | null;
}

/** In looks of the search at its budget: what a single try may take. */
const looksPerPrefix = 2000;
const looksPerTry = 40;
/** What all tries together may take. */
const mostLooks = 3000;
/** In calls: the sizes of all that is tried, together, once more for each look, as steps take longer the longer states are. */
const mostWork = 4_000_000;
const workPerTry = 100;
const mostPerLook = 1000;

/**
 * Makes a problem that is not linearizable small enough to be read: up to the first completion that cannot be explained,
 * then from as late as possible with nothing known of what was before, then without what the contradiction does not need.
 * Each step only ever asks less of the calls, so that what cannot be explained in the end could not be at first. Where a few
 * calls are known already that contradict each other, it is these that are made fewer.
 */
export function findWitness<State, Action>(
  problem: Problem<State, Action>,
  { explained, contradiction }: Refutation<Action>,
  budget: Budget,
): Witness<State, Action> {
  const trial = new Trial(budget);
  const found = contradiction && earliest(problem, contradiction, trial);
  if (found === undefined || found === null) {
    const all = problem.calls.map((call, number) => ({ number, call }));
    return smallestOf(problem, all, explained, trial);
  }
  const { items, isFirst } = found;
  const witness = smallestOf(problem, items, 0, trial);
  // Without all that was done beside, only what begins in any state tells which states there were.
  const { initial } = witness.problem;
  const states = initial === problem.model.anything ? witness.states : null;
  const end = witness.problem.calls[witness.unplaced]?.completed ?? 0;
  const before = isFirst ? problem.calls.filter(({ completed }) => completed < end).length : 0;
  return { ...witness, explained: before, states };
}

type Refutation<Action> = Pick<
  SearchResult<Action> & { readonly kind: 'not-linearizable' },
  'explained' | 'contradiction'
>;

/**
 * A contradiction, and whether all can be explained before its last completion, as far as is known; null where it cannot,
 * and no few calls are known that show it.
 */
function earliest<State, Action>(
  problem: Problem<State, Action>,
  contradiction: readonly Item<Action>[],
  trial: Trial,
): { readonly items: readonly Item<Action>[]; readonly isFirst: boolean } | null {
  let items = contradiction;
  for (;;) {
    const { calls } = problemOf(problem.model, problem.initial, items);
    const last = calls.reduce(
      (latest, { completed }) => (completed < Number.POSITIVE_INFINITY ? Math.max(latest, completed) : latest),
      0,
    );
    const prefix = prefixUpTo(problem, last - 1);
    const result = trial.of(problemOf(problem.model, problem.initial, prefix), looksPerTry);
    if (result.kind !== 'not-linearizable') return { items, isFirst: result.kind === 'linearizable' };
    if (result.contradiction === undefined) return null;
    items = result.contradiction.map(({ number, call }) => ({ number: numberIn(prefix, number), call }));
  }
}

function numberIn(items: readonly Item<unknown>[], place: number): number {
  return present(items[place], 'a call by its number').number;
}

function smallestOf<State, Action>(
  { model, initial: first }: Problem<State, Action>,
  all: readonly Item<Action>[],
  explained: number,
  trial: Trial,
): Witness<State, Action> {
  const ends = all.map(({ call }) => call.completed).filter(Number.isFinite);
  ends.sort((a, b) => a - b);
  const timeOf = (end: number): number => present(ends[end], 'a completion');
  let known = explained;
  const lastEnd = smallest(explained, ends.length - 1, (end) => {
    const result = trial.of(problemOf(model, first, upTo(model, all, timeOf(end))), looksPerPrefix).kind;
    if (result === 'linearizable') known = Math.max(known, end + 1);
    return result === 'not-linearizable';
  });
  const isContradiction = (items: readonly Item<Action>[], initial: State): boolean =>
    trial.of(problemOf(model, initial, items), looksPerTry).kind === 'not-linearizable';
  const prefix = upTo(model, all, timeOf(lastEnd));
  const window = trial.isOver ? null : windowOf(model, prefix, timeOf(lastEnd), isContradiction);
  const initial = window === null ? first : window.initial;
  const items = shrunk(model, window?.items ?? prefix, initial, {
    isContradiction: (fewer) => isContradiction(fewer, initial),
    isOver: () => trial.isOver,
  });
  const small = problemOf(model, initial, items);
  const unplaced = items.findIndex(({ call }) => call.completed === timeOf(lastEnd));
  const numbers = items.map(({ number }) => number);
  return { problem: small, numbers, unplaced, explained: known, states: statesDuring(small, unplaced) };
}

/** The last few calls that contradict each other whatever was before. */
function windowOf<State, Action>(
  model: Model<State, Action>,
  prefix: readonly Item<Action>[],
  end: number,
  isContradiction: (items: readonly Item<Action>[], initial: State) => boolean,
): { readonly items: readonly Item<Action>[]; readonly initial: State } | null {
  const { anything } = model;
  if (anything === undefined) return null;
  const fromAnything = (items: readonly Item<Action>[]): boolean => isContradiction(items, anything);
  // What had completed before the last call began is easier to follow than what went on beside it.
  const items =
    latestWindow(oneAfterAll(model, prefix, end), model, fromAnything) ?? latestWindow(prefix, model, fromAnything);
  return items && { items, initial: anything };
}

/** Searches that are given up soon: a witness need not be the smallest. */
class Trial {
  readonly #budget: Budget;
  #work = mostWork;
  #looks = mostLooks;

  constructor(budget: Budget) {
    this.#budget = budget;
  }

  /** Whether there is nothing left to try with. */
  get isOver(): boolean {
    return this.#work < 0 || this.#looks < 0 || this.#budget.deadlineReached();
  }

  of<State, Action>(problem: Problem<State, Action>, looks: number): SearchResult<Action> {
    this.#work -= problem.calls.length + workPerTry;
    if (this.isOver) return { kind: 'gave-up', reason: 'time', explained: 0 };
    let left = looks;
    const deadlineReached = (): boolean => {
      this.#looks--;
      this.#work -= Math.min(problem.calls.length, mostPerLook);
      return --left < 0 || this.isOver;
    };
    return decide(problem, { ...this.#budget, deadlineReached });
  }
}

/**
 * The smallest number from `low` to `high` that has a property, which all greater ones have, `high` for certain. It is
 * looked for near `low` first.
 */
function smallest(low: number, high: number, has: (number: number) => boolean): number {
  let [from, to] = [low, high];
  for (let step = 1; from + step <= to; step *= 2) {
    if (has(from + step - 1)) to = from + step - 1;
    else from += step;
  }
  while (from < to) {
    const middle = (from + to) >> 1;
    if (has(middle)) to = middle;
    else from = middle + 1;
  }
  return to;
}

/** The last few calls that contradict each other whatever was before; null where no number of them is found to. */
function latestWindow<State, Action>(
  prefix: readonly Item<Action>[],
  model: Model<State, Action>,
  isContradiction: (items: readonly Item<Action>[]) => boolean,
): readonly Item<Action>[] | null {
  const last = (count: number): readonly Item<Action>[] => {
    const start = present(prefix[prefix.length - count], 'the first call of a window').call.invoked;
    return windowFrom(model, prefix, start);
  };
  for (let count = 1; ; count = Math.min(2 * count, prefix.length)) {
    if (isContradiction(last(count))) {
      return last(smallest(Math.floor(count / 2) + 1, count, (fewer) => isContradiction(last(fewer))));
    }
    if (count === prefix.length) return null;
  }
}

const mostConfigurations = 5000;
/** More than anybody reads. */
const mostCalls = 100;

/**
 * The states that are possible at some moment while the call is under way, by trying every order of the others; null where
 * there are too many. The call is the last to complete.
 */
function statesDuring<State, Action>(
  { model, initial, calls }: Problem<State, Action>,
  unplaced: number,
): readonly State[] | null {
  if (calls.length > mostCalls) return null;
  const call = present(calls[unplaced], 'the call that cannot be placed');
  const found = new Map<string, State>();
  const seen = new Set<string>();
  const others = [...calls.keys()].filter((other) => other !== unplaced);
  const ahead: { readonly left: readonly number[]; readonly state: State }[] = [{ left: others, state: initial }];
  for (let here = ahead.pop(); here !== undefined; here = ahead.pop()) {
    const { left, state } = here;
    const stateKey = model.stateKey(state);
    const key = `${String.fromCharCode(...left)} ${stateKey}`;
    if (seen.has(key)) continue;
    seen.add(key);
    if (seen.size > mostConfigurations) return null;
    const firstEnd = firstEndOf(calls, left);
    if (firstEnd > call.invoked) found.set(stateKey, state);
    for (const next of left) {
      const { action, invoked } = calls[next] as Call<Action>;
      if (firstEnd < invoked) continue;
      const following = model.step(state, action);
      if (following.length === 0) continue;
      // What need not have happened and had completed did not happen.
      const remaining = left.filter((other) => other !== next && (calls[other] as Call<Action>).completed > invoked);
      for (const after of following) ahead.push({ left: remaining, state: after });
    }
  }
  return [...found.values()];
}

/** When the first of the calls completed that must have happened. */
function firstEndOf(calls: readonly Call<unknown>[], numbers: readonly number[]): number {
  let first = Number.POSITIVE_INFINITY;
  for (const number of numbers) {
    const { required, completed } = calls[number] as Call<unknown>;
    if (required && completed < first) first = completed;
  }
  return first;
}
