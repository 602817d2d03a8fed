/**
 * `raft-chaos/checker`: judges histories, wherever they come from. A history is an array of operations, as `JsonlParser`
 * reads them from the lines of a `history.jsonl`; a checker is a pure function of it.
 */
export { ChaosError, UsageError } from '../base/errors.ts';
export { EdnHistoryParser } from '../history/edn-history.ts';
export { JsonHistoryParser } from '../history/json-history.ts';
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
export { type AvailabilityOptions, checkAvailability } from './availability.ts';
export { type Checker, composed } from './compose.ts';
export { anomalyNames } from './elle/anomalies.ts';
export { checkListAppend, checkRwRegister, type RegisterOptions } from './elle/check.ts';
export { type Boundary, boundaryOf, consistencyModelNames } from './elle/models.ts';
export type { TransactionOptions } from './elle/request.ts';
export type { RegisterOrderOptions } from './elle/version-order.ts';
export { faultsOf } from './faults.ts';
export { checkGuards } from './guards.ts';
export { independently, splitByKey } from './independent.ts';
export { type BankOptions, checkBank } from './invariants/bank.ts';
export { checkCounter } from './invariants/counter.ts';
export { checkLongFork, type LongForkOptions } from './invariants/long-fork.ts';
export { checkMonotonicReads } from './invariants/monotonic-reads.ts';
export { type Invariant, type InvariantOptions, invariants } from './invariants/named.ts';
export { checkQueue, checkTotalQueue, type QueueOptions } from './invariants/queue.ts';
export { checkSessions } from './invariants/sessions.ts';
export { checkSet } from './invariants/set.ts';
export { checkSetFull, type SetFullOptions } from './invariants/set-full.ts';
export { checkUniqueIds } from './invariants/unique-ids.ts';
export { judge } from './judge.ts';
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
export { checkLogs, crashPatterns, type LogPattern, type NodeLog } from './log-patterns.ts';
export { checkTotalOrder } from './total-order.ts';
export {
  type Anomaly,
  type CheckerResult,
  type FaultRecord,
  mergeValidity,
  type Results,
  type Validity,
} from './verdict.ts';
