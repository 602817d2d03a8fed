import { newFingerprint } from '../fingerprint.ts';
import { hashPlain } from '../plain-hash.ts';
import type { ActorSymmetry, ActorSystem, NodeView } from './actor.ts';
import type { ComponentStore } from './component-store.ts';
import type { Envelope } from './transitions.ts';

/**
 * Symmetry reduction. Let a permutation of the actors be applied to a state by renaming them everywhere: in local states, in
 * messages, in the history. If the actors all do the same but for their names, then what can happen to the renamed state is
 * what can happen to the state, renamed (the permutations are automorphisms of the graph of states), and a property that
 * names no actor holds in both or in neither. So of all states that are renamings of each other it is enough to visit one:
 * its successors are renamings of theirs, so whatever any of them can reach, it can reach a renaming of. (Clarke, Emerson,
 * Jha, Sistla: Symmetry Reductions in Model Checking, 1998.)
 *
 * The search keeps states as they are and takes for the fingerprint of each the least over all permutations, so renamings
 * have the same. Paths are real ones: each state leads to the next without a renaming in between.
 *
 * What the argument rests on is that the actors are alike, that `ActorSymmetry` renames everything that names an actor, and
 * that properties do not name any. The tests compare the number of orbits that an unreduced search finds with the number of
 * states of a reduced one, and what both say of the properties.
 */
export class Permutations<Local, Message, Input, Past> {
  readonly #store: ComponentStore;
  readonly #symmetry: ActorSymmetry<Local, Message, Input, Past>;
  readonly #permutations: readonly (readonly number[])[];
  readonly #inputPlaces: readonly (readonly number[])[];
  readonly #inputs = new Map<number, readonly number[]>();
  #hashes: Int32Array;
  #isKnown = new Uint8Array(partsAtFirst);
  readonly #hash = newFingerprint();

  constructor(
    system: ActorSystem<Local, Message, Input, Past>,
    symmetry: ActorSymmetry<Local, Message, Input, Past>,
    store: ComponentStore,
  ) {
    this.#store = store;
    this.#symmetry = symmetry;
    this.#permutations = permutationsOf(system.names.map((_, id) => id));
    this.#inputPlaces = this.#permutations.map((permutation) => inputPlaces(system, symmetry, permutation));
    this.#hashes = new Int32Array(2 * this.count * partsAtFirst);
  }

  /** How many there are; the first is the identity. */
  get count(): number {
    return this.#permutations.length;
  }

  /** The inputs that have been given, as a bit each, after each renaming. */
  inputs(given: number): readonly number[] {
    const known = this.#inputs.get(given);
    if (known !== undefined) return known;
    const renamed = this.#inputPlaces.map((places) =>
      places.reduce((bits, target, from) => ((given & (1 << from)) === 0 ? bits : bits | (1 << target)), 0),
    );
    this.#inputs.set(given, renamed);
    return renamed;
  }

  /** Where the hashes of the renamings of a part begin in `hashes`: two halves for each permutation. */
  hashesOf(part: number): number {
    const at = 2 * this.count * part;
    if (this.#isKnown[part] !== 1) this.#renameAll(part, at);
    return at;
  }

  /** To be asked for anew after `hashesOf`. */
  get hashes(): Int32Array {
    return this.#hashes;
  }

  #renameAll(part: number, at: number): void {
    while (part >= this.#isKnown.length) this.#grow();
    for (const [place, permutation] of this.#permutations.entries()) {
      hashPlain(this.#renamed(this.#store.value(part), permutation), this.#hash);
      this.#hashes.set(this.#hash, at + 2 * place);
    }
    this.#isKnown[part] = 1;
  }

  #grow(): void {
    const hashes = new Int32Array(2 * this.#hashes.length);
    const isKnown = new Uint8Array(2 * this.#isKnown.length);
    hashes.set(this.#hashes);
    isKnown.set(this.#isKnown);
    this.#hashes = hashes;
    this.#isKnown = isKnown;
  }

  /** A part is a message on its way, a history, or an actor's state: told apart by what they have. */
  #renamed(part: unknown, permutation: readonly number[]): unknown {
    const symmetry = this.#symmetry;
    const value = part as Envelope<Message> | { readonly past: Past } | NodeView<Local>;
    if ('message' in value) {
      return {
        from: permutation[value.from],
        to: permutation[value.to],
        message: symmetry.message(value.message, permutation),
      };
    }
    if ('past' in value) return { past: symmetry.past(value.past, permutation) };
    return { ...value, id: permutation[value.id], local: symmetry.local(value.local, permutation) };
  }
}

const partsAtFirst = 4096;

/** For each input the place of that which it becomes. Inputs to any actor stay what they are. */
function inputPlaces<Local, Message, Input, Past>(
  { inputs }: ActorSystem<Local, Message, Input, Past>,
  symmetry: ActorSymmetry<Local, Message, Input, Past>,
  permutation: readonly number[],
): number[] {
  return inputs.map(({ to, input }, place) => {
    if (to === 'any') return place;
    const renamed = JSON.stringify([permutation[to], symmetry.input(input, permutation)]);
    return inputs.findIndex((other) => JSON.stringify([other.to, other.input]) === renamed);
  });
}

/** All orders of `items`, the given one first. */
function permutationsOf(items: readonly number[]): number[][] {
  if (items.length === 0) return [[]];
  return items.flatMap((first) =>
    permutationsOf(items.filter((item) => item !== first)).map((rest) => [first, ...rest]),
  );
}
