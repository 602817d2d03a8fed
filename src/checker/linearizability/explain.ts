import type { Pair } from '../../history/pairs.ts';
import type { Anomaly } from '../verdict.ts';
import { counted, enumeration } from '../words.ts';
import type { Part } from './calls.ts';
import type { Model, Problem } from './model.ts';
import { textOf } from './values.ts';
import type { Witness } from './witness.ts';

/** A contradiction in words, with the operations that prove it. */
export function anomalyOf<State, Action>(part: Part<State, Action>, witness: Witness<State, Action>): Anomaly {
  const { model, calls, initial } = witness.problem;
  const pairOf = (place: number): Pair => part.pairs[witness.numbers[place] as number] as Pair;
  const required = [...calls.keys()].filter((place) => calls[place]?.required);
  const operations = required.flatMap((place) => indicesOf(pairOf(place))).sort((a, b) => a - b);
  const possible = [...calls.keys()].filter((place) => !calls[place]?.required).map((place) => pairOf(place));
  const node = nodeOf(pairOf(witness.unplaced));
  return {
    kind: kindOf(part, witness),
    sentence: sentenceOf(part, witness, required),
    operations,
    ...(node === undefined ? {} : { nodes: [node] }),
    details: {
      ...(part.key === undefined ? {} : { key: part.key }),
      model: model.name,
      unplaced: numberOf(pairOf(witness.unplaced)),
      explainedBefore: witness.explained,
      from: model.describeState(initial),
      statesThen: witness.states?.map((state) => model.describeState(state)) ?? null,
      window: [operations[0], operations.at(-1)],
      mayHaveHappened: possible.map(({ invocation }) => invocation.index),
    },
  };
}

/** Longer lists are counted. */
const mostNamed = 6;

/** ` on "x"`, or nothing where there are no keys. */
export function onKey({ key }: { readonly key: Part<unknown, unknown>['key'] }): string {
  return key === undefined ? '' : ` on ${textOf(key)}`;
}

/** How far a search got before it gave up: `the first 4312 operations on "x" are linearizable; ...`. */
export function progressOf<State, Action>(part: Part<State, Action>, explained: number): string {
  const { calls, model } = part.problem;
  const ends = [...calls.keys()].filter((place) => calls[place]?.completed !== Number.POSITIVE_INFINITY);
  ends.sort((a, b) => (calls[a]?.completed ?? 0) - (calls[b]?.completed ?? 0));
  const named = (place: number): string => briefly(part, model, part.problem, place, place);
  const next = ends[explained];
  const first = `the first ${counted(explained, 'operation')}${onKey(part)} of ${ends.length} are linearizable`;
  if (next === undefined) return first;
  const time = calls[next]?.completed ?? 0;
  const pending = [...calls.keys()].filter((place) => {
    const call = calls[place];
    return call !== undefined && call.completed === Number.POSITIVE_INFINITY && call.invoked < time;
  });
  const blocked = `${first}, ${named(next)} could not be placed yet`;
  if (pending.length === 0) return blocked;
  const listed = pending.slice(-3).map(named);
  const more = pending.length > listed.length ? [`${pending.length - listed.length} more`] : [];
  return `${blocked}; what may have happened or not: ${enumeration([...listed, ...more])}`;
}

function kindOf<State, Action>(part: Part<State, Action>, { problem, unplaced }: Witness<State, Action>): string {
  const { model, calls } = problem;
  const call = calls[unplaced];
  const from = call && model.effect(call.action) === 'observe' ? model.ends?.(call.action).from : null;
  if (call === undefined || from === null || from === undefined) return 'nonlinearizable';
  const seen = model.stateKey(from);
  const wasThere =
    model.stateKey(part.problem.initial) === seen ||
    part.problem.calls.some(({ action, invoked }) => {
      const to = model.ends?.(action).to ?? null;
      return invoked < call.completed && to !== null && model.stateKey(to) === seen;
    });
  return wasThere ? 'stale-read' : 'thin-air-read';
}

function sentenceOf<State, Action>(
  part: Part<State, Action>,
  witness: Witness<State, Action>,
  required: readonly number[],
): string {
  const { unplaced, problem, numbers } = witness;
  const { calls, model } = problem;
  const call = calls[unplaced];
  const pair = part.pairs[numbers[unplaced] as number];
  if (call === undefined || pair === undefined) return '';
  const { name, outcome } = model.describe(call.action);
  const what = part.key === undefined ? '' : ` of ${textOf(part.key)}`;
  const by = nodeOf(pair) ?? `process ${pair.invocation.process}`;
  const kind = kindOf(part, witness);
  const subject = `${name[0]?.toUpperCase()}${name.slice(1)}${what} by ${by} ${outcome} (operation ${numberOf(pair)})`;
  if (kind === 'thin-air-read') return `${subject}, but nothing had written that.`;
  const pairOf = (place: number): Pair => part.pairs[numbers[place] as number] as Pair;
  const others = required.filter((place) => place !== unplaced);
  others.sort((a, b) => numberOf(pairOf(a)) - numberOf(pairOf(b)));
  const named = others.map((place) => briefly(part, model, problem, place, numbers[place] as number));
  const [other] = others;
  if (others.length === 1 && other !== undefined && (calls[other]?.completed ?? 0) < call.invoked) {
    return `${subject}, but ${named[0]} had completed before it began.`;
  }
  if (others.length === 0 && witness.states === null) return `${subject}, which nothing that was done explains.`;
  const indices = others.map((place) => numberOf(pairOf(place)));
  const given =
    named.length <= mostNamed
      ? enumeration(named)
      : `the ${named.length} operations with it (from ${indices[0]} to ${indices.at(-1)})`;
  // It may have a place, but then another has none.
  const hasPlace = witness.states?.some((state) => model.step(state, call.action).length > 0) ?? true;
  if (hasPlace) return `${subject}, which no order explains together with ${given}.`;
  const then = statesInWords(witness);
  if (others.length === 0) return `${subject}, but only ${then} was possible then.`;
  return `${subject}, but given ${given}, only ${then} was possible then.`;
}

function statesInWords<State, Action>({ states, problem }: Witness<State, Action>): string {
  if (states === null) return 'something else';
  const words = states.slice(0, 5).map((state) => problem.model.describeState(state));
  const all = states.length > words.length ? [...words, 'others'] : words;
  return all.length < 2 ? (all[0] ?? 'nothing') : `${all.slice(0, -1).join(', ')} or ${all.at(-1)}`;
}

/** `write of 2 (operation 30)`. */
function briefly<State, Action>(
  part: Part<State, Action>,
  model: Model<State, Action>,
  { calls }: Problem<State, Action>,
  place: number,
  number: number,
): string {
  const call = calls[place];
  const pair = part.pairs[number];
  return call === undefined || pair === undefined
    ? ''
    : `${model.describe(call.action).brief} (operation ${numberOf(pair)})`;
}

/** The number that people find an operation by: of its completion, or its invocation where it has none. */
function numberOf({ invocation, completion }: Pair): number {
  return completion?.index ?? invocation.index;
}

function indicesOf({ invocation, completion }: Pair): number[] {
  return completion === null ? [invocation.index] : [invocation.index, completion.index];
}

function nodeOf({ invocation, completion }: Pair): string | undefined {
  return completion?.node ?? invocation.node;
}
