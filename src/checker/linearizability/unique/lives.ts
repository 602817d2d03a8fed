import type { ContainerAction } from '../actions.ts';
import type { Call, Decision, Item, Problem } from '../model.ts';
import { isPlain, itemsOf } from './common.ts';
import { type Pairing, pairedInTime } from './pairing.ts';

/**
 * What became of the values in a container, each time that one was inserted: its insertion and its removal, at times that say
 * no less than the calls' own, as a value comes in before it goes out. Moments lie between the events of a history: moment
 * `m` is just before event `m`, so that a call may take effect at the moments `invoked + 1` to `completed`.
 */
export interface Lives {
  readonly values: readonly string[];
  /** By value: numbers of calls, -1 where it was not removed. */
  readonly insertion: Int32Array;
  readonly removal: Int32Array;
  /** By value: the first and last moment that it can come in at, and go out at; `never` where it was not removed. */
  readonly firstIn: Int32Array;
  readonly lastIn: Int32Array;
  readonly firstOut: Int32Array;
  readonly lastOut: Int32Array;
  /** Removals that found nothing. */
  readonly empties: readonly number[];
  /** Removals that never returned. */
  readonly takes: readonly number[];
  /** Whether equal values came in, so that some removals may belong to other insertions. */
  readonly isGuess: boolean;
  /** A moment after all. */
  readonly never: number;
}

/**
 * Null where something was there at first; a contradiction where a value went out that had not come in, or more often than
 * that. Where equal values came in, it is guessed which removal took which of them.
 */
export function livesOf<State>(
  problem: Problem<State, ContainerAction>,
  pairing: Pairing | null,
): Lives | Decision<ContainerAction> | null {
  const { calls, initial, model } = problem;
  if (!isPlain(calls) || model.step(initial, { f: 'empty' }).length === 0) return null;
  const byValue = new Map<string, number>();
  const inserted: number[] = [];
  for (let call = 0; call < calls.length; call++) {
    const { action } = calls[call] as Call<ContainerAction>;
    if (action.f !== 'insert') continue;
    if (byValue.has(action.value)) return livesOfEqual(problem, pairing);
    byValue.set(action.value, inserted.length);
    inserted.push(call);
  }
  const removed = new Int32Array(inserted.length).fill(-1);
  const empties: number[] = [];
  const takes: number[] = [];
  for (let call = 0; call < calls.length; call++) {
    const { action, invoked, completed } = calls[call] as Call<ContainerAction>;
    if (action.f === 'empty') empties.push(call);
    else if (action.f === 'take') {
      if (completed !== Number.POSITIVE_INFINITY) return null;
      takes.push(call);
    } else if (action.f === 'remove') {
      const value = byValue.get(action.value);
      if (value === undefined) return contradiction(problem, [call]);
      const insertion = inserted[value] as number;
      const former = removed[value] as number;
      if (former >= 0) return contradiction(problem, [call, insertion, former]);
      if (completed < (calls[insertion]?.invoked ?? invoked)) return contradiction(problem, [call, insertion]);
      removed[value] = call;
    }
  }
  return timed(calls, inserted, removed, { empties, takes, isGuess: false });
}

/** The same where equal values came in. */
function livesOfEqual<State>(
  problem: Problem<State, ContainerAction>,
  pairing: Pairing | null,
): Lives | Decision<ContainerAction> | null {
  const { calls } = problem;
  const empties: number[] = [];
  const takes: number[] = [];
  const coming = new Map<string, number[]>();
  const going = new Map<string, number[]>();
  for (let call = 0; call < calls.length; call++) {
    const { action, completed } = calls[call] as Call<ContainerAction>;
    if (action.f === 'empty') empties.push(call);
    else if (action.f === 'take') {
      if (completed !== Number.POSITIVE_INFINITY) return null;
      takes.push(call);
    } else {
      const byValue = action.f === 'insert' ? coming : going;
      const former = byValue.get(action.value);
      if (former === undefined) byValue.set(action.value, [call]);
      else former.push(call);
    }
  }
  const given = { calls, coming, going, empties, takes };
  const enough = pairedInTime(given);
  if (typeof enough === 'string') {
    return contradiction(problem, [...(coming.get(enough) ?? []), ...(going.get(enough) ?? [])]);
  }
  const removedBy = pairing?.(given) ?? enough;
  const inserted = [...coming.values()].flat().sort((a, b) => a - b);
  const removed = Int32Array.from(inserted, (call) => removedBy[call] as number);
  return timed(calls, inserted, removed, { empties, takes, isGuess: true });
}

