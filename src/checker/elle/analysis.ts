import type { Anomaly } from '../verdict.ts';
import type { GraphBuilder, KindName } from './graph.ts';
import { outcomes, type Transactions } from './transactions.ts';
import { none } from './versions.ts';

/** Takes an anomaly; `describe` is called only where it is listed. */
export type Report = (kind: string, describe: () => Omit<Anomaly, 'kind'>) => void;

/** What a workload's history shows. */
export interface Analysis {
  readonly transactions: Transactions;
  /** Reports what is wrong without any cycle. */
  report(report: Report): void;
  /** Reports what sessions did not see as they should; null where nothing is known of that. */
  readonly reportSessions: ((report: Report) => void) | null;
  /** Adds the ww, wr and rw edges. */
  addDependencies(graph: GraphBuilder): void;
  /** Why the second depends on the first in this way, as a clause; null where it does not. */
  reason(from: number, to: number, kind: 'ww' | 'wr' | 'rw'): string | null;
  /** What could not be judged, a sentence each. */
  unjudged(): string[];
  /** What little is known of the order of versions, as a clause, where that matters for what was not found; or null. */
  readonly proviso: string | null;
  readonly stats: Readonly<Record<string, unknown>>;
}

/** The number that people find a transaction by: of its completion, or its invocation where it has none. */
export function numberOf(transactions: Transactions, transaction: number): number {
  const { completions, invocations, indices } = transactions;
  const completed = completions[transaction] as number;
  return indices[completed === none ? (invocations[transaction] as number) : completed] as number;
}

/** `T12`, by that number. */
export function nameOf(transactions: Transactions, transaction: number): string {
  return `T${numberOf(transactions, transaction)}`;
}

/** The indices of the operations of these transactions, ascending. */
export function operationsOf({ invocations, completions, indices }: Transactions, of: readonly number[]): number[] {
  const places = of.flatMap((transaction) => [invocations[transaction] as number, completions[transaction] as number]);
  const operations = places.filter((place) => place !== none).map((place) => indices[place] as number);
  return [...new Set(operations)].sort((a, b) => a - b);
}

/** The transaction that wrote a version and is not known to have failed, or none. */
export function writerOf({ versions, owners }: Transactions, version: number): number {
  const micro = versions.writers.at(version);
  return micro === none ? none : (owners[micro] as number);
}

export function isCommitted(transactions: Transactions, transaction: number): boolean {
  return transactions.outcomes[transaction] === outcomes.ok;
}

/** Why one transaction comes before another in time. */
export function reasonOfTime(transactions: Transactions, from: number, to: number, kind: KindName): string {
  const { indices, processes, processNames, completions, invocations } = transactions;
  const [first, second] = [nameOf(transactions, from), nameOf(transactions, to)];
  const process = processNames[processes[from] as number];
  if (kind === 'process') return `process ${process} had completed ${first} before it began ${second}`;
  const [completed, invoked] = [indices[completions[from] as number], indices[invocations[to] as number]];
  const by = processes[from] === processes[to] ? `, both by process ${process}` : '';
  return `${first} had completed (operation ${completed}) before ${second} began (operation ${invoked})${by}`;
}
