import type { Identity } from './values.ts';

/** Something that shows one version to be older than another. */
export interface Order<Evidence> {
  readonly from: Evidence;
  readonly to: Evidence;
}

interface Edge<Evidence> extends Order<Evidence> {
  readonly target: Identity;
}

/** Which versions are older than which, each with one proof; the initial version is older than all others. */
export class VersionGraph<Evidence> {
  readonly #initial: Identity;
  readonly #edges = new Map<Identity, Map<Identity, Edge<Evidence>>>();

  constructor(initial: Identity) {
    this.#initial = initial;
  }

  /** `older` is no newer than `newer`: says nothing where they are the same. */
  add(older: Identity, newer: Identity, from: Evidence, to: Evidence): void {
    if (older === newer) return;
    const edges = this.#edges.get(older) ?? new Map<Identity, Edge<Evidence>>();
    this.#edges.set(older, edges);
    if (!edges.has(newer)) edges.set(newer, { from, to, target: newer });
  }

  /**
   * A cycle, which no order of the versions allows, by its proofs; null where there is none. One that goes through the
   * initial version is a single step: from any other version back to it.
   */
  cycle(): readonly Order<Evidence>[] | null {
    for (const edges of this.#edges.values()) {
      const back = edges.get(this.#initial);
      if (back !== undefined) return [back];
    }
    const rest = this.#withoutEnds();
    const [start] = rest;
    return start === undefined ? null : this.#shortest(this.#onCycle(start, rest), rest);
  }

  /** The versions that remain when those with nothing before them are taken away, again and again. */
  #withoutEnds(): Set<Identity> {
    const before = new Map<Identity, number>();
    for (const [version, edges] of this.#edges) {
      if (!before.has(version)) before.set(version, 0);
      for (const target of edges.keys()) before.set(target, (before.get(target) ?? 0) + 1);
    }
    const ready = [...before].filter(([, count]) => count === 0).map(([version]) => version);
    const rest = new Set(before.keys());
    for (let version = ready.pop(); version !== undefined; version = ready.pop()) {
      rest.delete(version);
      for (const target of this.#edges.get(version)?.keys() ?? []) {
        const count = (before.get(target) ?? 0) - 1;
        before.set(target, count);
        if (count === 0) ready.push(target);
      }
    }
    return rest;
  }

  /** Each of the rest has one of the rest before it: whoever goes back from one comes to a cycle. */
  #onCycle(start: Identity, rest: ReadonlySet<Identity>): Identity {
    const before = new Map<Identity, Identity>();
    for (const version of rest) {
      for (const target of this.#edges.get(version)?.keys() ?? []) if (rest.has(target)) before.set(target, version);
    }
    const passed = new Set<Identity>();
    let at = start;
    while (!passed.has(at)) {
      passed.add(at);
      at = before.get(at) as Identity;
    }
    return at;
  }

  /** The shortest way from a version back to itself. */
  #shortest(start: Identity, rest: ReadonlySet<Identity>): readonly Order<Evidence>[] | null {
    const cameBy = new Map<Identity, { readonly version: Identity; readonly edge: Edge<Evidence> }>();
    const queue = [start];
    for (const version of queue) {
      for (const edge of this.#edges.get(version)?.values() ?? []) {
        if (!rest.has(edge.target) || cameBy.has(edge.target)) continue;
        cameBy.set(edge.target, { version, edge });
        if (edge.target === start) return wayTo(start, cameBy);
        queue.push(edge.target);
      }
    }
    return null;
  }
}

function wayTo<Evidence>(
  start: Identity,
  cameBy: ReadonlyMap<Identity, { readonly version: Identity; readonly edge: Edge<Evidence> }>,
): Order<Evidence>[] {
  const way: Order<Evidence>[] = [];
  let at = start;
  do {
    const step = cameBy.get(at);
    if (step === undefined) break;
    way.push({ from: step.edge.from, to: step.edge.to });
    at = step.version;
  } while (at !== start);
  return way.reverse();
}