function contradiction<State>(
  problem: Problem<State, ContainerAction>,
  numbers: readonly number[],
): Decision<ContainerAction> {
  return { kind: 'contradiction', items: itemsOf(problem, numbers) };
}

function timed(
  calls: readonly Call<ContainerAction>[],
  inserted: readonly number[],
  removed: Int32Array,
  others: Pick<Lives, 'empties' | 'takes' | 'isGuess'>,
): Lives {
  // An insertion that may not have happened, of what never came out, did not.
  const kept: number[] = [];
  for (let value = 0; value < inserted.length; value++) {
    if (calls[inserted[value] as number]?.required || (removed[value] as number) >= 0) kept.push(value);
  }
  const insertion = new Int32Array(kept.length);
  const removal = new Int32Array(kept.length);
  const never = lastEventOf(calls) + 2;
  const firstIn = new Int32Array(kept.length);
  const lastIn = new Int32Array(kept.length);
  const firstOut = new Int32Array(kept.length);
  const lastOut = new Int32Array(kept.length);
  const values: string[] = [];
  for (let value = 0; value < kept.length; value++) {
    const number = kept[value] as number;
    insertion[value] = inserted[number] as number;
    removal[value] = removed[number] as number;
    const coming = calls[inserted[number] as number] as Call<ContainerAction>;
    const going = calls[removed[number] as number];
    firstIn[value] = coming.invoked + 1;
    lastIn[value] = Math.min(coming.completed, going?.completed ?? never);
    firstOut[value] = going === undefined ? never : Math.max(going.invoked, coming.invoked) + 1;
    lastOut[value] = going?.completed ?? never;
    values.push(coming.action.f === 'insert' ? coming.action.value : '');
  }
  return { values, insertion, removal, firstIn, lastIn, firstOut, lastOut, never, ...others };
}

function lastEventOf(calls: readonly Call<ContainerAction>[]): number {
  let last = 0;
  for (const { invoked, completed } of calls) {
    last = Math.max(last, invoked, completed === Number.POSITIVE_INFINITY ? 0 : completed);
  }
  return last;
}

/** In values, all attempts together. */
const mostWork = 5_000_000;

/**
 * Tries without the removals that never returned; as long as a value that stayed is in the way, the first of them that is
 * left takes it. That may be the wrong one: then the contradiction that was there without any of them stands.
 */
export function decidedByLives<State>(
  problem: Problem<State, ContainerAction>,
  pairing: Pairing | null,
  attempt: (lives: Lives) => Decision<ContainerAction> | null,
): Decision<ContainerAction> | null {
  const lives = livesOf(problem, pairing);
  if (lives === null || 'kind' in lives) return lives;
  const { calls } = problem;
  const first = attempt(lives);
  const valueOfCall = new Map(Array.from(lives.insertion, (call, value) => [call, value]));
  let result = first;
  let now = lives;
  for (const take of lives.takes.slice(0, mostWork / (1 + lives.values.length))) {
    if (result?.kind !== 'contradiction') break;
    const staying = result.items.flatMap(({ number }) => {
      const value = valueOfCall.get(number);
      return value !== undefined && (now.removal[value] as number) < 0 ? [value] : [];
    });
    const [value] = staying;
    if (value === undefined) break;
    const removal = now.removal.slice();
    const firstOut = now.firstOut.slice();
    removal[value] = take;
    firstOut[value] = Math.max(now.firstIn[value] as number, (calls[take]?.invoked ?? 0) + 1);
    now = { ...now, removal, firstOut };
    result = attempt(now);
  }
  return result?.kind === 'linearizable' ? result : first;
}

