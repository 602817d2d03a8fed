import { UsageError } from '../../base/errors.ts';
import type { Model } from './model.ts';
import { keyValue } from './models/key-value.ts';
import { multiRegister } from './models/multi-register.ts';
import { mutex } from './models/mutex.ts';
import { casRegister, register } from './models/register.ts';

/** A model of which nobody needs to know what its states and actions are. */
export interface AnyModel {
  readonly name: string;
  readonly summary: string;
  readonly functions: readonly string[];
  /** Calls back with the model and its types. */
  use<Result>(user: <State, Action>(model: Model<State, Action>) => Result): Result;
}

/** Every model, by its name. Of those that know all operations of a history, the first is the one to guess. */
export const models: readonly AnyModel[] = [
  anyModel(register),
  anyModel(casRegister),
  anyModel(keyValue),
  anyModel(multiRegister),
  anyModel(mutex),
];

/** Throws a UsageError that says what there is. */
export function modelNamed(name: string): AnyModel {
  const model = models.find((candidate) => candidate.name === name);
  if (model !== undefined) return model;
  throw new UsageError('unknown-model', `there is no model ${JSON.stringify(name)}`, {
    remedy: `There are: ${models.map((candidate) => candidate.name).join(', ')}.`,
  });
}

/** A model of one's own, for the checker. */
export function anyModel<State, Action>(model: Model<State, Action>): AnyModel {
  const { name, summary, functions } = model;
  return { name, summary, functions, use: (user) => user(model) };
}
