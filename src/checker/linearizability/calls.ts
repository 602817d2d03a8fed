import { UsageError } from '../../base/errors.ts';
import type { Operation } from '../../history/operation.ts';
import { type Pair, pairOperations } from '../../history/pairs.ts';
import { BadOperation, type Call, type Model, type Problem, type Semantics } from './model.ts';

/** The calls on one object, with the operations that they were. */
export interface Part<State, Action> {
  /** Undefined where the history knows no keys. */
  readonly key: string | number | undefined;
  readonly problem: Problem<State, Action>;
  /** By call. */
  readonly pairs: readonly Pair[];
}

export interface Parts<State, Action> {
  readonly parts: readonly Part<State, Action>[];
  /** Operations of clients, those included that say nothing. */
  readonly operations: number;
  /** How many of them are known to have happened. */
  readonly required: number;
}

/**
 * The parts of a history that can be judged each by itself, as linearizability is a local property (Herlihy and Wing
 * 1990): the calls on each key. Throws a UsageError `bad-history` for an operation that the model cannot take.
 */
export function partsOf<State, Action>(
  history: readonly Operation[],
  model: Model<State, Action>,
  semantics: Semantics,
): Parts<State, Action> {
  const initial = initialOf(model, semantics);
  const byKey = new Map<string | number | undefined, Group<Action>>();
  let operations = 0;
  let required = 0;
  for (const pair of pairOperations(history)) {
    const { process, key } = pair.invocation;
    if (process === 'nemesis') continue;
    operations++;
    let group = byKey.get(key);
    if (group === undefined) {
      group = { pairs: [], calls: [] };
      byKey.set(key, group);
    }
    const action = actionOf(pair, model, semantics);
    if (action === null) continue;
    const call = callOf(pair, action, model);
    if (call.required) required++;
    group.pairs.push(pair);
    group.calls.push(call);
  }
  const parts = [...byKey].flatMap(([key, all]) =>
    partitioned(all, model).map(({ pairs, calls }) => ({ key, pairs, problem: { model, initial, calls } })),
  );
  return { parts, operations, required };
}

/** Pairs and the calls that they are; in the order of the history, as going through it in any other is slow. */
interface Group<Action> {
  readonly pairs: Pair[];
  readonly calls: Call<Action>[];
}

/** The calls on one key, further apart where the model can tell them apart. */
function partitioned<State, Action>(all: Group<Action>, model: Model<State, Action>): readonly Group<Action>[] {
  const nameOf = model.partition?.(all.pairs) ?? null;
  if (nameOf === null || all.pairs.length === 0) return [all];
  const byName = new Map<string, Group<Action>>();
  for (const [place, pair] of all.pairs.entries()) {
    const name = nameOf(pair);
    let group = byName.get(name);
    if (group === undefined) {
      group = { pairs: [], calls: [] };
      byName.set(name, group);
    }
    group.pairs.push(pair);
    group.calls.push(all.calls[place] as Call<Action>);
  }
  return [...byName.values()];
}

function callOf<State, Action>(
  { invocation, completion }: Pair,
  action: Action,
  model: Model<State, Action>,
): Call<Action> {
  const returned = completion?.type === 'ok' || completion?.type === 'fail';
  const ended = returned && model.tells?.(completion) !== false;
  const completed = ended ? completion.index : Number.POSITIVE_INFINITY;
  return { action, invoked: invocation.index, completed, required: ended };
}

function actionOf<State, Action>(pair: Pair, model: Model<State, Action>, semantics: Semantics): Action | null {
  const { invocation } = pair;
  if (!model.functions.includes(invocation.f)) {
    throw new UsageError(
      'bad-history',
      `operation ${invocation.index}: the model ${model.name} has no operation ${JSON.stringify(invocation.f)}`,
      { remedy: `It has ${model.functions.join(', ')}; \`raft-chaos list models\` shows what else there is.` },
    );
  }
  try {
    return model.action(pair, semantics);
  } catch (thrown) {
    if (!(thrown instanceof BadOperation)) throw thrown;
    throw new UsageError('bad-history', `operation ${invocation.index} (${invocation.f}): ${thrown.message}`, {
      remedy: `Correct the operation, or judge the history by another model than ${model.name}.`,
    });
  }
}

function initialOf<State, Action>(model: Model<State, Action>, semantics: Semantics): State {
  try {
    return model.initial(semantics);
  } catch (thrown) {
    if (!(thrown instanceof BadOperation)) throw thrown;
    throw new UsageError('bad-option', `${model.name}: ${thrown.message}`, { remedy: 'Give another --initial.' });
  }
}
