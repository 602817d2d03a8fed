/**
 * The history of a run: one operation a line in `history.jsonl`. The names are Jepsen's: an invocation has type `invoke`,
 * its completion `ok`, `fail` (certainly did not happen) or `info` (may have happened, now or later).
 */
export type OperationType = 'invoke' | 'ok' | 'fail' | 'info';

export interface OperationError {
  /** Stable, for programs: `timeout`, `no-leader`, ... */
  readonly code: string;
  readonly message: string;
}

export interface Operation {
  /** Dense from 0. */
  readonly index: number;
  /** Nanoseconds since the run began; missing in some files from elsewhere. */
  readonly time?: number;
  readonly type: OperationType;
  /** A client process, or the nemesis, whose invocations are completed by `info`. */
  readonly process: number | 'nemesis';
  /** The workload's own: `broadcast`, `deliveries`, `read`, `start-partition`, ... */
  readonly f: string;
  readonly key?: string | number;
  readonly value?: unknown;
  readonly error?: OperationError;
  /** The node that was asked. */
  readonly node?: string;
}

/** An operation before the history has given it its index and time. */
export type NewOperation = Omit<Operation, 'index' | 'time'>;

/** What a node delivered from position `from` on, in its order. */
export interface DeliveriesValue {
  readonly node: string;
  /** How often the node had been started when it answered, from 1. */
  readonly boot: number;
  readonly from: number;
  readonly messages: readonly string[];
  /** Where a snapshot took the place of deliveries: the last position that it covers. */
  readonly snapshot?: number;
}

/** The value of an ok broadcast. */
export interface BroadcastValue {
  readonly message: string;
  /** Dense from 1 over application messages, equal on all nodes. */
  readonly position: number;
}
