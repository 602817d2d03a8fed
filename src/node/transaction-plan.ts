import type { MicroOperation } from './commands.ts';
import type { ListStore } from './list-store.ts';

/**
 * How a transaction is carried out. Either its reads are answered once this node has everything that was committed when it was
 * asked; or changes are replicated, one after the other, and the answer is made of what their parts have found.
 */
export type TransactionPlan =
  | { readonly kind: 'read' }
  | {
      readonly kind: 'change';
      readonly changes: readonly (readonly MicroOperation[])[];
      answer(found: readonly MicroOperation[]): readonly MicroOperation[];
    };

/** Makes the plan of a transaction; `lists` are as they are here, now. Another one than `planned` only to plant a bug. */
export type TransactionPlanner = (operations: readonly MicroOperation[], lists: ListStore) => TransactionPlan;

/** Whatever appends goes through the log, whole, and so is strictly serializable; what only reads need not. */
export const planned: TransactionPlanner = (operations) =>
  operations.every(([f]) => f === 'r')
    ? { kind: 'read' }
    : { kind: 'change', changes: [operations], answer: (found) => found };
