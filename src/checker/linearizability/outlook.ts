import type { Configuration } from './configuration.ts';
import type { Call } from './model.ts';

/**
 * Looks ahead for models whose states only grow until they are overwritten: where an observation is certain to come with
 * nothing before that could take from the state, a state that cannot grow into what it saw leads nowhere.
 */
export class Outlook<State, Action> {
  readonly #here: Configuration<State, Action>;
  readonly #precedes: ((state: State, action: Action) => boolean) | undefined;
  /** By call: the number of the first call from it on that overwrites, and of the first that must happen and observes. */
  readonly #nextOverwriting: Int32Array;
  readonly #nextObserving: Int32Array;
  /** The one open call that may take from the state, -1 for none. */
  #onlyShrinking = -1;
  /** Calls that must observe the state before it can shrink. */
  readonly #watchers: Call<Action>[] = [];

  constructor(here: Configuration<State, Action>, precedes: ((state: State, action: Action) => boolean) | undefined) {
    this.#here = here;
    this.#precedes = precedes;
    const count = precedes === undefined ? 0 : here.calls.length;
    this.#nextOverwriting = new Int32Array(count + 1).fill(count);
    this.#nextObserving = new Int32Array(count + 1).fill(count);
    for (let call = count - 1; call >= 0; call--) {
      const observes = here.observes[call] === 1 && here.calls[call]?.required === true;
      this.#nextOverwriting[call] = mayShrink(here, call) ? call : (this.#nextOverwriting[call + 1] as number);
      this.#nextObserving[call] = observes ? call : (this.#nextObserving[call + 1] as number);
    }
  }

  /** Whether there is anything to be seen. */
  get looksAhead(): boolean {
    return this.#precedes !== undefined;
  }

  /** What is open now (the first so many) is what `isHopeless` goes by. */
  lookFrom(open: Int32Array, count: number): void {
    const here = this.#here;
    this.#onlyShrinking = -1;
    this.#watchers.length = 0;
    for (let place = 0; place < count; place++) {
      const call = open[place] as number;
      if (!mayShrink(here, call)) continue;
      if (this.#onlyShrinking !== -1) {
        this.#onlyShrinking = -1;
        return;
      }
      this.#onlyShrinking = call;
    }
    this.#findWatchers(open, count);
  }

  /** Whether, after this call, some observation can certainly not be made any more. */
  isHopeless(call: number, next: number): boolean {
    if (this.#onlyShrinking !== -1 && this.#onlyShrinking !== call) return false;
    const state = this.#here.transitions.state(next);
    return this.#watchers.some((watcher) => this.#precedes?.(state, watcher.action) === false);
  }

  /** The open calls that must observe the state, and the next to come, if nothing can overwrite the state before them. */
  #findWatchers(open: Int32Array, count: number): void {
    const here = this.#here;
    const opened = here.timeline.opened[here.position] as number;
    const overwriting = this.#nextOverwriting[opened] as number;
    const overwrittenFrom = here.calls[overwriting]?.invoked ?? Number.POSITIVE_INFINITY;
    for (let place = 0; place < count; place++) {
      const call = open[place] as number;
      if (here.observes[call] === 1 && here.mustHappen(call)) this.#watch(call, overwrittenFrom);
    }
    this.#watch(this.#nextObserving[opened] as number, overwrittenFrom);
  }

  #watch(number: number, overwrittenFrom: number): void {
    const call = this.#here.calls[number];
    if (call !== undefined && call.completed < overwrittenFrom) this.#watchers.push(call);
  }
}

/** Whether less may be there after a call than before. */
function mayShrink<State, Action>(
  { observes, isBlind, overwrites }: Configuration<State, Action>,
  call: number,
): boolean {
  return overwrites[call] === 1 || (observes[call] === 0 && isBlind[call] === 0);
}
