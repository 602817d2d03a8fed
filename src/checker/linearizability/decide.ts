import type { Item, Problem } from './model.ts';
import { type Budget, type SearchResult, search } from './search.ts';
import { decideByStretches } from './stretches.ts';
import { linearizationFault } from './verify.ts';
import { problemOf } from './weaken.ts';

/** In looks of a search at its budget: what the check of a contradiction may take. */
const looksPerCheck = 200;

/**
 * Whether a problem is linearizable: by the model's quick way where there is one for it, otherwise stretch by stretch where
 * few calls overlap, and by search where many do. What the quick way says is not taken on trust: an order is replayed, and a
 * contradiction is searched through. Where it proves nothing, the others decide.
 */
export function decide<State, Action>(problem: Problem<State, Action>, budget: Budget): SearchResult<Action> {
  const decision = problem.model.decide?.(problem) ?? null;
  if (decision?.kind === 'linearizable' && linearizationFault(problem, decision.order) === null) return decision;
  if (decision?.kind === 'contradiction') {
    const contradiction = confirmed(problem, decision.items, budget);
    if (contradiction !== null) return { kind: 'not-linearizable', explained: 0, contradiction };
  }
  return decideByStretches(problem, budget) ?? search(problem, budget);
}

/** The items, or fewer of them, where no order explains them; null where one may. */
function confirmed<State, Action>(
  { model, initial }: Problem<State, Action>,
  items: readonly Item<Action>[],
  budget: Budget,
): readonly Item<Action>[] | null {
  let left = looksPerCheck;
  const deadlineReached = (): boolean => --left < 0 || budget.deadlineReached();
  const result = search(problemOf(model, initial, items), { ...budget, deadlineReached });
  return result.kind === 'not-linearizable' ? items : null;
}
