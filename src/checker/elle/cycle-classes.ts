import { kinds } from './graph.ts';

/** What may close a cycle beside the data: nothing, the order within each process, or the order in time. */
export const scopes = ['data', 'process', 'realtime'] as const;

export type Scope = (typeof scopes)[number];

/** The kinds of cycles (Adya 1999), from the worst. Each has at least one edge of the kind `anchor`. */
export interface CycleClass {
  readonly name: string;
  readonly anchor: number;
  /** Kinds of edges, as bits; rw for all but the anchor where it is one. */
  readonly allowed: number;
  /** Whether it has at least two rw edges. */
  readonly twice: boolean;
  /** Whether no two of its rw edges follow each other. */
  readonly apart: boolean;
}

const ww = 1 << kinds.ww;
const wr = 1 << kinds.wr;
const rw = 1 << kinds.rw;

export const cycleClasses: readonly CycleClass[] = [
  { name: 'G0', anchor: kinds.ww, allowed: ww, twice: false, apart: false },
  { name: 'G1c', anchor: kinds.wr, allowed: ww | wr, twice: false, apart: false },
  { name: 'G-single', anchor: kinds.rw, allowed: ww | wr, twice: false, apart: true },
  { name: 'G-nonadjacent', anchor: kinds.rw, allowed: ww | wr | rw, twice: true, apart: true },
  { name: 'G2-item', anchor: kinds.rw, allowed: ww | wr | rw, twice: true, apart: false },
];

/** The kinds of edges that a scope adds, as bits. */
export const scopeEdges: Readonly<Record<Scope, number>> = {
  data: 0,
  process: 1 << kinds.process,
  realtime: (1 << kinds.process) | (1 << kinds.realtime),
};

/** The kind of which a cycle of the scope has at least one edge, as a bit. */
export const scopeMark: Readonly<Record<Scope, number>> = {
  data: 0,
  process: 1 << kinds.process,
  realtime: 1 << kinds.realtime,
};

export function scoped(name: string, scope: Scope): string {
  return scope === 'data' ? name : `${name}-${scope}`;
}
