import type { Operation } from './operation.ts';
import { type Pair, pairOperations } from './pairs.ts';

/**
 * Jepsen's `independent` workloads put the key into the value: `[k v]` for `v`. Where every client of a history does so,
 * key and value are told apart. The value of a read's invocation is nil otherwise, and that of a cas a pair of values, not
 * of a key and a pair; a history that has neither reads nor anything but pairs is taken to have keys. What succeeded repeats
 * its key: where an answer is no pair, or one with another key, the values are what they seem to be.
 */
export function splitIndependentKeys(operations: readonly Operation[]): readonly Operation[] {
  const pairs = pairOperations(operations).filter(({ invocation }) => invocation.process !== 'nemesis');
  if (!pairs.every(isPairIndependent)) return operations;
  const split = [...operations];
  for (const { invocation, completion } of pairs) {
    const [key, value] = invocation.value as Tuple;
    split[invocation.index] = { ...invocation, key, value };
    if (completion !== null) split[completion.index] = completed(completion, key);
  }
  return split;
}

type Tuple = readonly [key: string | number, value: unknown];

/** Whether a client's invocation may be of that kind. Most histories have no keys, and show that by their first. */
export function mayHaveKeys({ f, key, value }: Operation): boolean {
  if (key !== undefined || !isTuple(value)) return false;
  return f !== 'cas' || (Array.isArray(value[1]) && value[1].length === 2);
}

function isPairIndependent({ invocation, completion }: Pair): boolean {
  if (!mayHaveKeys(invocation)) return false;
  if (completion?.type !== 'ok' || completion.value === undefined || completion.value === null) return true;
  return isTuple(completion.value) && completion.value[0] === (invocation.value as Tuple)[0];
}

function isTuple(value: unknown): value is Tuple {
  return Array.isArray(value) && value.length === 2 && (typeof value[0] === 'string' || typeof value[0] === 'number');
}

function completed(completion: Operation, key: string | number): Operation {
  const { value } = completion;
  return { ...completion, key, ...(isTuple(value) && value[0] === key ? { value: value[1] } : {}) };
}
