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
  /** Judges histories of one key each side by side, in this order, for keys that take long; one after another unless given. */
  readonly sideBySide?: (histories: readonly (readonly Operation[])[]) => readonly CheckerResult[];
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
  { semantics = defaultSemantics, budget = defaultBudget, sideBySide }: LinearizabilityOptions,
): CheckerResult {
  const { parts, operations, required } = partsOf(history, model, semantics);
  const judged = judgeParts(parts, budget, sideBySide);
  const keys = new Set(parts.map(({ key }) => key)).size;
  const noun = keys === parts.length ? 'key' : 'part';
  const broken = judged.flatMap((one) => (one.kind === 'broken' ? [one] : []));
  const undecided = judged.flatMap((one) => (one.kind === 'undecided' ? [one] : []));
  const stats = { model: model.name, operations, judged: required, keys, undecided: undecided.length };
  if (broken.length > 0) {
    const what = parts.length === 1 ? 'the history is' : `${broken.length} of ${counted(parts.length, noun)} are`;
    const unlisted = broken.length > listedKeys ? { unlisted: { nonlinearizable: broken.length - listedKeys } } : {};
    const anomalies = broken.slice(0, listedKeys).map(({ anomaly }) => anomaly());
    return { valid: false, reason: `${what} not linearizable`, anomalies, ...unlisted, stats };
  }
  const [first] = undecided;
  if (first !== undefined) {
    const share = `${undecided.length} of ${counted(parts.length, noun)} could not be judged; of the first, `;
    const reason = `${parts.length === 1 ? '' : share}${first.reason()}`;
    return { valid: 'unknown', reason, anomalies: [], stats };
  }
  if (required === 0) {
    return { valid: 'unknown', reason: 'no operation succeeded that says anything', anomalies: [], stats };
  }
  const where = keys === 1 ? onKey(parts[0] as Part<State, Action>) : ` on ${counted(keys, 'key')}`;
  const all = operations === 1 ? 'the one operation' : `all ${counted(operations, 'operation')}`;
  const reason = `${all}${where} ${operations === 1 ? 'is' : 'are'} linearizable`;
  return { valid: true, reason, anomalies: [], stats };
}

/** What was found out about the calls on one key. */
type Judged =
  | { readonly kind: 'linearizable' }
  | { readonly kind: 'broken'; readonly anomaly: () => Anomaly }
  | { readonly kind: 'undecided'; readonly reason: () => string };

/** In looks of a search at its budget: what takes longer may be worth a thread of its own. */
const looksBeforeThreads = 40;

function judgeParts<State, Action>(
  parts: readonly Part<State, Action>[],
  budget: Budget,
  sideBySide: LinearizabilityOptions['sideBySide'],
): readonly Judged[] {
  if (sideBySide === undefined || parts.length < 2)
    return parts.map((part) => judgedOf(part, decide(part.problem, budget), budget));
  const judged: (Judged | null)[] = parts.map((part) => {
    let left = looksBeforeThreads;
    const deadlineReached = (): boolean => --left < 0 || budget.deadlineReached();
    const result = decide(part.problem, { ...budget, deadlineReached });
    return result.kind === 'gave-up' ? null : judgedOf(part, result, budget);
  });
  const hard = parts.filter((_, place) => judged[place] === null);
  if (hard.length < 2) {
    return judged.map((known, place) => known ?? inTurn(parts[place] as Part<State, Action>, budget));
  }
  const results = [...sideBySide(hard.map(historyOf))].values();
  return judged.map((known) => known ?? byResult(results.next().value));
}

function inTurn<State, Action>(part: Part<State, Action>, budget: Budget): Judged {
  return judgedOf(part, decide(part.problem, budget), budget);
}

function judgedOf<State, Action>(part: Part<State, Action>, result: SearchResult<Action>, budget: Budget): Judged {
  switch (result.kind) {
    case 'linearizable':
      return { kind: 'linearizable' };
    case 'not-linearizable':
      return { kind: 'broken', anomaly: () => anomalyOf(part, findWitness(part.problem, result, budget)) };
    case 'gave-up': {
      const lacking = result.reason === 'time' ? 'the time was up' : 'the memory was used up';
      return { kind: 'undecided', reason: () => `${lacking}: ${progressOf(part, result.explained)}` };
    }
  }
}

/** As it was judged by itself. */
function byResult(result: CheckerResult | undefined): Judged {
  const [anomaly] = result?.anomalies ?? [];
  if (anomaly !== undefined) return { kind: 'broken', anomaly: () => anomaly };
  if (result?.valid === true) return { kind: 'linearizable' };
  return { kind: 'undecided', reason: () => result?.reason ?? 'the thread that judged it gave no answer' };
}

/** The operations of a part, as the history has them. */
function historyOf<State, Action>({ pairs }: Part<State, Action>): readonly Operation[] {
  const operations = pairs.flatMap(({ invocation, completion }) =>
    completion === null ? [invocation] : [invocation, completion],
  );
  return operations.sort((a, b) => a.index - b.index);
}
