import type { Problem } from './model.ts';

/**
 * Why this is no linearization of the problem, or null where it is one: every call that took effect once and none twice,
 * each between its invocation and its completion, and the model allows each in its place. `order` holds numbers of calls.
 */
export function linearizationFault<State, Action>(
  { model, initial, calls }: Problem<State, Action>,
  order: readonly number[],
): string | null {
  const seen = new Set<number>();
  let states: readonly State[] = [initial];
  let latestInvocation = Number.NEGATIVE_INFINITY;
  for (const number of order) {
    const call = calls[number];
    if (call === undefined) return `there is no call ${number}`;
    if (seen.has(number)) return `call ${number} takes effect twice`;
    seen.add(number);
    if (call.completed < latestInvocation) return `call ${number} had completed before one in front of it was invoked`;
    latestInvocation = Math.max(latestInvocation, call.invoked);
    states = states.flatMap((state) => model.step(state, call.action));
    if (states.length === 0) return `call ${number} cannot happen where it stands`;
  }
  const missing = calls.findIndex((call, number) => call.required && !seen.has(number));
  return missing < 0 ? null : `call ${missing} took effect, but is not in the order`;
}
