import { IntList } from '../int-list.ts';
import { componentsOf } from './components.ts';
import { type CycleClass, type Scope, scopeEdges, scopeMark } from './cycle-classes.ts';
import { edgeOf, type Graph, graphOf, type KindName, kindNames, kindOf, kinds, targetOf } from './graph.ts';
import type { Knot } from './knot.ts';

/** Transactions by their numbers in the whole graph. */
export interface Step {
  readonly from: number;
  readonly to: number;
  readonly kind: KindName;
}

/** `undecided`: too many edges would have had to be followed. */
export type Found = readonly Step[] | 'absent' | 'undecided';

/** Once there is a cycle, no more edges than these are followed to find a shorter one. */
const stepsToShorten = 2e7;

/** Without any cycle yet, no more than these; counted and not timed, so that a verdict depends on the history alone. */
const stepsToFind = 1e9;

/** What is to be remembered of a path, as bits of its state. */
const afterRw = 1;
const hasSecondRw = 2;
const hasMark = 4;
const states = 8;

const via = 1 << kinds.via;
const rw = 1 << kinds.rw;

/**
 * Searches one component for the shortest cycle of a class: breadth first over pairs of a node and a state of the small
 * automaton that describes the class, from each edge that can be the anchor. Each search visits a pair once, so that
 * nothing is exponential.
 */
export class CycleSearch {
  readonly #knot: Knot;
  readonly #visits: Int32Array;
  readonly #parents: Int32Array;
  /** By pair: the kind of the edge that led there. */
  readonly #kinds: Uint8Array;
  /** By node: for which search it is where an anchor begins. */
  readonly #tails: Int32Array;
  /**
   * By node: its place in the order of what can follow the anchor, where that has no rw edges: the number of its component, of which
   * those that others lead to have the lower. Null where it has, as then everything leads everywhere.
   */
  #orders: Int32Array | null = null;
  #search = 0;
  #steps = 0;

  constructor(knot: Knot) {
    this.#knot = knot;
    const count = knot.nodes.length;
    this.#visits = new Int32Array(count * states);
    this.#parents = new Int32Array(count * states);
    this.#kinds = new Uint8Array(count * states);
    this.#tails = new Int32Array(count);
  }

