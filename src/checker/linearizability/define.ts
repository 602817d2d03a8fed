import type { Pair } from '../../history/pairs.ts';
import type { Model, Semantics } from './model.ts';
import { type AnyModel, anyModel } from './models.ts';
import { shortened, textOf } from './values.ts';

/** An operation that took effect, or may have. */
export interface Done {
  readonly f: string;
  /** The value that it was invoked with. */
  readonly asked: unknown;
  /** The value that it returned; undefined where it did not, so that anything may have been found. */
  readonly found: unknown;
}

/** An object of one's own: what its operations do to its state. */
export interface ModelDefinition<State> {
  readonly name: string;
  readonly summary?: string;
  /** The names of its operations. */
  readonly functions: readonly string[];
  /** Those that change nothing: where one never returned, it does not matter. */
  readonly reads?: readonly string[];
  readonly initial: State;
  /** The state that follows; undefined where the operation cannot have found what it did. Changes nothing in place. */
  step(state: State, done: Done): State | undefined;
  /** Operations of different parts do not meet in the state, so that each part can be judged by itself. */
  partition?(f: string, asked: unknown): string;
  /** Equal for equal states only; their text, with the keys of objects in order, unless given. */
  stateKey?(state: State): string;
  describeState?(state: State): string;
}

/** A model from what is particular to it. Operations that failed are taken not to have happened. */
export function defineModel<State>(definition: ModelDefinition<State>): AnyModel {
  const { name, summary = 'a model of your own', functions, reads = [], initial, partition } = definition;
  const stateKey = definition.stateKey ?? textOf;
  const model: Model<State, Done> = {
    name,
    summary,
    functions,
    initial: ({ initial: given }: Semantics) => (given === undefined ? initial : (given as State)),
    action: ({ invocation, completion }: Pair) => {
      if (completion?.type === 'fail') return null;
      const found = completion?.type === 'ok' ? (completion.value ?? null) : undefined;
      if (found === undefined && reads.includes(invocation.f)) return null;
      return { f: invocation.f, asked: invocation.value, found };
    },
    step: (state, done) => {
      const next = definition.step(state, done);
      return next === undefined ? [] : [next];
    },
    ...(partition === undefined
      ? {}
      : {
          partition:
            () =>
            ({ invocation }: Pair) =>
              partition(invocation.f, invocation.value),
        }),
    stateKey,
    actionKey: ({ f, asked, found }) => `${f} ${textOf(asked)} ${found === undefined ? '' : textOf(found)}`,
    effect: ({ f }) => (reads.includes(f) ? 'observe' : 'update'),
    pending: (done) => (reads.includes(done.f) ? null : { ...done, found: undefined }),
    describeState: definition.describeState ?? ((state) => shortened(textOf(state))),
    describe: ({ f, asked, found }) => {
      const given = asked === null || asked === undefined ? '' : ` of ${shortened(textOf(asked))}`;
      const outcome = found === undefined ? 'did something unknown' : `returned ${shortened(textOf(found))}`;
      return { name: f, outcome, brief: `${f}${given}` };
    },
  };
  return anyModel(model);
}
