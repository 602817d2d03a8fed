import { type GraphBuilder, kinds } from './graph.ts';
import { outcomes, type Transactions } from './transactions.ts';
import { none } from './versions.ts';

/**
 * A realtime edge from each committed transaction to each that was invoked after it had completed, by a number of edges
 * that is linear in the history: those completed lead to the node of that moment, each moment to the next, and a moment to
 * what was invoked then. What has no invocation may have begun at any time, and what may still happen never ends.
 */
export function addRealtimeOrder(transactions: Transactions, graph: GraphBuilder): void {
  const { atPlace } = transactions;
  let moment: number = none;
  let hasLeft = false;
  for (let place = 0; place < atPlace.length; place++) {
    const transaction = atPlace[place] as number;
    if (transaction === none || transactions.outcomes[transaction] === outcomes.fail) continue;
    if (transactions.invocations[transaction] === place) {
      if (moment !== none) graph.add(moment, transaction, kinds.via);
      hasLeft = true;
    } else if (transactions.outcomes[transaction] === outcomes.ok) {
      if (moment === none || hasLeft) {
        const next = graph.addNode();
        if (moment !== none) graph.add(moment, next, kinds.via);
        moment = next;
        hasLeft = false;
      }
      graph.add(transaction, moment, kinds.realtime);
    }
  }
}

/** A process edge from each committed transaction to the one that its process began next and that did not fail. */
export function addProcessOrder(transactions: Transactions, graph: GraphBuilder): void {
  const { atPlace, processes } = transactions;
  const last = new Map<number, number>();
  for (let place = 0; place < atPlace.length; place++) {
    const transaction = atPlace[place] as number;
    if (transaction === none || transactions.outcomes[transaction] === outcomes.fail) continue;
    const process = processes[transaction] as number;
    const invoked = transactions.invocations[transaction];
    if (invoked === place || invoked === none) {
      const before = last.get(process);
      if (before !== undefined) graph.add(before, transaction, kinds.process);
    }
    const isCommitted = transactions.outcomes[transaction] === outcomes.ok;
    if (isCommitted && transactions.completions[transaction] === place) last.set(process, transaction);
  }
}
