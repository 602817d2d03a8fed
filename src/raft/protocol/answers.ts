import type { Sequence } from './sequence.ts';
import type { Turn } from './turn.ts';
import type { Answer, PendingBroadcast } from './types.ts';

/** Answers the client here, or the node whose client asked. */
export function answerBroadcast(turn: Turn, to: Pick<PendingBroadcast, 'origin' | 'requestId'>, answer: Answer): void {
  if (to.origin === turn.state.config.id) {
    turn.effect({ type: 'answer', requestId: to.requestId, answer, afterWrite: 0 });
  } else {
    turn.send(to.origin, { kind: 'forward-answer', term: turn.state.term, requestId: to.requestId, answer });
  }
}

/** A deposed leader cannot know what becomes of the entries it has appended. */
export function abandonPending(turn: Turn, pending: Sequence<PendingBroadcast>): void {
  for (const broadcast of pending.slice(pending.first, pending.last)) answerBroadcast(turn, broadcast, leadershipLost);
}

/** Nor can a follower know what its leader did with what was handed on to it, once it follows that leader no more. */
export function abandonForwarded(turn: Turn, forwarded: readonly number[]): void {
  for (const requestId of forwarded) answerBroadcast(turn, { origin: turn.state.config.id, requestId }, leadershipLost);
}

const leadershipLost = { ok: false, code: 'leadership-lost', definite: false } as const;
