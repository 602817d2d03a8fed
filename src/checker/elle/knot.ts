import { IntList } from '../int-list.ts';
import { edgeOf, type Graph, graphOf, kindOf, kinds, targetOf } from './graph.ts';

/** A strongly connected component by itself, its nodes numbered anew; the transactions come first. */
export interface Knot {
  readonly graph: Graph;
  readonly transactions: number;
  /** By its own numbers, those of the whole graph. */
  readonly nodes: Int32Array;
}

const data = (1 << kinds.ww) | (1 << kinds.wr);

/** Cuts components out of a graph; what it needs for that is made once, not for each. */
export class Cutter {
  readonly #graph: Graph;
  readonly #components: Int32Array;
  readonly #transactions: number;
  readonly #keepsAll: boolean;
  readonly #localOf: Int32Array;

  /** `keepsAll`: an rw edge beside another matters, too, as the worse cycles are not asked for. */
  constructor(graph: Graph, components: Int32Array, transactions: number, keepsAll: boolean) {
    this.#graph = graph;
    this.#components = components;
    this.#transactions = transactions;
    this.#keepsAll = keepsAll;
    this.#localOf = new Int32Array(components.length);
  }

  /**
   * The component of these nodes, each edge once. An rw edge beside a ww or wr edge is left out unless all are kept:
   * whatever cycle goes through it is there with the other edge, too, and is the worse for it.
   */
  cut(nodes: Int32Array): Knot {
    const { begins, edges } = this.#graph;
    nodes.forEach((node, local) => {
      this.#localOf[node] = local;
    });
    const component = this.#components[nodes[0] as number];
    const masks = new Int32Array(nodes.length);
    const sources = new IntList();
    const kept = new IntList();
    nodes.forEach((node, local) => {
      const targets: number[] = [];
      for (let at = begins[node] as number; at < (begins[node + 1] as number); at++) {
        const edge = edges[at] as number;
        if (this.#components[targetOf(edge)] !== component) continue;
        const target = this.#localOf[targetOf(edge)] as number;
        if (masks[target] === 0) targets.push(target);
        masks[target] = (masks[target] as number) | (1 << kindOf(edge));
      }
      for (const target of targets) {
        const mask = masks[target] as number;
        masks[target] = 0;
        const wanted = this.#keepsAll || (mask & data) === 0 ? mask : mask & ~(1 << kinds.rw);
        for (let kind: number = kinds.ww; kind <= kinds.via; kind++) {
          if ((wanted & (1 << kind)) === 0) continue;
          sources.push(local);
          kept.push(edgeOf(target, kind));
        }
      }
    });
    const transactions = nodes.findIndex((node) => node >= this.#transactions);
    return {
      graph: graphOf(nodes.length, sources.view(), kept.view()),
      transactions: transactions < 0 ? nodes.length : transactions,
      nodes,
    };
  }
}
