import { UsageError } from '../../base/errors.ts';
import type { Operation } from '../../history/operation.ts';
import { type Pair, pairOperations } from '../../history/pairs.ts';
import { shortened, textOf } from '../linearizability/values.ts';

/** A value as the key of a Map or a Set: equal for equal values, whatever they hold. */
export type Identity = string | number | bigint | boolean | null;

export function identityOf(value: unknown): Identity {
  switch (typeof value) {
    case 'string':
    case 'number':
    case 'bigint':
    case 'boolean':
      return value;
    case 'undefined':
      return null;
    default:
      // No text that a history holds by itself begins like this.
      return value === null ? null : `\0${textOf(value)}`;
  }
}

/** A value in a sentence. */
export function shown(value: unknown): string {
  return shortened(textOf(value));
}

/** What clients did, in the order of their invocations: only operations of these names, or all where none is given. */
export function clientPairs(history: readonly Operation[], ...names: readonly string[]): Pair[] {
  return pairOperations(history).filter(
    ({ invocation: { process, f } }) => process !== 'nemesis' && (names.length === 0 || names.includes(f)),
  );
}

/** How an operation ended; one whose completion the history does not hold may have happened. */
export function outcomeOf({ completion }: Pair): 'ok' | 'fail' | 'info' {
  return completion === null || completion.type === 'invoke' ? 'info' : completion.type;
}

/** Completed, and known to have succeeded. */
export type Success = Pair & { readonly completion: Operation };

export function isOk(pair: Pair): pair is Success {
  return pair.completion?.type === 'ok';
}

export function malformed({ index }: Operation, message: string): UsageError {
  return new UsageError('bad-history', `operation ${index}: ${message}`, {
    remedy: 'docs/checkers-of-workloads.md has the shapes of the operations that each checker judges.',
  });
}

/** An integer of any size, or a fraction: sums of integers are exact. */
export type Numeric = number | bigint;

export function isNumeric(value: unknown): value is Numeric {
  return typeof value === 'bigint' || (typeof value === 'number' && Number.isFinite(value));
}

export function plus(a: Numeric, b: Numeric): Numeric {
  if (typeof a === 'number' && typeof b === 'number') {
    const sum = a + b;
    if (Number.isSafeInteger(sum) || !Number.isInteger(a) || !Number.isInteger(b)) return sum;
  } else if (!isWhole(a) || !isWhole(b)) return Number(a) + Number(b);
  const exact = BigInt(a) + BigInt(b);
  return Number.isSafeInteger(Number(exact)) ? Number(exact) : exact;
}

function isWhole(value: Numeric): boolean {
  return typeof value === 'bigint' || Number.isInteger(value);
}

/** Of none, zero. */
export function greatest(values: readonly Numeric[]): Numeric {
  let greatest = values[0] ?? 0;
  for (const value of values) if (value > greatest) greatest = value;
  return greatest;
}

export function least(values: readonly Numeric[]): Numeric {
  let least = values[0] ?? 0;
  for (const value of values) if (value < least) least = value;
  return least;
}
