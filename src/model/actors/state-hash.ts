import { type Fingerprint, finish, mix } from '../fingerprint.ts';
import type { ComponentStore } from './component-store.ts';
import type { Permutations } from './symmetry.ts';

/**
 * A state of a system of actors as numbers: how many have crashed so far, the inputs given (a bit each), then the numbers of
 * parts (component-store.ts): the history, each actor, the messages on their way.
 */
export type SystemState = readonly number[];
export const place = { crashes: 0, inputs: 1, past: 2, nodes: 3 } as const;

/**
 * Fingerprints of such states: of the content of their parts, not of the numbers, so that they are the same in every run. A
 * sum over the parts does not depend on the order of messages. With symmetry, the least over all renamings.
 */
export class StateHash<Local, Message, Input, Past> {
  readonly #store: ComponentStore;
  readonly #permutations: Permutations<Local, Message, Input, Past> | null;
  readonly #start: number;
  readonly #channelOf: ((envelope: number) => number) | null;
  /** By permutation: the two sums. */
  readonly #sums: Int32Array;

  /** `start`: where the messages begin. `channelOf`: on an ordered network, the channel of a message. */
  constructor(
    store: ComponentStore,
    permutations: Permutations<Local, Message, Input, Past> | null,
    start: number,
    channelOf: ((envelope: number) => number) | null,
  ) {
    this.#store = store;
    this.#permutations = permutations;
    this.#start = start;
    this.#channelOf = channelOf;
    this.#sums = new Int32Array(2 * (permutations?.count ?? 1));
  }

  of(state: SystemState, into: Fingerprint): void {
    if (this.#permutations === null) this.#plain(state, into);
    else this.#least(state, this.#permutations, into);
  }

  #plain(state: SystemState, into: Fingerprint): void {
    const store = this.#store;
    let high = mix((state[place.crashes] as number) + 1);
    let low = mix(state[place.inputs] as number);
    for (let at = place.past; at < state.length; at++) {
      const part = state[at] as number;
      const queued = this.#queued(state, at);
      high = (high + moved(store.high(part), queued)) | 0;
      low = (low + moved(store.low(part), queued)) | 0;
    }
    finish(high, low, into);
  }

  #least(state: SystemState, permutations: Permutations<Local, Message, Input, Past>, into: Fingerprint): void {
    const sums = this.#sums;
    const crashes = mix((state[place.crashes] as number) + 1);
    const inputs = permutations.inputs(state[place.inputs] as number);
    for (let at = 0; at < sums.length; at += 2) {
      sums[at] = crashes;
      sums[at + 1] = mix(inputs[at >> 1] as number);
    }
    for (let at = place.past; at < state.length; at++) {
      const from = permutations.hashesOf(state[at] as number);
      const { hashes } = permutations;
      const queued = this.#queued(state, at);
      for (let i = 0; i < sums.length; i++) sums[i] = (sums[i] as number) + moved(hashes[from + i] as number, queued);
    }
    let high = 0;
    let low = 0;
    for (let at = 0; at < sums.length; at += 2) {
      finish(sums[at] as number, sums[at + 1] as number, into);
      const nextHigh = into[0] as number;
      const nextLow = into[1] as number;
      if (at > 0 && (nextHigh > high || (nextHigh === high && nextLow >= low))) continue;
      high = nextHigh;
      low = nextLow;
    }
    into[0] = high;
    into[1] = low;
  }

  /** How many messages are before this one in its channel, which the sum over all parts would not tell. */
  #queued(state: SystemState, at: number): number {
    const channelOf = this.#channelOf;
    if (channelOf === null || at <= this.#start) return 0;
    const channel = channelOf(state[at] as number);
    let before = 0;
    for (let i = at - 1; i >= this.#start && channelOf(state[i] as number) === channel; i--) before++;
    return before;
  }
}

/** The hash of a part that has so many before it in a queue. */
function moved(hash: number, queued: number): number {
  return queued === 0 ? hash : mix(hash + Math.imul(queued, 0x9e3779b1));
}
