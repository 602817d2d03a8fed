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
  const byKey = new Map<string | number | undefined, Pair[]>();
  let operations = 0;
  for (const pair of pairOperations(history)) {
    const { process, key } = pair.invocation;
    if (process === 'nemesis') continue;
    operations++;
    const pairs = byKey.get(key);
    if (pairs === undefined) byKey.set(key, [pair]);
    else pairs.push(pair);
  }
  const parts = [...byKey].flatMap(([key, pairs]) =>
    partitioned(pairs, model).map((some) => partOf(key, some, model, initial, semantics)),
  );
  return { parts, operations };
}

/** The pairs of one key, further apart where the model can tell them apart. */
function partitioned<State, Action>(pairs: readonly Pair[], model: Model<State, Action>): readonly (readonly Pair[])[] {
  const nameOf = model.partition?.(pairs) ?? null;
  if (nameOf === null) return [pairs];
  const byName = new Map<string, Pair[]>();
  for (const pair of pairs) {
    const name = nameOf(pair);
    const known = byName.get(name);
    if (known === undefined) byName.set(name, [pair]);
    else known.push(pair);
  }
  return [...byName.values()];
}

function partOf<State, Action>(
  key: string | number | undefined,
  given: readonly Pair[],
  model: Model<State, Action>,
  initial: State,
  semantics: Semantics,
): Part<State, Action> {
  const calls: Call<Action>[] = [];
  const pairs: Pair[] = [];
  for (const pair of given) {
    const action = actionOf(pair, model, semantics);
    if (action === null) continue;
    calls.push(callOf(pair, action, model));
    pairs.push(pair);
  }
  return { key, pairs, problem: { model, initial, calls } };
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
