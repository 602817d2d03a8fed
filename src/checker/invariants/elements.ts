import type { Operation } from '../../history/operation.ts';
import { clientPairs, type Identity, identityOf, malformed, outcomeOf, type Success } from './values.ts';

/** What is known of an element that somebody meant to add, by all its adds. Indices tell the order of time. */
export interface Attempt {
  readonly element: unknown;
  /** Its first add began. */
  readonly invoked: number;
  /** The completion that told first that it is there; null where none did. */
  readonly acknowledged: number | null;
  readonly acknowledgedTime: number | undefined;
  /** The completion of an add that failed; null where none did. */
  readonly failed: number | null;
  /** No add of it may have happened: all failed. */
  readonly impossible: boolean;
}

/** Maelstrom's broadcast is a set, too: it has `broadcast` for `add`. */
export const setFunctions: readonly string[] = ['add', 'broadcast', 'read'];

/** All elements that somebody meant to add, in the order of their first adds. */
export function attemptsOf(history: readonly Operation[]): Map<Identity, Attempt> {
  const attempts = new Map<Identity, Attempt>();
  for (const pair of clientPairs(history, 'add', 'broadcast')) {
    const { invocation, completion } = pair;
    const outcome = outcomeOf(pair);
    const id = identityOf(invocation.value);
    const known = attempts.get(id);
    const isFirst =
      outcome === 'ok' &&
      completion !== null &&
      (known === undefined || known.acknowledged === null || completion.index < known.acknowledged);
    attempts.set(id, {
      element: invocation.value,
      invoked: known?.invoked ?? invocation.index,
      acknowledged: isFirst ? completion.index : (known?.acknowledged ?? null),
      acknowledgedTime: isFirst ? completion.time : known?.acknowledgedTime,
      failed: outcome === 'fail' ? (completion?.index ?? null) : (known?.failed ?? null),
      impossible: outcome === 'fail' && (known?.impossible ?? true),
    });
  }
  return attempts;
}

/** Whether the element may be there when the read ends. */
export function isPossible(attempt: Attempt | undefined, { completion }: Success): boolean {
  if (attempt === undefined || attempt.invoked > completion.index) return false;
  return !attempt.impossible;
}

/** The elements of an answer. Nil is what some systems answer when there are none. */
export function collectionOf(completion: Operation): readonly unknown[] {
  const { value } = completion;
  if (Array.isArray(value)) return value;
  if (value === null || value === undefined) return [];
  throw malformed(completion, 'a read of a set has the list of its elements for its value');
}
