import type { ContainerAction } from '../actions.ts';
import type { Call } from '../model.ts';

/** Calls by the value that they inserted or removed, in the order of their invocations, and what else was done. */
export interface ContainerCalls {
  readonly calls: readonly Call<ContainerAction>[];
  readonly coming: ReadonlyMap<string, readonly number[]>;
  readonly going: ReadonlyMap<string, readonly number[]>;
  readonly empties: readonly number[];
  readonly takes: readonly number[];
}

/** By insertion the removal that took it, or -1; null where it does not find out. */
export type Pairing = (given: ContainerCalls) => Int32Array | null;

/**
 * Gives each removal, those that complete first before others, the value whose insertion completes first of those that
 * began in time. Where a removal is left with none, values of this kind went out more often than they came in: that one.
 */
export function pairedInTime({ calls, coming, going }: ContainerCalls): Int32Array | string {
  const removed = new Int32Array(calls.length).fill(-1);
  for (const [value, removals] of going) {
    const insertions = coming.get(value) ?? [];
    const endOf = (call: number): number => calls[call]?.completed ?? 0;
    /** In the order of their completions; those before `taken` are. */
    const ready: number[] = [];
    let [taken, next] = [0, 0];
    for (const removal of removals.toSorted((a, b) => endOf(a) - endOf(b))) {
      for (; next < insertions.length && (calls[insertions[next] as number]?.invoked ?? 0) < endOf(removal); next++) {
        const insertion = insertions[next] as number;
        let place = ready.push(insertion) - 1;
        for (; place > taken && endOf(ready[place - 1] as number) > endOf(insertion); place--) {
          ready[place] = ready[place - 1] as number;
        }
        ready[place] = insertion;
      }
      const insertion = ready[taken++];
      if (insertion === undefined) return value;
      removed[insertion] = removal;
    }
  }
  return removed;
}

/** Of those that complete first, how many are looked at. */
const mostLookedAt = 128;

/**
 * For a FIFO queue to which equal values came: follows time, and lets each removal take its value no sooner than it
 * completes. Of equal values it takes the one whose insertion completed first, of those that nothing has to leave before, or
 * else of all; what has to, other open removals take before. A removal that found nothing is given a moment as soon as open
 * removals could have taken all.
 */
export const pairedInLine: Pairing = (given) => new Line(given).run();

/**
 * For a priority queue, where a value keeps greater ones from going out as long as it is there: of equal values, one goes
 * out as soon as a removal is open, and one that may still come in later does so as late as it can.
 */
export const pairedSoon: Pairing = ({ calls, coming, going }) => {
  const removed = new Int32Array(calls.length).fill(-1);
  const gone = new Uint8Array(calls.length);
  for (const [value, removals] of going) {
    const insertions = coming.get(value) ?? [];
    const waiting = new Waiting(calls, gone, insertions);
    const open = new Waiting(calls, gone, removals);
    const isRemoval = new Set(removals);
    const events = [...insertions, ...removals].map((call) => ({ call, time: calls[call]?.completed ?? 0 }));
    for (const call of removals) events.push({ call, time: calls[call]?.invoked ?? 0 });
    events.sort((a, b) => (a.time === b.time ? 0 : a.time - b.time));
    for (const { call, time } of events) {
      if (gone[call] === 1 || time === Number.POSITIVE_INFINITY) continue;
      const isEnd = calls[call]?.completed === time;
      const [other] = isRemoval.has(call) ? waiting.open(time, isEnd ? null : time) : open.open(time);
      if (other === undefined) {
        if (isEnd && isRemoval.has(call)) return null;
        continue;
      }
      const [insertion, removal] = isRemoval.has(call) ? [other, call] : [call, other];
      removed[insertion] = removal;
      gone[insertion] = 1;
      gone[removal] = 1;
    }
  }
  return removed;
};

/** Calls that have been invoked and are not gone yet, in the order of their completions, as time goes on. */
class Waiting {
  readonly #calls: readonly Call<ContainerAction>[];
  readonly #gone: Uint8Array;
  /** In the order of their invocations; those from `#next` on are to come. */
  readonly #numbers: readonly number[];
  #next = 0;
  readonly #open: number[] = [];
  #head = 0;

  constructor(calls: readonly Call<ContainerAction>[], gone: Uint8Array, numbers: readonly number[]) {
    this.#calls = calls;
    this.#gone = gone;
    this.#numbers = numbers;
  }

