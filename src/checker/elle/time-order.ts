import { type GraphBuilder, kinds } from './graph.ts';
import { outcomes, type Transactions } from './transactions.ts';
import { none } from './versions.ts';

/**
 * A realtime edge from each committed transaction to each that was invoked after it had completed. What has no invocation
 * may have begun at any time, and what may still happen never ends.
 */
export function addRealtimeOrder(transactions: Transactions, graph: GraphBuilder): void {
  const line = new TimeLine(graph, kinds.realtime);
  forEachEvent(transactions, (transaction, isBegin) => {
    if (isBegin) line.begin(transaction);
    else line.end(transaction);
  });
}

/** A process edge from each committed transaction to each that the same process began after it had completed. */
export function addProcessOrder(transactions: Transactions, graph: GraphBuilder): void {
  const lines = transactions.processNames.map(() => new TimeLine(graph, kinds.process));
  forEachEvent(transactions, (transaction, isBegin) => {
    const line = lines[transactions.processes[transaction] as number] as TimeLine;
    // A process does one thing after another, so that a completion alone has its place, too.
    if (isBegin || transactions.invocations[transaction] === none) line.begin(transaction);
    if (!isBegin) line.end(transaction);
  });
}

/**
 * An order in time by a number of edges that is linear in its events: what has completed leads to the node of that moment,
 * each moment to the next, and a moment to what begins then.
 */
class TimeLine {
  readonly #graph: GraphBuilder;
  readonly #kind: number;
  #moment: number = none;
  #hasLed = false;

  constructor(graph: GraphBuilder, kind: number) {
    this.#graph = graph;
    this.#kind = kind;
  }

  begin(transaction: number): void {
    if (this.#moment === none) return;
    this.#graph.add(this.#moment, transaction, kinds.via);
    this.#hasLed = true;
  }

  end(transaction: number): void {
    if (this.#moment === none || this.#hasLed) {
      const next = this.#graph.addNode();
      if (this.#moment !== none) this.#graph.add(this.#moment, next, kinds.via);
      this.#moment = next;
      this.#hasLed = false;
    }
    this.#graph.add(transaction, this.#moment, this.#kind);
  }
}

/** The invocations of what may have happened, and the completions of what has, in their order. */
function forEachEvent(transactions: Transactions, take: (transaction: number, isBegin: boolean) => void): void {
  const { atPlace, invocations } = transactions;
  for (let place = 0; place < atPlace.length; place++) {
    const transaction = atPlace[place] as number;
    if (transaction === none || transactions.outcomes[transaction] === outcomes.fail) continue;
    const isBegin = invocations[transaction] === place;
    if (isBegin || transactions.outcomes[transaction] === outcomes.ok) take(transaction, isBegin);
  }
}
