import type { Call, Item, Problem } from '../model.ts';

/** Whether all calls are as the history has them: those that may not have happened never completed. */
export function isPlain(calls: readonly Call<unknown>[]): boolean {
  for (const { required, completed } of calls) {
    if (!required && completed !== Number.POSITIVE_INFINITY) return false;
  }
  return true;
}

/** The calls of these numbers, each once, in the order of their invocations. */
export function itemsOf<State, Action>({ calls }: Problem<State, Action>, numbers: readonly number[]): Item<Action>[] {
  return [...new Set(numbers)]
    .sort((a, b) => a - b)
    .flatMap((number) => {
      const call = calls[number];
      return call === undefined ? [] : [{ number, call }];
    });
}
