import { IntList } from '../int-list.ts';

/**
 * How one transaction depends on another: `ww` it overwrote the other's version, `wr` it read it, `rw` it overwrote the
 * version that the other had read; `process` its process had completed the other before, `realtime` any process had. `via` leaves a node
 * that is no transaction, by which one edge stands for many: a path through such nodes is one edge of the kind that enters them.
 */
export const kinds = { ww: 0, wr: 1, rw: 2, process: 3, realtime: 4, via: 5 } as const;

export type KindName = Exclude<keyof typeof kinds, 'via'>;

export const kindNames: readonly KindName[] = ['ww', 'wr', 'rw', 'process', 'realtime'];

/** The edges of node n stand from `begins[n]` to `begins[n + 1]`. */
export interface Graph {
  readonly begins: Int32Array;
  /** Target and kind, as `edgeOf` packs them. */
  readonly edges: Int32Array;
}

export function edgeOf(target: number, kind: number): number {
  return target * 8 + kind;
}

export function targetOf(edge: number): number {
  return edge >> 3;
}

export function kindOf(edge: number): number {
  return edge & 7;
}

/** Collects the edges between transactions, which are the first nodes. */
export class GraphBuilder {
  readonly #sources: IntList;
  readonly #edges: IntList;
  #nodes: number;

  /** `capacity`: about how many edges there will be. */
  constructor(transactions: number, capacity: number) {
    this.#nodes = transactions;
    [this.#sources, this.#edges] = [new IntList(capacity), new IntList(capacity)];
  }

  /** A node that is no transaction. */
  addNode(): number {
    return this.#nodes++;
  }

  add(source: number, target: number, kind: number): void {
    this.#sources.push(source);
    this.#edges.push(edgeOf(target, kind));
  }

  get edgeCount(): number {
    return this.#edges.length;
  }

  /**
   * An rw edge from each reader to each writer but itself, by a number of edges that is linear in both: the writers stand
   * along two chains, one for those up to each and one for those from each on, and a reader that is a writer enters them
   * beside itself.
   */
  addAntiDependencies(readers: readonly number[], writers: readonly number[]): void {
    if (readers.length < 2 || writers.length < 2) {
      for (const reader of readers) {
        for (const writer of writers) if (reader !== writer) this.add(reader, writer, kinds.rw);
      }
      return;
    }
    const upTo = this.#chain(writers);
    const onFrom = this.#chain(writers.toReversed()).reverse();
    const placeOf = new Map(writers.map((writer, place) => [writer, place]));
    for (const reader of readers) {
      const place = placeOf.get(reader) ?? writers.length;
      const [before, after] = [upTo[place - 1], onFrom[place + 1]];
      if (before !== undefined) this.add(reader, before, kinds.rw);
      if (after !== undefined) this.add(reader, after, kinds.rw);
    }
  }

  /** For each transaction a node that leads to it and to those before it. */
  #chain(transactions: readonly number[]): number[] {
    const nodes: number[] = [];
    for (const transaction of transactions) {
      const node = this.addNode();
      const previous = nodes.at(-1);
      if (previous !== undefined) this.add(node, previous, kinds.via);
      this.add(node, transaction, kinds.via);
      nodes.push(node);
    }
    return nodes;
  }

  build(): Graph {
    return graphOf(this.#nodes, this.#sources.view(), this.#edges.view());
  }
}

/** Edges by their sources, otherwise in the order given. */
export function graphOf(nodes: number, sources: Int32Array, edges: Int32Array): Graph {
  const begins = new Int32Array(nodes + 1);
  for (const source of sources) begins[source + 1] = (begins[source + 1] as number) + 1;
  for (let node = 0; node < nodes; node++) begins[node + 1] = (begins[node + 1] as number) + (begins[node] as number);
  const next = begins.slice();
  const sorted = new Int32Array(edges.length);
  for (let at = 0; at < edges.length; at++) {
    const source = sources[at] as number;
    const place = next[source] as number;
    sorted[place] = edges[at] as number;
    next[source] = place + 1;
  }
  return { begins, edges: sorted };
}
