import type { Operation } from '../../history/operation.ts';
import type { Anomaly, CheckerResult } from '../verdict.ts';
import { counted } from '../words.ts';
import { type Part, partsOf } from './calls.ts';
import { decide } from './decide.ts';
import { anomalyOf, onKey, progressOf } from './explain.ts';
import { defaultSemantics, type Model, type Semantics } from './model.ts';
import type { AnyModel } from './models.ts';
import type { Budget, SearchResult } from './search.ts';
import { findWitness } from './witness.ts';

/** Enough for what histories are usually like, and no more than a machine has to spare. */
const defaultBudget: Budget = { deadlineReached: () => false, memoryBytes: 1 << 30 };

/** Keys beyond are counted only. */
const listedKeys = 10;

export interface LinearizabilityOptions {
  readonly semantics?: Semantics;
  /** For each key anew, as far as memory goes. */
  readonly budget?: Budget;
}

/**
 * Whether the operations on each key took effect one at a time, each at some moment between its invocation and its
 * completion. An operation that never completed, or completed with `info`, may have taken effect at any time since, or
 * never. Exact: `unknown` only where the budget is used up, or nothing succeeded. Throws a UsageError where the history is
 * not one of the model's.
 */
export function checkLinearizability(
  history: readonly Operation[],
  model: AnyModel,
  options: LinearizabilityOptions = {},
): CheckerResult {
  return model.use((typed) => check(history, typed, options));
}

function check<State, Action>(
  history: readonly Operation[],
  model: Model<State, Action>,
  { semantics = defaultSemantics, budget = defaultBudget }: LinearizabilityOptions,
): CheckerResult {
  const { parts, operations } = partsOf(history, model, semantics);
  const anomalies: Anomaly[] = [];
  let broken = 0;
  const undecided: { readonly part: Part<State, Action>; readonly result: SearchResult & { kind: 'gave-up' } }[] = [];
  for (const part of parts) {
    const result = decide(part.problem, budget);
    if (result.kind === 'gave-up') undecided.push({ part, result });
    if (result.kind !== 'not-linearizable') continue;
    broken++;
    if (broken > listedKeys) continue;
    anomalies.push(anomalyOf(part, findWitness(part.problem, result, budget)));
  }
  const required = parts.reduce((sum, { problem }) => sum + problem.calls.filter((call) => call.required).length, 0);
  const stats = { model: model.name, operations, judged: required, keys: parts.length, undecided: undecided.length };
  if (broken > 0) {
    const what = parts.length === 1 ? 'the history is' : `${broken} of ${counted(parts.length, 'key')} are`;
    const unlisted = broken > listedKeys ? { unlisted: { nonlinearizable: broken - listedKeys } } : {};
    return { valid: false, reason: `${what} not linearizable`, anomalies, ...unlisted, stats };
  }
  const reason = whyUnknown(undecided, parts.length, required);
  if (reason !== null) return { valid: 'unknown', reason, anomalies: [], stats };
  const keys = parts.length === 1 ? onKey(parts[0] as Part<State, Action>) : ` on ${counted(parts.length, 'key')}`;
  return {
    valid: true,
    reason: `all ${counted(operations, 'operation')}${keys} are linearizable`,
    anomalies: [],
    stats,
  };
}

function whyUnknown<State, Action>(
  undecided: readonly { readonly part: Part<State, Action>; readonly result: SearchResult & { kind: 'gave-up' } }[],
  parts: number,
  required: number,
): string | null {
  const [first] = undecided;
  if (first !== undefined) {
    const { part, result } = first;
    const lacking = result.reason === 'time' ? 'the time was up' : 'the memory was used up';
    const share = parts === 1 ? '' : ` for ${undecided.length} of ${counted(parts, 'key')}`;
    return `${lacking}${share}: ${progressOf(part, result.explained)}`;
  }
  return required === 0 ? 'no operation succeeded that says anything' : null;
}
