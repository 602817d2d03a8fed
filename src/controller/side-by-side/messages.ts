import type { MessagePort } from 'node:worker_threads';
import type { Semantics } from '../../checker/linearizability/model.ts';
import type { CheckerResult } from '../../checker/verdict.ts';
import type { Operation } from '../../history/operation.ts';

/** What a thread is to go by. */
export interface ThreadData {
  readonly model: string;
  readonly semantics: Semantics;
  readonly memoryBytes: number;
  readonly heapBytes: number;
  /** Tasks come and results go here. */
  readonly port: MessagePort;
  /** What happened so far, see `Place`: whoever waits is woken by a change of `done`, and sees by the others who lives. */
  readonly shared: SharedArrayBuffer;
  /** Where in it this thread says that it lives. */
  readonly place: number;
}

/** A history of one key; `number` comes back with the result. */
export interface Task {
  readonly number: number;
  readonly history: readonly Operation[];
}

export interface Reply {
  readonly number: number;
  readonly result: CheckerResult;
}

/** Places in the shared numbers; after them one for each thread. */
export const places = { done: 0, timeUp: 1, threads: 2 } as const;
