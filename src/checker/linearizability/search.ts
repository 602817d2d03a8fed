import { candidatesAt, nobody } from './candidates.ts';
import { Configuration } from './configuration.ts';
import { Memo } from './memo.ts';
import type { Item, Problem } from './model.ts';
import { Outlook } from './outlook.ts';

/** What a search may use. It asks every few hundred steps whether its time is up. */
export interface Budget {
  deadlineReached(): boolean;
  readonly memoryBytes: number;
  /** How much of it may be objects of JavaScript, whose heap has a limit of its own; all of it unless given. */
  readonly heapBytes?: number;
}

export type SearchResult<Action = unknown> =
  /** `order`: the numbers of the calls that took effect, in an order that explains the history. */
  | { readonly kind: 'linearizable'; readonly order: ArrayLike<number> }
  /**
   * `explained`: the calls that complete first, so many of them, can be explained, and perhaps more. `contradiction`: a few
   * that nothing explains, where they are known.
   */
  | {
      readonly kind: 'not-linearizable';
      readonly explained: number;
      readonly contradiction?: readonly Item<Action>[];
    }
  | { readonly kind: 'gave-up'; readonly reason: 'time' | 'memory'; readonly explained: number };

const stepsBetweenLooks = 512;

/**
 * Is there an order of the calls that the model allows, and that keeps the order of time? Depth first and without
 * recursion, after Wing and Gong (1993), with the configurations met remembered as Lowe (2017) does; see `Configuration`,
 * `Memo` and `candidatesAt` for what is not tried because something else does as well.
 */
export function search<State, Action>(problem: Problem<State, Action>, budget: Budget): SearchResult<Action> {
  const { reduced, numbers } = reduce(problem);
  const searching = new Search(reduced, budget);
  const result = searching.run();
  if (result.kind !== 'linearizable')
    return { ...result, explained: completedBefore(problem, reduced, result.explained) };
  return { kind: 'linearizable', order: Array.from(result.order, (call) => numbers[call] as number) };
}

/** The problem without what does not matter, and the numbers that its calls had before. */
function reduce<State, Action>(
  problem: Problem<State, Action>,
): {
  readonly reduced: Problem<State, Action>;
  readonly numbers: readonly number[];
} {
  const { model, calls } = problem;
  const { initial, actions } = model.reduce?.(calls, problem.initial) ?? {
    initial: problem.initial,
    actions: calls.map(({ action }) => action),
  };
  const numbers = [...calls.keys()].filter((number) => actions[number] !== null);
  const kept = numbers.map((number) => ({ ...calls[number], action: actions[number] }) as (typeof calls)[number]);
  return { reduced: { model, initial, calls: kept }, numbers };
}

/** How many calls of the problem complete before the completion number `explained` of the reduced one. */
function completedBefore<State, Action>(
  problem: Problem<State, Action>,
  reduced: Problem<State, Action>,
  explained: number,
): number {
  const times = reduced.calls.map((call) => call.completed).sort((a, b) => a - b);
  const time = times[explained] ?? Number.POSITIVE_INFINITY;
  return problem.calls.filter((call) => call.completed < time).length;
}

/** A configuration on the way, with the calls that may come next. */
interface Frame {
  readonly trailLength: number;
  readonly state: number;
  /** Where nobody has seen the state yet, when the completion came before which it was overwritten; otherwise 0. */
  readonly unseenSince: number;
  /** Pairs of a call, or `nobody` where the call that completes next is let go, and the state it leads to. */
  readonly candidates: readonly number[];
  next: number;
}

class Search<State, Action> {
  readonly #budget: Budget;
  readonly #here: Configuration<State, Action>;
  readonly #outlook: Outlook<State, Action>;
  readonly #memo: Memo;
  readonly #frames: Frame[] = [];
  #explained = 0;
  #stepsToLook = stepsBetweenLooks;

  constructor(problem: Problem<State, Action>, budget: Budget) {
    this.#budget = budget;
    this.#here = new Configuration(problem);
    this.#outlook = new Outlook(this.#here, problem.model.precedes);
    this.#memo = new Memo(this.#here.must.length);
  }

  run(): SearchResult<Action> {
    const here = this.#here;
    if (!here.lacksState) {
      here.settle();
      if (here.atEnd) return { kind: 'linearizable', order: here.order() };
      this.#enter(0);
    }
    for (;;) {
      const frame = this.#frames.at(-1);
      if (frame === undefined) return { kind: 'not-linearizable', explained: this.#explained };
      here.undoTo(frame.trailLength);
      here.state = frame.state;
      if (frame.next === frame.candidates.length) {
        this.#frames.pop();
        continue;
      }
      const call = frame.candidates[frame.next++] as number;
      this.#follow(call, frame.candidates[frame.next++] as number, frame.unseenSince);
      if (here.atEnd) return { kind: 'linearizable', order: here.order() };
      const reason = this.#exhausted();
      if (reason !== null) return { kind: 'gave-up', reason, explained: this.#explained };
    }
  }

  #follow(call: number, next: number, unseenSince: number): void {
    const here = this.#here;
    if (call === nobody) {
      const observed = here.letGo();
      if (!here.atEnd) this.#enter(observed ? 0 : unseenSince);
      return;
    }
    const completing = here.timeline.returns[here.position] as number;
    here.take(call, next);
    const observed = here.settle();
    if (here.atEnd) return;
    const unseen = here.overwrites[call] === 1 && !observed;
    this.#enter(unseen ? here.completed(completing) : 0);
  }

  /** Goes on from here, unless that is known to lead nowhere. `overwrittenBefore`: as a frame's `unseenSince`. */
  #enter(overwrittenBefore: number): void {
    const here = this.#here;
    const unseenSince = here.awaitsOverwrite ? 0 : overwrittenBefore;
    this.#explained = Math.max(this.#explained, here.position);
    if (!this.#memo.add(here.position, here.state, here.must, here.may)) return;
    this.#frames.push({
      trailLength: here.trailLength,
      state: here.state,
      unseenSince,
      candidates: candidatesAt(here, this.#outlook, unseenSince),
      next: 0,
    });
  }

  #exhausted(): 'time' | 'memory' | null {
    if (--this.#stepsToLook > 0) return null;
    this.#stepsToLook = stepsBetweenLooks;
    if (this.#budget.deadlineReached()) return 'time';
    const { memoryBytes, heapBytes = memoryBytes } = this.#budget;
    const isFull = this.#here.bytes > heapBytes || this.#memo.bytes + this.#here.bytes > memoryBytes;
    return isFull ? 'memory' : null;
  }
}
