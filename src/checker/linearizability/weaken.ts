import type { Item, Model, Problem } from './model.ts';

export function problemOf<State, Action>(
  model: Model<State, Action>,
  initial: State,
  items: readonly Item<Action>[],
): Problem<State, Action> {
  return { model, initial, calls: items.map(({ call }) => call) };
}

/** What was known when the call completed that did at `end`: what had not completed may or may not have taken effect. */
export function prefixUpTo<State, Action>({ model, calls }: Problem<State, Action>, end: number): Item<Action>[] {
  return upTo(
    model,
    calls.map((call, number) => ({ number, call })),
    end,
  );
}

/** The same of a part of a problem. */
export function upTo<State, Action>(
  model: Model<State, Action>,
  items: readonly Item<Action>[],
  end: number,
): Item<Action>[] {
  return items.flatMap((item) => {
    if (item.call.invoked > end) return [];
    return item.call.completed <= end ? [item] : weakened(model, item, Number.POSITIVE_INFINITY);
  });
}

/**
 * The calls from `start` on, when the state is not known: those that had completed are gone with it, and those that were
 * under way may have taken effect already.
 */
export function windowFrom<State, Action>(
  model: Model<State, Action>,
  items: readonly Item<Action>[],
  start: number,
): Item<Action>[] {
  return items.flatMap((item) => {
    const { invoked, completed } = item.call;
    if (invoked >= start) return [item];
    return completed < start ? [] : weakened(model, item, completed);
  });
}

/** The call that completes at `end`, and of what is under way beside it only that it may have happened. */
export function oneAfterAll<State, Action>(
  model: Model<State, Action>,
  items: readonly Item<Action>[],
  end: number,
): Item<Action>[] {
  const start = items.find(({ call }) => call.completed === end)?.call.invoked ?? end;
  return items.flatMap((item) => {
    const { required, completed } = item.call;
    return required && completed > start && completed !== end ? weakened(model, item, completed) : [item];
  });
}

/** The call where nobody knows whether it took effect; none where it had no effect but what it observed. */
function weakened<State, Action>(
  model: Model<State, Action>,
  { number, call }: Item<Action>,
  completed: number,
): Item<Action>[] {
  const action = model.pending(call.action);
  return action === null ? [] : [{ number, call: { action, invoked: call.invoked, completed, required: false } }];
}

/** What says whether calls contradict each other, `false` where that is not found, and whether it is of any use to go on. */
interface Trials<Action> {
  isContradiction(items: readonly Item<Action>[]): boolean;
  isOver(): boolean;
}

/**
 * Asks less and less of the calls while they still contradict each other (Zeller's delta debugging): observations are left
 * out, and calls that took effect become calls that may have. What may or may not have happened and does not matter goes.
 */
export function shrunk<State, Action>(
  model: Model<State, Action>,
  given: readonly Item<Action>[],
  initial: State,
  trials: Trials<Action>,
): readonly Item<Action>[] {
  let items = needed(model, given, initial);
  for (let size = Math.ceil(items.length / 2); ; size = Math.min(Math.ceil(size / 2), items.length)) {
    let shrank = false;
    for (let start = items.length; start > 0 && !trials.isOver(); start -= size) {
      const from = Math.max(0, start - size);
      const weaker = items.flatMap((item, place) => {
        const isChosen = place >= from && place < start && item.call.required;
        return isChosen ? weakened(model, item, item.call.completed) : [item];
      });
      const isWeaker = weaker.length < items.length || weaker.some(({ call }, place) => call !== items[place]?.call);
      if (!isWeaker || !trials.isContradiction(weaker)) continue;
      items = weaker;
      shrank = true;
    }
    items = needed(model, items, initial);
    if (size <= 1 && !shrank) return items;
  }
}

/** Without the calls of which the model says that they do not matter. */
function needed<State, Action>(
  model: Model<State, Action>,
  items: readonly Item<Action>[],
  initial: State,
): readonly Item<Action>[] {
  const reduced = model.reduce?.(
    items.map(({ call }) => call),
    initial,
  );
  if (reduced === undefined || reduced === null) return items;
  return items.filter((_, place) => reduced.actions[place] !== null);
}
