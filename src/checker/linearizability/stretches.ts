import type { Call, Model, Problem } from './model.ts';
import type { Budget, SearchResult } from './search.ts';

/** Of calls that overlap one another, and of ways to explain what has been: more is left to the search. */
const mostTogether = 8;
const mostWays = 32;

const callsBetweenLooks = 4096;

/** A way to explain calls. */
interface Way<State> {
  readonly state: State;
  /** Which calls of the stretch have happened, from its first call on; 0 for all. */
  readonly done: number;
  /** In which order, the last call first; null for none. States that were left are not held. */
  readonly path: Path | null;
}

interface Path {
  readonly call: number;
  readonly before: Path | null;
}

/**
 * Decides problems in which few calls overlap, as where many clients use many keys: at each moment when no call is open, all
 * that matters is which states are possible, so that the calls from one such moment to the next (mostly a single one) are
 * put into every order that time allows, from each of these states, and no search is set up. Null where a call need not
 * have happened, or where too many overlap.
 */
export function decideByStretches<State, Action>(
  problem: Problem<State, Action>,
  budget: Budget,
): SearchResult<Action> | null {
  const { calls, initial } = problem;
  let ways: readonly Way<State>[] = [{ state: initial, done: 0, path: null }];
  let look = callsBetweenLooks;
  for (let from = 0; from < calls.length; ) {
    if (from >= look) {
      look = from + callsBetweenLooks;
      if (budget.deadlineReached()) return { kind: 'gave-up', reason: 'time', explained: from };
    }
    const end = endOfStretch(calls, from);
    if (end < 0) return null;
    for (let left = end - from; left > 0; left--) {
      ways = extended(problem, ways, from, end);
      if (ways.length > mostWays) return null;
    }
    if (ways.length === 0) return { kind: 'not-linearizable', explained: from };
    from = end;
  }
  return { kind: 'linearizable', order: orderOf(ways[0]?.path ?? null, calls.length) };
}

/** The call before which, for the first time, none from this one on is open; -1 where that is too far. */
function endOfStretch(calls: readonly Call<unknown>[], from: number): number {
  let latest = Number.NEGATIVE_INFINITY;
  for (let number = from; number < calls.length; number++) {
    const { invoked, completed, required } = calls[number] as Call<unknown>;
    if (invoked > latest && number > from) return number;
    if (!required || number === from + mostTogether) return -1;
    if (completed > latest) latest = completed;
  }
  return calls.length;
}

/** All ways to explain one call more of a stretch. */
function extended<State, Action>(
  problem: Problem<State, Action>,
  ways: readonly Way<State>[],
  from: number,
  end: number,
): Way<State>[] {
  const next: Way<State>[] = [];
  const all = (1 << (end - from)) - 1;
  for (let place = 0; place < ways.length; place++) {
    const way = ways[place] as Way<State>;
    for (let number = from; number < end; number++) {
      const done = way.done | (1 << (number - from));
      if (done === way.done || (all > 1 && !mayComeNext(problem.calls, number, way.done, from, end))) continue;
      follow(problem, way, number, done === all ? 0 : done, next);
    }
  }
  return next;
}

/** Adds the ways on which a call comes next, unless there is one that comes to the same. */
function follow<State, Action>(
  { model, calls }: Problem<State, Action>,
  before: Way<State>,
  call: number,
  done: number,
  next: Way<State>[],
): void {
  const states = model.step(before.state, (calls[call] as Call<Action>).action);
  for (let place = 0; place < states.length; place++) {
    const state = states[place] as State;
    if (next.length === 0 || isNew(model, next, state, done)) {
      next.push({ state, done, path: { call, before: before.path } });
    }
  }
}

function isNew<State, Action>(
  model: Model<State, Action>,
  next: readonly Way<State>[],
  state: State,
  done: number,
): boolean {
  const key = model.stateKey(state);
  return !next.some((other) => other.done === done && model.stateKey(other.state) === key);
}

/** Whether no call of the stretch that has yet to happen had completed before this one was invoked. */
function mayComeNext(
  calls: readonly Call<unknown>[],
  number: number,
  done: number,
  from: number,
  end: number,
): boolean {
  const { invoked } = calls[number] as Call<unknown>;
  for (let other = from; other < end; other++) {
    if ((done & (1 << (other - from))) === 0 && (calls[other] as Call<unknown>).completed < invoked) return false;
  }
  return true;
}

function orderOf(last: Path | null, count: number): Int32Array {
  const order = new Int32Array(count);
  let place = count;
  for (let path = last; path !== null; path = path.before) order[--place] = path.call;
  return order;
}
