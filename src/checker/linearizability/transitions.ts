import type { Model } from './model.ts';

/** In place of a state: there is none. */
export const none = -1;

const unknown = -2;

/** A power of two, so that a place in the table is found without division; the last number of an entry is not used. */
const entryLength = 4;

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
  /** Of each entry its state plus 1 (0: it is free), its action, and what follows, as `step` returns it. */
  #entries = new Int32Array(entryLength << 7);
  #count = 0;
  readonly #several: (readonly number[])[] = [];
  #textLength = 0;

  constructor(model: Model<State, Action>) {
    this.#model = model;
  }

  /** About how much memory it takes; grows with the states that a search has met. */
  get bytes(): number {
    return 2 * this.#textLength + 200 * this.#states.length + 4 * this.#entries.length + 100 * this.#several.length;
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
    const entries = this.#entries;
    const mask = entries.length - 1;
    let at = placeOf(state, action) & mask;
    for (;;) {
      const from = entries[at] as number;
      if (from === 0) return this.#learn(state, action);
      if (from === state + 1 && entries[at + 1] === action) return entries[at + 2] as number;
      at = (at + entryLength) & mask;
    }
  }

  /** The states that what `step` returned stands for, where that is below `none`. */
  several(number: number): readonly number[] {
    return this.#several[unknown - number] ?? [];
  }

  #learn(state: number, action: number): number {
    const following = this.#model.step(this.state(state), this.#actions[action] as Action);
    let to = following.length === 0 ? none : this.stateNumber(following[0] as State);
    if (following.length > 1) to = unknown - (this.#several.push(following.map((next) => this.stateNumber(next))) - 1);
    if (++this.#count * 2 * entryLength > this.#entries.length) this.#grow();
    this.#insert(state, action, to);
    return to;
  }

  #insert(state: number, action: number, to: number): void {
    const entries = this.#entries;
    const mask = entries.length - 1;
    let at = placeOf(state, action) & mask;
    while (entries[at] !== 0) at = (at + entryLength) & mask;
    entries[at] = state + 1;
    entries[at + 1] = action;
    entries[at + 2] = to;
  }

  #grow(): void {
    const former = this.#entries;
    this.#entries = new Int32Array(2 * former.length);
    for (let at = 0; at < former.length; at += entryLength) {
      const state = (former[at] as number) - 1;
      if (state >= 0) this.#insert(state, former[at + 1] as number, former[at + 2] as number);
    }
  }
}

/** Where an entry is looked for first, in a table of any length. */
function placeOf(state: number, action: number): number {
  const hash = Math.imul(state, 0x9e3779b1) ^ Math.imul(action, 0x85ebca6b);
  return Math.imul(hash ^ (hash >>> 15), entryLength);
}