/** All that was done to these values, the calls given, and what may have taken some of them out. */
export function livesTogether<State>(
  problem: Problem<State, ContainerAction>,
  { values: texts, insertion, removal, takes, isGuess }: Lives,
  values: readonly number[],
  others: readonly number[] = [],
): readonly Item<ContainerAction>[] {
  const numbers = isGuess
    ? callsOn(problem, new Set(values.map((value) => texts[value] as string)))
    : values.flatMap((value) => [insertion[value] as number, removal[value] as number]);
  // What a removal took that returned nothing known need not be one of these.
  const mayTake = itemsOf(problem, takes).map(({ number, call }) => ({ number, call: { ...call, required: false } }));
  return [
    ...itemsOf(
      problem,
      [...numbers, ...others].filter((call) => !takes.includes(call)),
    ),
    ...mayTake,
  ].sort((a, b) => a.number - b.number);
}

/** Where it is guessed which removal took which value, none of those that are equal can be left out. */
function callsOn({ calls }: Problem<unknown, ContainerAction>, texts: ReadonlySet<string>): number[] {
  return [...calls.keys()].filter((call) => {
    const action = calls[call]?.action;
    return (action?.f === 'insert' || action?.f === 'remove') && texts.has(action.value);
  });
}

/** The first moment within those of the call that is free, by a search for free moments; null where there is none. */
export function momentFor(
  { calls }: Problem<unknown, ContainerAction>,
  call: number,
  nextFree: (moment: number) => number,
): number | null {
  const { invoked, completed } = calls[call] as Call<ContainerAction>;
  const moment = nextFree(invoked + 1);
  return moment <= completed ? moment : null;
}

/**
 * Few spans that cover all moments from `first` to `last`, by their numbers: the one that reaches furthest of those that
 * begin soon enough, again and again. Null where some moment is covered by none.
 */
export function coverOf(
  first: number,
  last: number,
  starts: ArrayLike<number>,
  ends: ArrayLike<number>,
): number[] | null {
  const cover: number[] = [];
  for (let at = first; at <= last; ) {
    let best = -1;
    for (let span = 0; span < starts.length; span++) {
      if ((starts[span] as number) > at || (ends[span] as number) < at) continue;
      if (best < 0 || (ends[span] as number) > (ends[best] as number)) best = span;
    }
    if (best < 0 || cover.length > mostSpans) return null;
    cover.push(best);
    at = (ends[best] as number) + 1;
  }
  return cover;
}

const mostSpans = 200;

/** For each moment the first one from it on that nothing covers. */
export class FreeMoments {
  readonly #next: Int32Array;

  constructor(moments: number) {
    this.#next = Int32Array.from({ length: moments + 2 }, (_, moment) => moment);
  }

  from(moment: number): number {
    const next = this.#next;
    let free = moment;
    while (next[free] !== free) {
      next[free] = next[next[free] as number] as number;
      free = next[free] as number;
    }
    return free;
  }

  cover(first: number, last: number): void {
    for (let moment = this.from(first); moment <= last; moment = this.from(moment)) this.#next[moment] = moment + 1;
  }
}

/** Calls put in the order of their moments; those of one moment stay as they were added. */
export class Schedule {
  readonly #moments: number[] = [];
  readonly #calls: number[] = [];

  add(moment: number, call: number): void {
    this.#moments.push(moment);
    this.#calls.push(call);
  }

  order(): Int32Array {
    const keys = Float64Array.from(this.#moments, (moment, place) => moment * span + place).sort();
    return Int32Array.from(keys, (key) => this.#calls[key % span] as number);
  }
}

const span = 0x2_000_000;
