import type { Answer, Delivery, State } from '../../raft/protocol/types.ts';
import { sameBytes } from './entries.ts';

/**
 * What a node has handed to its application since it started. Of a core that is right both are told by the commit index, so
 * they make no states of their own.
 */
export interface Delivered {
  /** How many messages. */
  readonly delivered: number;
  /** The first thing that was wrong with them, in words. */
  readonly misdelivered: string | null;
}

export const nothingDelivered: Delivered = { delivered: 0, misdelivered: null };

/** Messages come with positions 1, 2, 3 and so on after each start, and each is what is committed there. */
export function afterDelivering(so: Delivered, deliveries: readonly Delivery[], state: State): Delivered {
  return deliveries.reduce(
    ({ delivered, misdelivered }, delivery) => ({
      delivered: delivered + 1,
      misdelivered: misdelivered ?? wrongIn(delivery, delivered + 1, state),
    }),
    so,
  );
}

function wrongIn({ index, position, payload }: Delivery, expected: number, { commitIndex, log }: State): string | null {
  if (position !== expected) return `delivers position ${position} where ${expected} is next`;
  if (index < 1 || index > Math.min(commitIndex, log.last)) return `delivers entry ${index}, which is not committed`;
  const entry = log.get(index);
  const same = entry.kind === 'message' && entry.position === position && sameBytes(entry.payload, payload);
  return same ? null : `delivers something else than entry ${index}`;
}

/** What is committed is delivered at once. */
export function afterStep(so: Delivered, { commitIndex, log }: State): Delivered {
  if (so.misdelivered !== null) return so;
  const last = Math.min(commitIndex, log.last);
  const committed = last === 0 ? 0 : log.get(last).position;
  if (so.delivered === committed) return so;
  return { ...so, misdelivered: `has committed ${committed} messages and delivered ${so.delivered}` };
}

/** Who is told of a position finds it delivered on the node that says so. */
export function afterAnswering(so: Delivered, answer: Answer): Delivered {
  if (so.misdelivered !== null || !answer.ok || answer.position <= so.delivered) return so;
  return { ...so, misdelivered: `answers with position ${answer.position} before it is delivered` };
}
