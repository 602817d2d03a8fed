import type { Analysis } from './analysis.ts';
import { withImplied } from './anomalies.ts';
import { componentsOf, knots } from './components.ts';
import { cycleClasses, scoped } from './cycle-classes.ts';
import { CycleSearch, type Step } from './cycle-search.ts';
import { GraphBuilder } from './graph.ts';
import { Cutter } from './knot.ts';
import type { Request } from './request.ts';
import { addProcessOrder, addRealtimeOrder } from './time-order.ts';

export interface Cycle {
  readonly kind: string;
  readonly steps: readonly Step[];
  /** How many transactions its component holds. */
  readonly component: number;
}

export interface Cycles {
  readonly found: readonly Cycle[];
  /** Kinds that could not be ruled out for some component, as the search would have been too long. */
  readonly undecided: ReadonlySet<string>;
  /** Edges that the data makes. */
  readonly dependencies: number;
  /** Components with more than one transaction, and the transactions of the largest. */
  readonly components: number;
  readonly largest: number;
}

/** For each component of the dependency graph a shortest cycle of each kind that no worse one implies. */
export function findCycles(analysis: Analysis, { scopes, forbidden }: Pick<Request, 'scopes' | 'forbidden'>): Cycles {
  const { transactions } = analysis;
  const builder = new GraphBuilder(transactions.count, 2 * transactions.owners.length + 3 * transactions.count);
  analysis.addDependencies(builder);
  const dependencies = builder.edgeCount;
  if (scopes.includes('process')) addProcessOrder(transactions, builder);
  if (scopes.includes('realtime')) addRealtimeOrder(transactions, builder);
  const graph = builder.build();
  const components = componentsOf(graph);
  const cutter = new Cutter(graph, components, transactions.count, areAlone(forbidden));
  const found: Cycle[] = [];
  const undecided = new Set<string>();
  const tangles = knots(components, transactions.count);
  let largest = 0;
  for (const nodes of tangles) {
    const knot = cutter.cut(nodes);
    largest = Math.max(largest, knot.transactions);
    const search = new CycleSearch(knot);
    let known = new Set<string>();
    for (const scope of scopes) {
      for (const cycleClass of cycleClasses) {
        const kind = scoped(cycleClass.name, scope);
        if (known.has(kind)) continue;
        const cycle = search.find(cycleClass, scope);
        if (cycle === 'undecided') undecided.add(kind);
        if (cycle === 'undecided' || cycle === 'absent') continue;
        found.push({ kind, steps: cycle, component: knot.transactions });
        known = withImplied([...known, kind]);
      }
    }
  }
  return { found, undecided, dependencies, components: tangles.length, largest };
}

/** Whether cycles with rw edges make a history invalid, and those without, which are worse, do not; in no model is it so. */
function areAlone(forbidden: ReadonlySet<string>): boolean {
  return forbidden.has('G-single') && !forbidden.has('G1c');
}
