import { citing, type Findings } from '../findings.ts';
import { isPremature, type Log } from './log.ts';
import type { Observations, Read } from './observations.ts';

/** A moment from which on a position is known to be taken. */
export interface Claim {
  /** Index of the operation that shows it. */
  readonly completed: number;
  readonly position: number;
  readonly message: string;
  /** The node that delivered it, or null where an acknowledgement says it. */
  readonly deliveredBy: string | null;
}

/**
 * All claims, in the order of time. Of a read only its last message, which claims the highest position; positions over
 * which nodes disagree are passed over, because a node whose log has split from the others' says nothing of theirs.
 */
export function claimsOf({ acks, reads, messages }: Observations, { contested }: Log): Claim[] {
  const claims: Claim[] = acks.map((ack) => ({ ...ack, deliveredBy: null }));
  for (const { completed, from, end, ids, node } of reads) {
    let position = end;
    while (position >= from && contested.has(position)) position--;
    if (position < from) continue;
    claims.push({
      completed,
      position,
      message: messages[ids[position - from] as number] as string,
      deliveredBy: node,
    });
  }
  return claims.sort((a, b) => a.completed - b.completed);
}

/**
 * What was acknowledged or seen delivered before another broadcast began stands before it (`realtime`). A message stands
 * where it was acknowledged, and wherever it was delivered and no node disagrees.
 */
export function judgeRealtime(observations: Observations, log: Log, findings: Findings): void {
  const claims = claimsOf(observations, log);
  const places = lowestPlaces(observations, log);
  let highest: Claim | undefined;
  let passed = 0;
  for (const { id, message, invoked } of observations.broadcasts) {
    for (; (claims[passed]?.completed ?? Number.POSITIVE_INFINITY) < invoked; passed++) {
      const claim = claims[passed] as Claim;
      if (highest === undefined || claim.position > highest.position) highest = claim;
    }
    // A message that was delivered before it was broadcast has been found to be a phantom: its position says no more.
    if (highest === undefined || isPremature(observations, log, id)) continue;
    const before = highest;
    const got = places[id];
    if (got === undefined || got.position > before.position) continue;
    const earlier =
      before.deliveredBy === null
        ? `${JSON.stringify(before.message)} had been acknowledged at position ${before.position} (operation ${before.completed})`
        : `${before.deliveredBy} had delivered ${JSON.stringify(before.message)} at position ${before.position} (operation ${before.completed})`;
    findings.add('realtime', () => ({
      sentence: `Message ${JSON.stringify(message)} was broadcast (operation ${invoked}) after ${earlier}, and yet it stands at position ${got.position} (operation ${got.operation}).`,
      operations: citing(before.completed, invoked, got.operation),
      details: { message, position: got.position, before: before.message },
    }));
  }
}

interface Place {
  readonly position: number;
  /** Index of the operation that shows it. */
  readonly operation: number;
}

/** For each message, by its number, the lowest position where it stands. */
function lowestPlaces({ acks, reads, messages }: Observations, log: Log): (Place | undefined)[] {
  const places = new Array<Place | undefined>(messages.length).fill(undefined);
  for (const { id, position, completed } of acks) places[id] = { position, operation: completed };
  log.positions.forEach((position, entry) => {
    const id = log.ids[entry] as number;
    if (position >= (places[id]?.position ?? Number.POSITIVE_INFINITY) || log.contested.has(position)) return;
    places[id] = { position, operation: (reads[log.reads[entry] as number] as Read).completed };
  });
  return places;
}
