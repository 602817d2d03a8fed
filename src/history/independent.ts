import type { Operation } from './operation.ts';
import { pairOperations } from './pairs.ts';

/**
 * Jepsen's `independent` workloads put the key into the value: `[k v]` for `v`. Where every client of a history does so,
 * key and value are told apart. The value of a read's invocation is nil otherwise, and that of a cas a pair of values, not
 * of a key and a pair; a history that has neither reads nor anything but pairs is taken to have keys.
 */
export function splitIndependentKeys(operations: readonly Operation[]): readonly Operation[] {
  const invocations = operations.filter(({ process, type }) => process !== 'nemesis' && type === 'invoke');
  if (invocations.length === 0 || !invocations.every(isIndependent)) return operations;
  const split = [...operations];
  for (const { invocation, completion } of pairOperations(operations)) {
    if (invocation.process === 'nemesis') continue;
    const [key, value] = invocation.value as Tuple;
    split[invocation.index] = { ...invocation, key, value };
    if (completion !== null) split[completion.index] = completed(completion, key);
  }
  return split;
}

type Tuple = readonly [key: string | number, value: unknown];

function isIndependent({ f, key, value }: Operation): boolean {
  if (key !== undefined || !isTuple(value)) return false;
  return f !== 'cas' || (Array.isArray(value[1]) && value[1].length === 2);
}

function isTuple(value: unknown): value is Tuple {
  return Array.isArray(value) && value.length === 2 && (typeof value[0] === 'string' || typeof value[0] === 'number');
}

function completed(completion: Operation, key: string | number): Operation {
  const { value } = completion;
  return { ...completion, key, ...(isTuple(value) && value[0] === key ? { value: value[1] } : {}) };
}
