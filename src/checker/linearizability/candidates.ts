import type { Configuration } from './configuration.ts';
import type { Outlook } from './outlook.ts';
import { eachSlot } from './slots.ts';

/** In place of a call: the one that completes next is let go. */
export const nobody = -1;

/**
 * The calls worth trying next, those that complete first before others, each followed by a state it leads to. `nobody`
 * comes first where that is possible. Of the orders that explain a history, some have few calls that are not overwritten
 * at once, and these as late as they can be; it is enough to find one of those. So not tried is
 *
 * - of interchangeable calls, one that completes later than another (exchange the two);
 * - a call that need not happen and changes nothing, or after which another that must happen cannot (`strands`, `Outlook`);
 * - a call that overwrites, or need not happen, where it could as well come later: no open call sees the state it leads to,
 *   it does not complete next, and neither does one that must be overwritten (or come) now;
 * - where the state was overwritten and nobody has seen it since, another overwriting call that could have come instead
 *   (one invoked before `unseenSince`): then the former counts as happened just before it.
 */
export function candidatesAt<State, Action>(
  here: Configuration<State, Action>,
  outlook: Outlook<State, Action>,
  unseenSince: number,
): number[] {
  const open = openCalls(here);
  const isHopeless = outlook.test(open);
  const seesState = observersOf(here, open);
  const first = here.timeline.returns[here.position] as number;
  const firstIsDue = here.mustHappen(first) && here.isBlind[first] === 1;
  const candidates: number[] = here.canLetGo ? [nobody, here.state] : [];
  /** By action: 1 where one that may happen was taken, 2 where one that must. */
  const tried = new Map<number, number>();
  for (const call of open) {
    const action = here.action[call] as number;
    const must = here.mustHappen(call);
    const former = tried.get(action) ?? 0;
    if (former === 2 || (former === 1 && !must)) continue;
    tried.set(action, must ? 2 : 1);
    const overwrites = here.overwrites[call] === 1;
    if (overwrites && here.invoked(call) < unseenSince) continue;
    const canWait = (overwrites || !must) && call !== first && !(overwrites && firstIsDue);
    for (const next of here.transitions.step(here.state, action)) {
      if (next === here.state && !must && !overwrites) continue;
      if (here.strands(call, next) || isHopeless(call, next)) continue;
      if (canWait && !seesState(next, call)) continue;
      candidates.push(call, next);
    }
  }
  return candidates;
}

function openCalls<State, Action>(here: Configuration<State, Action>): number[] {
  const { deadline } = here.timeline;
  const open: number[] = [];
  for (const set of [here.must, here.may]) eachSlot(set, (slot) => open.push(here.callIn(slot)));
  return open.sort((a, b) => (deadline[a] as number) - (deadline[b] as number) || a - b);
}

/** Whether an open call other than the one given goes by the state, other than by overwriting it. */
function observersOf<State, Action>(
  here: Configuration<State, Action>,
  open: readonly number[],
): (state: number, except: number) => boolean {
  const { asks } = here;
  /** Calls that ask for one state, by that state; the rest may go by any. */
  const asking = new Map<number, number[]>();
  const others: number[] = [];
  for (const call of open) {
    if (here.overwrites[call] === 1) continue;
    const state = asks?.[call] ?? -1;
    if (state < 0) others.push(call);
    else asking.set(state, [...(asking.get(state) ?? []), call]);
  }
  const sees = (state: number, call: number): boolean =>
    here.transitions.step(state, here.action[call] as number).length > 0;
  return (state, except) =>
    (asking.get(state) ?? []).some((call) => call !== except) ||
    others.some((call) => call !== except && sees(state, call));
}
