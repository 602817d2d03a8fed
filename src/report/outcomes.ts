import { assert } from '../base/assert.ts';
import type { Operation } from '../history/operation.ts';
import { pairOperations } from '../history/pairs.ts';

/** How an operation ended; `open` where the history holds no completion. */
export type Outcome = 'ok' | 'fail' | 'info' | 'open';

/** A client's invocation with its completion, and what the report tells of them. */
export interface ClientOperation {
  readonly invocation: Operation;
  readonly completion: Operation | null;
  readonly outcome: Outcome;
  /** Nanoseconds from the invocation to the completion; null where either has no time. */
  readonly latencyNs: number | null;
}

/** The clients' operations in the order of their invocations; the nemesis' are left out. */
export function clientOperations(history: readonly Operation[]): ClientOperation[] {
  return pairOperations(history)
    .filter(({ invocation }) => invocation.process !== 'nemesis')
    .map(({ invocation, completion }) => {
      const latencyNs = completion === null ? null : elapsed(invocation, completion);
      return { invocation, completion, outcome: outcomeOf(completion), latencyNs };
    });
}

function outcomeOf(completion: Operation | null): Outcome {
  if (completion === null) return 'open';
  assert(completion.type !== 'invoke', 'an invocation completes nothing');
  return completion.type;
}

function elapsed(invocation: Operation, completion: Operation): number | null {
  if (invocation.time === undefined || completion.time === undefined) return null;
  return Math.max(0, completion.time - invocation.time);
}
