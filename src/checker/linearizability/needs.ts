import { none } from './transitions.ts';

/** By call: the state it needs, where it must happen, and the one it leads to; `none` for none. */
export interface Ends {
  readonly from: Int32Array;
  readonly to: Int32Array;
}

/** By state: how many calls that must still take effect need it, and how many that can still do so lead to it. */
export class Needs {
  readonly #ends: Ends;
  readonly #needed: Int32Array;
  readonly #given: Int32Array;

  /** For all calls; `needed` and `given` have a place for each state and are 0. */
  constructor(ends: Ends, needed: Int32Array, given: Int32Array) {
    this.#ends = ends;
    this.#needed = needed;
    this.#given = given;
    for (let call = 0; call < ends.from.length; call++) this.count(call, 1);
  }

  /** The call can take effect (1), or cannot any more (-1). */
  count(call: number, change: number): void {
    const from = this.#ends.from[call] as number;
    const to = this.#ends.to[call] as number;
    if (from !== none) this.#needed[from] = (this.#needed[from] as number) + change;
    if (to !== none) this.#given[to] = (this.#given[to] as number) + change;
  }

  /** Whether a state is needed, other than this one, that no call can bring about. */
  lacksOtherThan(state: number): boolean {
    return this.#needed.some((count, other) => count > 0 && other !== state && this.#given[other] === 0);
  }

  /** Whether a state, once left by this call, is gone for others that need it. */
  strandedBy(call: number, mustHappen: boolean, state: number): boolean {
    if (this.#given[state] !== 0) return false;
    const ownNeed = mustHappen && this.#ends.from[call] === state ? 1 : 0;
    return (this.#needed[state] as number) > ownNeed;
  }

  /** Whether nothing that must happen needs this call to bring about a state, where this is the state now. */
  canDoWithout(call: number, state: number): boolean {
    const to = this.#ends.to[call] as number;
    return to === none || to === state || this.#needed[to] === 0 || (this.#given[to] as number) > 1;
  }
}
