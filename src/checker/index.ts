/**
 * `raft-chaos/checker`: judges histories, wherever they come from. A history is an array of operations, as `JsonlParser`
 * reads them from the lines of a `history.jsonl`; a checker is a pure function of it.
 */
export { ChaosError, UsageError } from '../base/errors.ts';
export { JsonlParser, type ReadHistory } from '../history/jsonl.ts';
export type {
  BroadcastValue,
  DeliveriesValue,
  NewOperation,
  Operation,
  OperationError,
  OperationType,
} from '../history/operation.ts';
export { type Pair, pairOperations } from '../history/pairs.ts';
export { faultsOf } from './faults.ts';
export { checkGuards } from './guards.ts';
export { type Checker, judge } from './judge.ts';
export { checkTotalOrder } from './total-order.ts';
export {
  type Anomaly,
  type CheckerResult,
  type FaultRecord,
  mergeValidity,
  type Results,
  type Validity,
} from './verdict.ts';
