import type { Model } from './model.ts';

/** In place of a state: there is none. */
export const none = -1;

const unknown = -2;

/**
 * States and actions as small numbers, with the steps between them remembered: a table with open addressing, as a search
 * asks for little else.
 */
export class Transitions<State, Action> {
  readonly #model: Model<State, Action>;
  readonly #states: State[] = [];
  readonly #stateNumbers = new Map<string, number>();
  readonly #actions: Action[] = [];
  readonly #actionNumbers = new Map<string, number>();
  /** Of each entry its state plus 1 (0: it is free), its action, and what follows: as `step` returns it. */
  #from = new Int32Array(1 << 8);
  #by = new Int32Array(1 << 8);
  #to = new Int32Array(1 << 8);
  #count = 0;
  readonly #several: (readonly number[])[] = [];
  #textLength = 0;

  constructor(model: Model<State, Action>) {
    this.#model = model;
  }

  /** About how much memory it takes; grows with the states that a search has met. */
  get bytes(): number {
    return 2 * this.#textLength + 200 * this.#states.length + 12 * this.#from.length + 100 * this.#several.length;
  }

  get stateCount(): number {
    return this.#states.length;
  }

  state(number: number): State {
    // A state may be null.
    return this.#states[number] as State;
  }

  stateNumber(state: State): number {
    const key = this.#model.stateKey(state);
    const known = this.#stateNumbers.get(key);
    if (known !== undefined) return known;
    const number = this.#states.length;
    this.#states.push(state);
    this.#stateNumbers.set(key, number);
    this.#textLength += key.length;
    return number;
  }

  actionNumber(action: Action): number {
    const key = this.#model.actionKey(action);
    const known = this.#actionNumbers.get(key);
    if (known !== undefined) return known;
    const number = this.#actions.length;
    this.#actions.push(action);
    this.#actionNumbers.set(key, number);
    return number;
  }

  get actions(): readonly Action[] {
    return this.#actions;
  }

  /** The state that follows, `none`, or below: one of `several`. */
  step(state: number, action: number): number {
    const mask = this.#from.length - 1;
    let at = hashOf(state, action) & mask;
    for (;;) {
      const from = this.#from[at] as number;
      if (from === 0) return this.#learn(state, action);
      if (from === state + 1 && this.#by[at] === action) return this.#to[at] as number;
      at = (at + 1) & mask;
    }
  }

  /** The states that what `step` returned stands for, where that is below `none`. */
  several(number: number): readonly number[] {
    return this.#several[unknown - number] ?? [];
  }

  #learn(state: number, action: number): number {
    const following = this.#model.step(this.state(state), this.#actions[action] as Action);
    const numbers = following.map((next) => this.stateNumber(next));
    const [only = none] = numbers;
    const to = numbers.length > 1 ? unknown - (this.#several.push(numbers) - 1) : only;
    if (++this.#count * 2 > this.#from.length) this.#grow();
    this.#insert(state, action, to);
    return to;
  }

  #insert(state: number, action: number, to: number): void {
    const mask = this.#from.length - 1;
    let at = hashOf(state, action) & mask;
    while (this.#from[at] !== 0) at = (at + 1) & mask;
    this.#from[at] = state + 1;
    this.#by[at] = action;
    this.#to[at] = to;
  }

  #grow(): void {
    const [from, by, to] = [this.#from, this.#by, this.#to];
    this.#from = new Int32Array(2 * from.length);
    this.#by = new Int32Array(2 * from.length);
    this.#to = new Int32Array(2 * from.length);
    for (let at = 0; at < from.length; at++) {
      const state = (from[at] as number) - 1;
      if (state >= 0) this.#insert(state, by[at] as number, to[at] as number);
    }
  }
}

function hashOf(state: number, action: number): number {
  const hash = Math.imul(state, 0x9e3779b1) ^ Math.imul(action, 0x85ebca6b);
  return hash ^ (hash >>> 15);
}
