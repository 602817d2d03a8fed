import type { BugDescription } from './bug-description.ts';
import type { TransactionPlanner } from './transaction-plan.ts';

/** A bug of how a node carries transactions out. */
export interface TransactionBug extends BugDescription {
  readonly of: 'transactions';
  readonly plan: TransactionPlanner;
}

/**
 * Transactions read from a snapshot, the node's state when they begin, and only what they append goes through the log: as
 * under snapshot isolation without its check for conflicts. Others append meanwhile to what they have read.
 */
const snapshotReads: TransactionBug = {
  name: 'snapshot-reads',
  summary:
    'transactions read what their node has when they begin, and are appended without a look at what came between',
  of: 'transactions',
  workload: 'append',
  nemeses: ['partition'],
  plan: (operations, lists) => {
    const found = lists.preview(operations);
    const appends = operations.filter(([f]) => f === 'append');
    return { kind: 'change', changes: appends.length === 0 ? [] : [appends], answer: () => found };
  },
};

/** A transaction of several parts becomes two entries of the log: others come between, and see half of it. */
const halfApplied: TransactionBug = {
  name: 'half-applied',
  summary: 'a transaction is applied in two parts, so that others see its first without its second',
  of: 'transactions',
  workload: 'append',
  nemeses: ['partition'],
  plan: (operations) => {
    const half = Math.ceil(operations.length / 2);
    const changes = [operations.slice(0, half), operations.slice(half)].filter((part) => part.length > 0);
    return { kind: 'change', changes, answer: (found) => found };
  },
};

export const transactionBugs: readonly TransactionBug[] = [snapshotReads, halfApplied];
