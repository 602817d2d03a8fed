import type { Problem } from './model.ts';

/**
 * Why this is no linearization of the problem, or null where it is one: every call that took effect once and none twice,
 * each between its invocation and its completion, and the model allows each in its place. `order` holds numbers of calls.
 */
export function linearizationFault<State, Action>(
  { model, initial, calls }: Problem<State, Action>,
  order: ArrayLike<number>,
): string | null {
  const seen = new Uint8Array(calls.length);
  let states: readonly State[] = [initial];
  let latestInvocation = Number.NEGATIVE_INFINITY;
  for (let place = 0; place < order.length; place++) {
    const number = order[place] as number;
    const call = calls[number];
    if (call === undefined) return `there is no call ${number}`;
    if (seen[number] === 1) return `call ${number} takes effect twice`;
    seen[number] = 1;
    if (call.completed < latestInvocation) return `call ${number} had completed before one in front of it was invoked`;
    latestInvocation = Math.max(latestInvocation, call.invoked);
    states =
      states.length === 1
        ? model.step(states[0] as State, call.action)
        : states.flatMap((state) => model.step(state, call.action));
    if (states.length === 0) return `call ${number} cannot happen where it stands`;
  }
  const missing = calls.findIndex((call, number) => call.required && seen[number] === 0);
  return missing < 0 ? null : `call ${missing} took effect, but is not in the order`;
}
