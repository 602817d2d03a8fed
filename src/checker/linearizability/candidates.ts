import { Block } from './block.ts';
import type { Configuration } from './configuration.ts';
import type { Outlook } from './outlook.ts';
import { lowest } from './slots.ts';
import { none } from './transitions.ts';

/** In place of a call: the one that completes next is let go. */
export const nobody = -1;

/**
 * The calls worth trying next, those that complete first before others, each followed by a state it leads to. `nobody`
 * comes first where that is possible. Of the orders that explain a history, some have few calls that are not overwritten
 * at once, and these as late as they can be; it is enough to find one of those. So not tried is
 *
 * - of interchangeable calls, one that completes later than another (exchange the two);
 * - a call that need not happen and changes nothing, or after which another that must happen cannot (`strands`, `Outlook`);
 * - a call that overwrites, or need not happen, where it could as well come later: no open call sees the state it leads to,
 *   it does not complete next, and neither does one that must be overwritten (or come) now;
 * - where the state was overwritten and nobody has seen it since, another overwriting call that could have come instead
 *   (one invoked before `unseenSince`): then the former counts as happened just before it.
 *
 * Nothing is allocated on the way, as a search does hardly anything else.
 */
export class Candidates<State, Action> {
  readonly #here: Configuration<State, Action>;
  readonly #outlook: Outlook<State, Action>;
  /** Pairs of a call and a state, those of one configuration after those of the one before. */
  readonly stack: Int32List = new Int32List();
  /** Open calls, those that complete first before others. */
  readonly #open: Int32Array;
  #openCount = 0;
  /** By action: when it was met last (see `#round`), and whether by a call that must happen (2), or may (1). */
  readonly #metIn: Int32Array;
  readonly #metAs: Int32Array;
  /** By state: when it was asked for last, and by how many open calls. */
  readonly #askedIn: Int32Array;
  readonly #askedBy: Int32Array;
  #round = 0;

  constructor(here: Configuration<State, Action>, outlook: Outlook<State, Action>) {
    this.#here = here;
    this.#outlook = outlook;
    const { slots } = here.timeline;
    const actions = here.transitions.actions.length;
    // All states that calls ask for are known already.
    const states = here.asks === null ? 0 : here.transitions.stateCount;
    const block = new Block(slots + 2 * actions + 2 * states);
    this.#open = block.array(slots);
    this.#metIn = block.array(actions);
    this.#metAs = block.array(actions);
    this.#askedIn = block.array(states);
    this.#askedBy = block.array(states);
  }

  /** Puts them on the stack, the last to be tried first. */
  push(unseenSince: number): void {
    const here = this.#here;
    const start = this.stack.length;
    this.#round++;
    this.#readOpen();
    this.#countAsked();
    const looksAhead = this.#outlook.looksAhead;
    if (looksAhead) this.#outlook.lookFrom(this.#open, this.#openCount);
    const first = here.timeline.returns[here.position] as number;
    const firstIsDue = here.mustHappen(first) && here.isBlind[first] === 1;
    if (here.canLetGo) this.stack.push(nobody, here.state);
    for (let place = 0; place < this.#openCount; place++) {
      const call = this.#open[place] as number;
      const must = here.mustHappen(call);
      if (!this.#isNew(here.action[call] as number, must)) continue;
      const overwrites = here.overwrites[call] === 1;
      if (overwrites && here.invoked(call) < unseenSince) continue;
      const canWait = (overwrites || !must) && call !== first && !(overwrites && firstIsDue);
      const next = here.transitions.step(here.state, here.action[call] as number);
      if (next >= 0) this.#consider(call, next, must || overwrites, canWait);
      else if (next < none) {
        for (const one of here.transitions.several(next)) this.#consider(call, one, must || overwrites, canWait);
      }
    }
    this.stack.reversePairs(start);
  }

  #consider(call: number, next: number, counts: boolean, canWait: boolean): void {
    const here = this.#here;
    if (next === here.state && !counts) return;
    if (here.strands(call, next)) return;
    if (this.#outlook.looksAhead && this.#outlook.isHopeless(call, next)) return;
    if (canWait && !this.#isSeen(next, call)) return;
    this.stack.push(call, next);
  }

  #isNew(action: number, must: boolean): boolean {
    const former = this.#metIn[action] === this.#round ? (this.#metAs[action] as number) : 0;
    if (former === 2 || (former === 1 && !must)) return false;
    this.#metIn[action] = this.#round;
    this.#metAs[action] = must ? 2 : 1;
    return true;
  }

  #readOpen(): void {
    const { must, may } = this.#here;
    this.#openCount = 0;
    for (let word = 0; word < must.length; word++) {
      let bits = (must[word] as number) | (may[word] as number);
      for (; bits !== 0; bits &= bits - 1) this.#insertOpen(this.#here.callIn(word * 32 + lowest(bits)));
    }
  }

  #insertOpen(call: number): void {
    const { deadline } = this.#here.timeline;
    const due = deadline[call] as number;
    let place = this.#openCount++;
    for (; place > 0; place--) {
      const former = this.#open[place - 1] as number;
      const formerDue = deadline[former] as number;
      if (formerDue < due || (formerDue === due && former < call)) break;
      this.#open[place] = former;
    }
    this.#open[place] = call;
  }

  /** Open calls that ask for one state, by that state. */
  #countAsked(): void {
    const { asks, overwrites } = this.#here;
    if (asks === null) return;
    for (let place = 0; place < this.#openCount; place++) {
      const call = this.#open[place] as number;
      const state = asks[call] as number;
      if (state < 0 || overwrites[call] === 1) continue;
      this.#askedBy[state] = this.#askedIn[state] === this.#round ? (this.#askedBy[state] as number) + 1 : 1;
      this.#askedIn[state] = this.#round;
    }
  }

  /** Whether an open call other than the one given goes by the state, other than by overwriting it. */
  #isSeen(state: number, except: number): boolean {
    const { asks, overwrites, transitions, action } = this.#here;
    if (asks !== null && this.#askedIn[state] === this.#round) {
      const own = asks[except] === state && overwrites[except] === 0 ? 1 : 0;
      if ((this.#askedBy[state] as number) > own) return true;
    }
    for (let place = 0; place < this.#openCount; place++) {
      const call = this.#open[place] as number;
      if (call === except || overwrites[call] === 1 || (asks !== null && (asks[call] as number) >= 0)) continue;
      if (transitions.step(state, action[call] as number) !== none) return true;
    }
    return false;
  }
}

/** A stack of numbers in one block of memory. */
class Int32List {
  #numbers = new Int32Array(1 << 8);
  length = 0;

  get bytes(): number {
    return this.#numbers.length * 4;
  }

  push(one: number, other: number): void {
    if (this.length + 2 > this.#numbers.length) {
      const longer = new Int32Array(this.#numbers.length * 2);
      longer.set(this.#numbers);
      this.#numbers = longer;
    }
    this.#numbers[this.length++] = one;
    this.#numbers[this.length++] = other;
  }

  pop(): number {
    return this.#numbers[--this.length] as number;
  }

  /** Turns round the order of the pairs from `start` on; and each of them, so that its first number is popped first. */
  reversePairs(start: number): void {
    this.#numbers.subarray(start, this.length).reverse();
  }
}
