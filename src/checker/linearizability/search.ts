import { Candidates, nobody } from './candidates.ts';
import { Configuration } from './configuration.ts';
import { Memo } from './memo.ts';
import type { Call, Item, Problem } from './model.ts';
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
 * `Memo` and `Candidates` for what is not tried because something else does as well.
 */
export function search<State, Action>(problem: Problem<State, Action>, budget: Budget): SearchResult<Action> {
  const { reduced, numbers } = reduce(problem);
  const searching = new Search(reduced, budget);
  const result = searching.run();
  if (result.kind !== 'linearizable')
    return { ...result, explained: completedBefore(problem, reduced, result.explained) };
  if (numbers === null) return result;
  const order = new Int32Array(result.order.length);
  for (let place = 0; place < order.length; place++) order[place] = numbers[result.order[place] as number] as number;
  return { kind: 'linearizable', order };
}

/** The problem without what does not matter, and the numbers that its calls had before; null for the same. */
function reduce<State, Action>(
  problem: Problem<State, Action>,
): {
  readonly reduced: Problem<State, Action>;
  readonly numbers: readonly number[] | null;
} {
  const { model, calls } = problem;
  const less = model.reduce?.(calls, problem.initial) ?? null;
  if (less === null) return { reduced: problem, numbers: null };
  const numbers: number[] = [];
  const kept: Call<Action>[] = [];
  for (let number = 0; number < calls.length; number++) {
    const call = calls[number] as Call<Action>;
    const action = less.actions[number];
    if (action === null || action === undefined) continue;
    numbers.push(number);
    const { invoked, completed, required } = call;
    kept.push(action === call.action ? call : { action, invoked, completed, required });
  }
  return { reduced: { model, initial: less.initial, calls: kept }, numbers };
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

class Search<State, Action> {
  readonly #budget: Budget;
  readonly #here: Configuration<State, Action>;
  readonly #candidates: Candidates<State, Action>;
  readonly #memo: Memo;
  readonly #frames = new Frames();
  #explained = 0;
  #stepsToLook = stepsBetweenLooks;

  constructor(problem: Problem<State, Action>, budget: Budget) {
    this.#budget = budget;
    this.#here = new Configuration(problem);
    this.#candidates = new Candidates(this.#here, new Outlook(this.#here, problem.model.precedes));
    this.#memo = new Memo(this.#here.must.length);
  }

  run(): SearchResult<Action> {
    const here = this.#here;
    const frames = this.#frames;
    const { stack } = this.#candidates;
    if (!here.lacksState) {
      here.settle();
      if (here.atEnd) return { kind: 'linearizable', order: here.order() };
      this.#enter(0);
    }
    for (;;) {
      if (frames.count === 0) return { kind: 'not-linearizable', explained: this.#explained };
      here.undoTo(frames.trailLength);
      here.state = frames.state;
      if (stack.length === frames.candidatesFrom) {
        frames.pop();
        continue;
      }
      const call = stack.pop();
      this.#follow(call, stack.pop(), frames.unseenSince);
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
    const unseenSince = overwrittenBefore === 0 || here.awaitsOverwrite ? 0 : overwrittenBefore;
    this.#explained = Math.max(this.#explained, here.position);
    if (!this.#memo.add(here.position, here.state, here.must, here.may)) return;
    this.#frames.push(here.trailLength, here.state, unseenSince, this.#candidates.stack.length);
    this.#candidates.push(unseenSince);
  }

  #exhausted(): 'time' | 'memory' | null {
    if (--this.#stepsToLook > 0) return null;
    this.#stepsToLook = stepsBetweenLooks;
    if (this.#budget.deadlineReached()) return 'time';
    const { memoryBytes, heapBytes = memoryBytes } = this.#budget;
    const held = this.#here.bytes + this.#frames.bytes + this.#candidates.stack.bytes;
    const isFull = this.#here.bytes > heapBytes || this.#memo.bytes + held > memoryBytes;
    return isFull ? 'memory' : null;
  }
}

/** The configurations on the way; their candidates stand on a stack of their own. What is asked for is the last one's. */
class Frames {
  count = 0;
  /** Four numbers each. */
  #numbers = new Int32Array(1 << 8);

  get bytes(): number {
    return this.#numbers.length * 4;
  }

  get trailLength(): number {
    return this.#numbers[4 * this.count - 4] as number;
  }

  get state(): number {
    return this.#numbers[4 * this.count - 3] as number;
  }

  /** Where nobody has seen the state yet, when the completion came before which it was overwritten; otherwise 0. */
  get unseenSince(): number {
    return this.#numbers[4 * this.count - 2] as number;
  }

  /** Where its candidates begin on their stack. */
  get candidatesFrom(): number {
    return this.#numbers[4 * this.count - 1] as number;
  }

  push(trailLength: number, state: number, unseenSince: number, candidatesFrom: number): void {
    const at = 4 * this.count++;
    if (at === this.#numbers.length) {
      const longer = new Int32Array(2 * at);
      longer.set(this.#numbers);
      this.#numbers = longer;
    }
    this.#numbers[at] = trailLength;
    this.#numbers[at + 1] = state;
    this.#numbers[at + 2] = unseenSince;
    this.#numbers[at + 3] = candidatesFrom;
  }

  pop(): void {
    this.count--;
  }
}
