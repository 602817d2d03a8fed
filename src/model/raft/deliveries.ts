import type { SnapshotMeta } from '../../raft/protocol/entries.ts';
import type { Delivery } from '../../raft/protocol/events.ts';
import type { Answer } from '../../raft/protocol/messages.ts';
import type { State } from '../../raft/protocol/state.ts';
import { messagesIn, type StoredSnapshot } from './disk.ts';
import { sameBytes } from './entries.ts';

/**
 * What a node has handed to its application since it started. Of a core that is right both are told by the commit index, so
 * they make no states of their own.
 */
export interface Delivered {
  /** What the application makes of it: the list of the messages, by number. */
  readonly delivered: readonly number[];
  /** The first thing that was wrong with them, in words. */
  readonly misdelivered: string | null;
}

export const nothingDelivered: Delivered = { delivered: [], misdelivered: null };

/** Messages come with positions one after the other, and each is what is committed there. */
export function afterDelivering(so: Delivered, deliveries: readonly Delivery[], state: State): Delivered {
  return deliveries.reduce(
    ({ delivered, misdelivered }, delivery) => ({
      delivered: [...delivered, numberOf(delivery.payload)],
      misdelivered: misdelivered ?? wrongIn(delivery, delivered.length + 1, state),
    }),
    so,
  );
}

/** The payload of a message is its number. */
export function numberOf(payload: Uint8Array): number {
  return payload[0] ?? 0;
}

function wrongIn({ index, position, payload }: Delivery, expected: number, { commitIndex, log }: State): string | null {
  if (position !== expected) return `delivers position ${position} where ${expected} is next`;
  if (index < log.first || index > Math.min(commitIndex, log.last)) {
    return `delivers entry ${index}, which is not committed`;
  }
  const entry = log.get(index);
  const same = entry.kind === 'message' && sameBytes(entry.payload, payload);
  return same ? null : `delivers something else than entry ${index}`;
}

/** A snapshot takes the place of what was delivered, and is no older. */
export function afterRestoring(so: Delivered, { position }: SnapshotMeta, stored: StoredSnapshot | null): Delivered {
  if (stored === null) return { ...so, misdelivered: so.misdelivered ?? 'restores a snapshot that it does not have' };
  const goesBack = position < so.delivered.length;
  const wrong = goesBack ? `goes back from position ${so.delivered.length} to ${position}` : null;
  return { delivered: messagesIn(stored.data), misdelivered: so.misdelivered ?? wrong };
}

/** What is committed is delivered at once. */
export function afterStep(so: Delivered, { applied }: State): Delivered {
  if (so.misdelivered !== null || so.delivered.length === applied.position) return so;
  return { ...so, misdelivered: `has committed ${applied.position} messages and delivered ${so.delivered.length}` };
}

/** Who is told of a position finds it delivered on the node that says so. */
export function afterAnswering(so: Delivered, answer: Answer): Delivered {
  if (so.misdelivered !== null || !answer.ok || answer.position <= so.delivered.length) return so;
  return { ...so, misdelivered: `answers with position ${answer.position} before it is delivered` };
}
