/**
 * `raft-chaos/checker`: judges histories, wherever they come from. A history is an array of operations, as `JsonlParser`
 * reads them from the lines of a `history.jsonl`; a checker is a pure function of it.
 */
export { ChaosError, UsageError } from '../base/errors.ts';
export { EdnHistoryParser } from '../history/edn-history.ts';
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
export { PorcupineLogParser } from '../history/porcupine.ts';
export { faultsOf } from './faults.ts';
export { checkGuards } from './guards.ts';
export { type Checker, judge } from './judge.ts';
export { checkLinearizability, type LinearizabilityOptions } from './linearizability/check.ts';
export { decide } from './linearizability/decide.ts';
export { type Done, defineModel, type ModelDefinition } from './linearizability/define.ts';
export {
  BadOperation,
  type Call,
  type Decision,
  type Description,
  defaultSemantics,
  type Effect,
  type Item,
  type Model,
  type Problem,
  type Reduced,
  type Semantics,
} from './linearizability/model.ts';
export { type AnyModel, anyModel, modelNamed, models } from './linearizability/models.ts';
export { checkRegister } from './linearizability/register.ts';
export { type Budget, type SearchResult, search } from './linearizability/search.ts';
export { linearizationFault } from './linearizability/verify.ts';
export { findWitness, type Witness } from './linearizability/witness.ts';
export { checkTotalOrder } from './total-order.ts';
export {
  type Anomaly,
  type CheckerResult,
  type FaultRecord,
  mergeValidity,
  type Results,
  type Validity,
} from './verdict.ts';