  /** The first of them now that completed before a time. */
  open(now: number, completedBefore: number | null = null): number[] {
    this.#openUpTo(now);
    const found: number[] = [];
    for (let place = this.#head; place < this.#open.length && found.length < mostLookedAt; place++) {
      const call = this.#open[place] as number;
      if (completedBefore !== null && this.#completed(call) >= completedBefore) break;
      if (this.#gone[call] === 0) found.push(call);
    }
    return found;
  }

  #openUpTo(now: number): void {
    for (; this.#invoked(this.#numbers[this.#next] ?? -1) < now; this.#next++) {
      const call = this.#numbers[this.#next] as number;
      let place = this.#open.length;
      while (place > this.#head && this.#completed(this.#open[place - 1] as number) > this.#completed(call)) place--;
      this.#open.splice(place, 0, call);
    }
    while (this.#gone[this.#open[this.#head] ?? -1] === 1) this.#head++;
  }

  #invoked(call: number): number {
    return this.#calls[call]?.invoked ?? Number.POSITIVE_INFINITY;
  }

  #completed(call: number): number {
    return this.#calls[call]?.completed ?? Number.POSITIVE_INFINITY;
  }
}

class Line {
  readonly #given: ContainerCalls;
  readonly #removed: Int32Array;
  /** By call: whether it is an insertion that was taken, or a removal that has taken something. */
  readonly #gone: Uint8Array;
  readonly #inside: Waiting;
  readonly #insideByValue = new Map<string, Waiting>();
  readonly #openByValue = new Map<string, Waiting>();
  readonly #takes: Waiting;

  constructor(given: ContainerCalls) {
    const { calls, coming, going, takes } = given;
    this.#given = given;
    this.#removed = new Int32Array(calls.length).fill(-1);
    this.#gone = new Uint8Array(calls.length);
    const waiting = (numbers: readonly number[]): Waiting => new Waiting(calls, this.#gone, numbers);
    this.#inside = waiting([...coming.values()].flat().sort((a, b) => a - b));
    for (const [value, numbers] of coming) this.#insideByValue.set(value, waiting(numbers));
    for (const [value, numbers] of going) this.#openByValue.set(value, waiting(numbers));
    this.#takes = waiting(takes);
  }

  run(): Int32Array | null {
    const { calls, going, empties } = this.#given;
    const isEmpty = new Set(empties);
    const events = [...going.values(), empties].flat().flatMap((call) => [
      { call, time: calls[call]?.invoked ?? 0, isEnd: false },
      { call, time: calls[call]?.completed ?? 0, isEnd: true },
    ]);
    events.sort((a, b) => a.time - b.time);
    const unsatisfied = new Set<number>();
    for (const { call, time, isEnd } of events) {
      if (isEmpty.has(call) && !isEnd) unsatisfied.add(call);
      const isLast = isEnd && unsatisfied.has(call);
      if (unsatisfied.size > 0 && this.#takeAll(time + 1, time + 1, isLast)) unsatisfied.clear();
      if (!isEnd) continue;
      if (isEmpty.has(call)) unsatisfied.delete(call);
      else if (this.#gone[call] === 0 && !this.#take(call, time)) return null;
    }
    return this.#removed;
  }

  /** Whether the removal found its value by now, what stood before it taken first. */
  #take(removal: number, now: number): boolean {
    const same = this.#insideByValue.get(this.#valueOf(removal))?.open(now) ?? [];
    for (const takes of [false, true]) {
      const insertion = same.find((call) => this.#takeAll(now, this.#given.calls[call]?.invoked ?? 0, takes, removal));
      if (insertion === undefined) continue;
      this.#pair(insertion, removal);
      return true;
    }
    return false;
  }

  /**
   * Whether open removals, but one, could have taken by now all that had come in before a time; then they have. `takes`:
   * those included that may have taken anything.
   */
  #takeAll(now: number, time: number, takes: boolean, except = -1): boolean {
    const chosen: (readonly [number, number])[] = [];
    const used = new Set([except]);
    const before = this.#inside.open(now, time);
    if (before.length === mostLookedAt) return false;
    for (const insertion of before) {
      const removal = this.#openFor(insertion, now, takes, used);
      if (removal < 0) return false;
      chosen.push([insertion, removal]);
      used.add(removal);
    }
    for (const [insertion, removal] of chosen) this.#pair(insertion, removal);
    return true;
  }

  /** An open removal of such a value, or one that may have taken anything, but none of some; -1 for none. */
  #openFor(insertion: number, now: number, takes: boolean, except: ReadonlySet<number>): number {
    const open = this.#openByValue.get(this.#valueOf(insertion))?.open(now) ?? [];
    const takers = takes ? [...open, ...this.#takes.open(now)] : open;
    return takers.find((call) => !except.has(call)) ?? -1;
  }

  #pair(insertion: number, removal: number): void {
    // What took nobody knows what is told by others what it took.
    if (this.#given.calls[removal]?.action.f === 'remove') this.#removed[insertion] = removal;
    this.#gone[insertion] = 1;
    this.#gone[removal] = 1;
  }

  #valueOf(call: number): string {
    const action = this.#given.calls[call]?.action;
    return action?.f === 'insert' || action?.f === 'remove' ? action.value : '';
  }
}
