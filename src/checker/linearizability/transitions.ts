import { present } from '../../base/assert.ts';
import type { Model } from './model.ts';

/** States and actions as small numbers, with the steps between them remembered. */
export class Transitions<State, Action> {
  readonly #model: Model<State, Action>;
  readonly #states: State[] = [];
  readonly #stateNumbers = new Map<string, number>();
  readonly #actions: Action[] = [];
  readonly #actionNumbers = new Map<string, number>();
  /** By state, then by action. */
  readonly #steps: Map<number, readonly number[]>[] = [];
  #textLength = 0;
  #stepCount = 0;

  constructor(model: Model<State, Action>) {
    this.#model = model;
  }

  /** About how much memory it takes; grows with the states that a search has met. */
  get bytes(): number {
    return 2 * this.#textLength + 200 * this.#states.length + 100 * this.#stepCount;
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
    this.#steps.push(new Map());
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

  /** The states that may follow, by their numbers. */
  step(state: number, action: number): readonly number[] {
    const steps = present(this.#steps[state], 'steps of a known state');
    const known = steps.get(action);
    if (known !== undefined) return known;
    const from = this.state(state);
    const to = this.#model.step(from, present(this.#actions[action], 'an action by its number'));
    const numbers = to.map((next) => this.stateNumber(next));
    steps.set(action, numbers);
    this.#stepCount++;
    return numbers;
  }
}
