import { UsageError } from '../../base/errors.ts';
import type { Operation } from '../../history/operation.ts';
import type { Model } from './model.ts';
import { fifoQueue, priorityQueue, stack } from './models/containers.ts';
import { counter } from './models/counter.ts';
import { keyValue } from './models/key-value.ts';
import { log } from './models/log.ts';
import { multiRegister } from './models/multi-register.ts';
import { mutex } from './models/mutex.ts';
import { casRegister, register } from './models/register.ts';
import { set } from './models/set.ts';

/** A model of which nobody needs to know what its states and actions are. */
export interface AnyModel {
  readonly name: string;
  readonly aliases: readonly string[];
  readonly summary: string;
  readonly functions: readonly string[];
  /** Whether the operations of a history may be meant for it, by their names and values. */
  suits(history: readonly Operation[]): boolean;
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
  anyModel(fifoQueue),
  anyModel(stack),
  anyModel(priorityQueue),
  anyModel(log),
  anyModel(counter),
  anyModel(set),
];

/** Throws a UsageError that says what there is. */
export function modelNamed(name: string): AnyModel {
  const model = models.find((candidate) => candidate.name === name || candidate.aliases.includes(name));
  if (model !== undefined) return model;
  throw new UsageError('unknown-model', `there is no model ${JSON.stringify(name)}`, {
    remedy: `There are: ${models.map((candidate) => candidate.name).join(', ')}.`,
  });
}

/** A model of one's own, for the checker. */
export function anyModel<State, Action>(model: Model<State, Action>): AnyModel {
  const { name, aliases = [], summary, functions } = model;
  const isOurs = (operation: Operation): boolean =>
    operation.process === 'nemesis' || (functions.includes(operation.f) && model.suits?.(operation) !== false);
  const suits = (history: readonly Operation[]): boolean => history.every(isOurs);
  return { name, aliases, summary, functions, suits, use: (user) => user(model) };
}
