import type { ActorSymmetry } from '../../src/model/actors/actor.ts';
import { ComponentStore } from '../../src/model/actors/component-store.ts';
import { place, type SystemState } from '../../src/model/actors/state-hash.ts';
import type { RaftModel } from '../../src/model/raft/raft-model.ts';
import type { RaftScope } from '../../src/model/raft/scope.ts';

/**
 * Renaming the nodes of a Raft model without a word of its own symmetry: whatever looks like the name or number of a node is
 * renamed, wherever it stands, and what is kept by node is put in its new place. The tests hold the model's to it.
 */
export type Permutation = readonly number[];

export const orders: readonly Permutation[] = [
  [0, 1, 2],
  [0, 2, 1],
  [1, 0, 2],
  [1, 2, 0],
  [2, 0, 1],
  [2, 1, 0],
];

export function inverse(permutation: Permutation): Permutation {
  return permutation.map((_, id) => permutation.indexOf(id));
}

/** `key` is where the value stands. With `requests`, requests bear the numbers of nodes, from 1 on, and so do payloads. */
export function renamed(value: unknown, by: Permutation, requests: boolean, key = ''): unknown {
  const node = (id: number): number => by[id] as number;
  if (typeof value === 'string') return value.replace(/\bn([1-9])\b/g, (_, id) => `n${node(Number(id) - 1) + 1}`);
  if (typeof value === 'number') {
    if (['id', 'node', 'from', 'to'].includes(key)) return node(value);
    return requests && ['requestId', 'forwarded', 'delivered'].includes(key) ? node(value - 1) + 1 : value;
  }
  if (value instanceof Uint8Array) return requests ? value.map((byte) => node(byte - 1) + 1) : value;
  // Sessions have numbers of their own.
  if (key === 'sessions') return value;
  if (Array.isArray(value)) {
    const items = value.map((item) => renamed(item, by, requests, key));
    if (key === 'progress') return value.map((_, id) => items[by.indexOf(id)]);
    if (key === 'votes') return items.sort();
    if (items.every(isMember)) return items.sort((a, b) => (a.id < b.id ? -1 : 1));
    return key === 'held' ? items.sort(byReceiver) : items;
  }
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, part]) => [name, renamed(part, by, requests, name)]));
}

/** Members are in the order of their names. */
function isMember(item: unknown): item is { readonly id: string } {
  return typeof item === 'object' && item !== null && 'standing' in item;
}

/** Effects that wait for the same write are in the order of their receivers, where they have any. */
function byReceiver(a: unknown, b: unknown): number {
  const [first, second] = [a, b] as [Held, Held];
  const [to, other] = [first.to ?? '', second.to ?? ''];
  return first.afterWrite - second.afterWrite || (to < other ? -1 : to > other ? 1 : 0);
}

interface Held {
  readonly afterWrite: number;
  readonly to?: string;
}

/** What a part is, and its renaming by the model's own symmetry. */
export function renamedBy<L, M, I, P>(symmetry: ActorSymmetry<L, M, I, P>, part: unknown, by: Permutation): unknown {
  const value = part as { past: P } | { from: number; to: number; message: M } | { id: number; local: L };
  if ('past' in value) return { past: symmetry.past(value.past, by) };
  if ('message' in value) {
    return { from: by[value.from], to: by[value.to], message: symmetry.message(value.message, by) };
  }
  return { ...value, id: by[value.id], local: symmetry.local(value.local, by) };
}

/** Renames states of a model without symmetry, and tells by content which are the same. */
export class Renamer {
  readonly #requests: boolean;
  readonly #ordered: boolean;
  readonly #nodes: number;
  readonly #store: ComponentStore;
  /** By part, for each order: the number of the renamed part. */
  readonly #known = new Map<number, readonly number[]>();

  constructor(model: RaftModel, { nodes, compat, network }: RaftScope) {
    this.#nodes = nodes;
    this.#requests = compat === 'raft-lite';
    this.#ordered = network === 'ordered';
    this.#store = new ComponentStore(model.memory);
  }

  /** The parts that a state consists of. */
  partsOf(state: SystemState): readonly number[] {
    return state.slice(place.past);
  }

  value(part: number): unknown {
    return this.#store.value(part);
  }

  renamed(state: SystemState, order: number): SystemState {
    const by = orders[order] as Permutation;
    const words = [state[place.crashes] as number, this.#inputs(state[place.inputs] as number, by)];
    const parts = this.partsOf(state).map((part) => this.#part(part, order));
    words.push(parts[0] as number);
    for (let id = 0; id < this.#nodes; id++) words.push(parts[1 + by.indexOf(id)] as number);
    return [...words, ...this.#inPlace(parts.slice(1 + this.#nodes))];
  }

  /** The same for all states that are renamings of each other. */
  kind(state: SystemState): string {
    return orders.reduce((least, _, order) => {
      const text = this.renamed(state, order).join();
      return least === '' || text < least ? text : least;
    }, '');
  }

  #part(part: number, order: number): number {
    const known = this.#known.get(part);
    if (known !== undefined) return known[order] as number;
    const value = this.value(part);
    const ids = orders.map((by) => this.#store.idOf(renamed(value, by, this.#requests)));
    this.#known.set(part, ids);
    return ids[order] as number;
  }

  /** Where each node has an input of its own, that of node `id` is number `id`. */
  #inputs(given: number, by: Permutation): number {
    if (!this.#requests) return given;
    return by.reduce((bits, to, from) => ((given & (1 << from)) === 0 ? bits : bits | (1 << to)), 0);
  }

  /** As the network keeps messages: by number, or by channel and within one in their order. */
  #inPlace(messages: readonly number[]): number[] {
    const placeOf = (message: number): number => {
      if (!this.#ordered) return message;
      const { from, to } = this.value(message) as { from: number; to: number };
      return from * this.#nodes + to;
    };
    return [...messages].sort((a, b) => placeOf(a) - placeOf(b));
  }
}