  find(cycleClass: CycleClass, scope: Scope): Found {
    const allowed = cycleClass.allowed | scopeEdges[scope] | via;
    this.#orders = (allowed & rw) === 0 ? componentsOf(filtered(this.#knot.graph, allowed)) : null;
    const anchors = this.#anchorsOf(cycleClass, allowed);
    let best: readonly Step[] | null = null;
    this.#steps = 0;
    for (const [head, tails] of anchors) {
      const longest = best === null ? Number.POSITIVE_INFINITY : best.length - 1;
      if (longest < 2) break;
      const cycle = this.#from(head, tails, cycleClass, allowed, scopeMark[scope], longest);
      if (cycle !== null) best = cycle;
      if (best !== null && this.#steps > stepsToShorten) break;
      if (best === null && this.#steps > stepsToFind) return 'undecided';
    }
    return best ?? 'absent';
  }

  /** By their heads, the tails of the edges that can be anchors: those in a component of what the class allows. */
  #anchorsOf({ anchor, apart }: CycleClass, allowed: number): Map<number, number[]> {
    const { graph, transactions } = this.#knot;
    const parts = componentsOf(apart ? doubled(graph, allowed | rw) : filtered(graph, allowed | (1 << anchor)));
    const anchors = new Map<number, number[]>();
    for (let tail = 0; tail < transactions; tail++) {
      for (let at = graph.begins[tail] as number; at < (graph.begins[tail + 1] as number); at++) {
        const edge = graph.edges[at] as number;
        const head = targetOf(edge);
        const isInside = apart ? parts[2 * tail] === parts[2 * head + 1] : parts[tail] === parts[head];
        if (kindOf(edge) !== anchor || !isInside || this.#orderOf(head) < this.#orderOf(tail)) continue;
        const tails = anchors.get(head);
        if (tails === undefined) anchors.set(head, [tail]);
        else tails.push(tail);
      }
    }
    return anchors;
  }

  #orderOf(node: number): number {
    return this.#orders === null ? 0 : (this.#orders[node] as number);
  }

  /** The shortest cycle through an anchor with this head, of no more than `longest` edges; or null. */
  #from(
    head: number,
    tails: readonly number[],
    cycleClass: CycleClass,
    allowed: number,
    mark: number,
    longest: number,
  ): readonly Step[] | null {
    const { graph, transactions } = this.#knot;
    const { anchor, apart, twice } = cycleClass;
    this.#search++;
    let lowest = Number.POSITIVE_INFINITY;
    for (const tail of tails) {
      this.#tails[tail] = this.#search;
      lowest = Math.min(lowest, this.#orderOf(tail));
    }
    const wanted = (twice ? hasSecondRw : 0) | (mark === 0 ? 0 : hasMark);
    const start = head * states + (anchor === kinds.rw ? afterRw : 0);
    this.#visits[start] = this.#search;
    this.#parents[start] = -1;
    // Nodes that are no transactions are followed first: the transactions behind them are as near as they.
    let [passing, reached]: [number[], number[]] = head < transactions ? [[], [start]] : [[start], []];
    for (let length = 1; length <= longest && passing.length + reached.length > 0; length++) {
      const [laterPassing, laterReached]: [number[], number[]] = [[], []];
      for (;;) {
        const isPassing = passing.length > 0;
        const pair = isPassing ? passing.pop() : reached.pop();
        if (pair === undefined) break;
        const node = Math.floor(pair / states);
        for (let at = graph.begins[node] as number; at < (graph.begins[node + 1] as number); at++) {
          this.#steps++;
          const edge = graph.edges[at] as number;
          const kind = kindOf(edge);
          if ((allowed & (1 << kind)) === 0) continue;
          const state = after(pair % states, kind, apart, mark);
          if (state < 0) continue;
          const target = targetOf(edge);
          const next = target * states + state;
          if (this.#visits[next] === this.#search || this.#orderOf(target) < lowest) continue;
          this.#visits[next] = this.#search;
          this.#parents[next] = pair;
          this.#kinds[next] = kind;
          if (this.#tails[target] === this.#search && isClosed(state, wanted, apart)) {
            // An edge that a node passes on was counted when it entered.
            if (!isPassing && length + 1 > longest) continue;
            const cycle = this.#trace(next, anchor);
            if (cycle !== null) return cycle;
            continue;
          }
          const isNear = isPassing;
          if (target < transactions) (isNear ? reached : laterReached).push(next);
          else (isNear ? passing : laterPassing).push(next);
        }
      }
      [passing, reached] = [laterPassing, laterReached];
    }
    return null;
  }

  /** The cycle that ends with this pair and begins with the anchor from there; null where it meets a transaction twice. */
  #trace(last: number, anchor: number): readonly Step[] | null {
    const { nodes, transactions } = this.#knot;
    const tail = Math.floor(last / states);
    const path: { readonly node: number; readonly kind: number }[] = [];
    for (let pair = last; pair >= 0; pair = this.#parents[pair] as number) {
      path.push({ node: Math.floor(pair / states), kind: this.#kinds[pair] as number });
    }
    path.reverse();
    const steps: Step[] = [];
    let from = tail;
    let kind = anchor;
    path.forEach((place, at) => {
      // Through nodes that are no transactions, an edge keeps the kind by which it entered.
      if (at > 0 && place.kind !== kinds.via) kind = place.kind;
      if (place.node >= transactions) return;
      const [source, target] = [nodes[from] as number, nodes[place.node] as number];
      steps.push({ from: source, to: target, kind: kindNames[kind] as KindName });
      from = place.node;
    });
    return new Set(steps.map((step) => step.from)).size === steps.length ? steps : null;
  }
}

/** The state of a path that goes on by an edge, or -1 where it may not. */
function after(state: number, kind: number, apart: boolean, mark: number): number {
  if (kind === kinds.via) return state;
  if (kind === kinds.rw) return apart && (state & afterRw) !== 0 ? -1 : state | afterRw | hasSecondRw;
  const marked = (mark & (1 << kind)) === 0 ? state : state | hasMark;
  return marked & ~afterRw;
}

/** Whether a path that is back where the anchor begins is a cycle of the class. */
function isClosed(state: number, wanted: number, apart: boolean): boolean {
  return (state & wanted) === wanted && !(apart && (state & afterRw) !== 0);
}

/** The edges of these kinds. */
function filtered({ begins, edges }: Graph, allowed: number): Graph {
  const [sources, kept] = [new IntList(), new IntList()];
  for (let node = 0; node + 1 < begins.length; node++) {
    for (let at = begins[node] as number; at < (begins[node + 1] as number); at++) {
      const edge = edges[at] as number;
      if ((allowed & (1 << kindOf(edge))) === 0) continue;
      sources.push(node);
      kept.push(edge);
    }
  }
  return graphOf(begins.length - 1, sources.view(), kept.view());
}

/**
 * Each node twice: 2n as it is reached otherwise, 2n + 1 as it is reached by an rw edge, after which no other follows. What
 * is a component here is a closed walk without two rw edges in a row, and so, where such a walk meets itself, one of its
 * parts is a cycle of that kind.
 */
function doubled({ begins, edges }: Graph, allowed: number): Graph {
  const [sources, kept] = [new IntList(), new IntList()];
  for (let node = 0; node + 1 < begins.length; node++) {
    for (let at = begins[node] as number; at < (begins[node + 1] as number); at++) {
      const edge = edges[at] as number;
      const kind = kindOf(edge);
      const target = targetOf(edge);
      if ((allowed & (1 << kind)) === 0) continue;
      for (const isAfterRw of [0, 1]) {
        if (kind === kinds.rw && isAfterRw === 1) continue;
        const next = kind === kinds.rw ? 1 : kind === kinds.via ? isAfterRw : 0;
        sources.push(2 * node + isAfterRw);
        kept.push(edgeOf(2 * target + next, kind));
      }
    }
  }
  return graphOf(2 * (begins.length - 1), sources.view(), kept.view());
}
