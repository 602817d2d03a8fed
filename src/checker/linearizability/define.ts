import { UsageError } from '../../base/errors.ts';
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

/**
 * A model from what is particular to it. Operations that failed are taken not to have happened. A verdict by functions that
 * are not pure would mean nothing: where it shows that they are not, the check throws a UsageError `bad-model`.
 */
export function defineModel<State>(definition: ModelDefinition<State>): AnyModel {
  const { name, summary = 'a model of your own', functions, reads = [], initial, partition } = definition;
  if (!Array.isArray(functions) || typeof definition.step !== 'function') {
    throw badModel(name, 'functions or step is missing', 'Give the names of its operations, and what each does.');
  }
  const stateKey = definition.stateKey ?? textOf;
  const unknown = reads.find((f) => !functions.includes(f));
  if (unknown !== undefined) {
    throw badModel(name, `reads names ${JSON.stringify(unknown)}, which functions does not`, 'Name it in both.');
  }
  const step = checkedStep(definition, stateKey, new Set(reads));
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
      const next = step(state, done);
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
    describe: (done) => {
      const { f, found } = done;
      const outcome = found === undefined ? 'did something unknown' : `returned ${shortened(textOf(found))}`;
      return { name: f, outcome, brief: briefOf(done) };
    },
  };
  return anyModel(model);
}

function briefOf({ f, asked }: Done): string {
  return asked === null || asked === undefined ? f : `${f} of ${shortened(textOf(asked))}`;
}

/** `step`, as long as it keeps to what is asked of it. A search remembers what follows, and so asks once for each case. */
function checkedStep<State>(
  { name, step }: ModelDefinition<State>,
  stateKey: (state: State) => string,
  reads: ReadonlySet<string>,
): (state: State, done: Done) => State | undefined {
  return (state, done) => {
    const bad = (what: string, remedy: string): UsageError => badModel(name, `step ${what} (${briefOf(done)})`, remedy);
    const before = stateKey(state);
    const ask = (): State | undefined => {
      try {
        return step(state, done);
      } catch (thrown) {
        throw bad(
          `threw ${thrown} in the state ${shortened(before)}`,
          'Return undefined where an operation cannot have found what it did; `found` is undefined where it never returned.',
        );
      }
    };
    const [next, again] = [ask(), ask()];
    if (stateKey(state) !== before) throw bad('changed the state that it was given', 'Return another state instead.');
    if (isAwaited(next)) throw bad('returned what must be awaited', 'Return the state itself.');
    const after = next === undefined ? undefined : stateKey(next);
    if (after !== (again === undefined ? undefined : stateKey(again))) {
      throw bad('returned two different states for the same', 'Let it depend on its arguments only.');
    }
    if (after !== undefined && after !== before && reads.has(done.f)) {
      throw bad('returned another state for one of reads', 'Name in reads only what changes nothing.');
    }
    return next;
  };
}

function isAwaited(value: unknown): boolean {
  return typeof value === 'object' && value !== null && 'then' in value && typeof value.then === 'function';
}

function badModel(name: string, what: string, remedy: string): UsageError {
  return new UsageError('bad-model', `the model ${name}: ${what}`, { remedy });
}
