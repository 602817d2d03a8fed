import type { Random } from '../base/random.ts';
import type { CheckerResult } from '../checker/verdict.ts';
import type { Cluster } from '../cluster/cluster.ts';
import type { Operation } from '../history/operation.ts';

/** What clients do to a cluster, and which checkers judge what came of it. */
export interface Workload {
  readonly name: string;
  readonly summary: string;
  start(context: WorkloadContext): WorkloadRun;
  /** The checkers of this workload, by name. */
  readonly checkers: Readonly<Record<string, (history: readonly Operation[]) => CheckerResult>>;
}

export interface WorkloadContext {
  readonly cluster: Cluster;
  readonly random: Random;
  readonly opTimeoutMs: number;
}

/** An operation that a client is about to invoke. */
export type Invocation = Pick<Operation, 'f' | 'key' | 'value'>;

/** How it ended. `fail` only where it certainly did not happen. */
export type Completion = Pick<Operation, 'value' | 'error'> & { readonly type: 'ok' | 'fail' | 'info' };

/** Invokes an operation at a node on behalf of a fresh client, records both its ends, and tells how it ended. */
export type Perform = (node: string, invocation: Invocation) => Promise<Completion>;

/** The workload of one run. */
export interface WorkloadRun {
  /** What a client of this node does next. */
  next(node: string): Invocation;
  /** Does it. Calls back once, not before it returns. */
  invoke(node: string, invocation: Invocation, done: (completion: Completion) => void): void;
  /** An operation that succeeds at this node only if the whole system works again. */
  probe(node: string): Invocation;
  /**
   * The reads after which no promise is open any more, made when every node has answered a probe. Returns by `deadlineNs`
   * of the cluster's clock, whatever the nodes answer.
   */
  finalReads(perform: Perform, deadlineNs: number): Promise<void>;
}
