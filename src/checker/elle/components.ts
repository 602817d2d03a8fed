import { type Graph, targetOf } from './graph.ts';

/**
 * The strongly connected component of each node, as a number (Tarjan 1972). Iterative, as a component may be deeper than
 * the stack.
 */
export function componentsOf({ begins, edges }: Graph): Int32Array {
  const count = begins.length - 1;
  const components = new Int32Array(count).fill(-1);
  const orders = new Int32Array(count);
  const lows = new Int32Array(count);
  const next = begins.slice();
  const open = new Int32Array(count);
  const path = new Int32Array(count);
  let order = 0;
  let opened = 0;
  let depth = 0;
  let component = 0;
  const visit = (node: number): void => {
    order++;
    orders[node] = order;
    lows[node] = order;
    open[opened++] = node;
    path[depth++] = node;
  };
  for (let root = 0; root < count; root++) {
    if (orders[root] !== 0) continue;
    visit(root);
    while (depth > 0) {
      const node = path[depth - 1] as number;
      const at = next[node] as number;
      if (at < (begins[node + 1] as number)) {
        next[node] = at + 1;
        const target = targetOf(edges[at] as number);
        if (orders[target] === 0) visit(target);
        else if (components[target] === -1) lows[node] = Math.min(lows[node] as number, orders[target] as number);
        continue;
      }
      depth--;
      if (lows[node] === orders[node]) {
        let member: number;
        do {
          member = open[--opened] as number;
          components[member] = component;
        } while (member !== node);
        component++;
      }
      const parent = depth > 0 ? (path[depth - 1] as number) : -1;
      if (parent >= 0) lows[parent] = Math.min(lows[parent] as number, lows[node] as number);
    }
  }
  return components;
}

/**
 * The nodes, ascending, of each component that holds at least two transactions (which are the first nodes); in the order
 * of their first.
 */
export function knots(components: Int32Array, transactions: number): Int32Array[] {
  const counts = new Int32Array(components.length);
  const sizes = new Int32Array(components.length);
  components.forEach((component, node) => {
    sizes[component] = (sizes[component] as number) + 1;
    if (node < transactions) counts[component] = (counts[component] as number) + 1;
  });
  const found = new Map<number, Int32Array>();
  const filled = new Int32Array(components.length);
  components.forEach((component, node) => {
    if ((counts[component] as number) < 2) return;
    let nodes = found.get(component);
    if (nodes === undefined) {
      nodes = new Int32Array(sizes[component] as number);
      found.set(component, nodes);
    }
    const at = filled[component] as number;
    nodes[at] = node;
    filled[component] = at + 1;
  });
  return [...found.values()];
}
