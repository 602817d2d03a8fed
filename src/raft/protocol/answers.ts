import type { Sequence } from './sequence.ts';
import type { Turn } from './turn.ts';
import type { Answer, NodeId, PendingBroadcast, PendingRead } from './types.ts';

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

/** A read that was not confirmed has seen nothing. */
export function abandonReads(turn: Turn, reads: readonly PendingRead[]): void {
  for (const { origin, requestId } of reads) {
    if (origin !== turn.state.config.id) answerReadIndex(turn, origin, requestId, null);
    else answerBroadcast(turn, { origin, requestId }, { ...leadershipLost, definite: true });
  }
}

export function answerReadIndex(turn: Turn, origin: NodeId, requestId: number, index: number | null): void {
  turn.send(origin, { kind: 'read-index', term: turn.state.term, requestId, index });
}

/** Serves a confirmed read of a client here, as soon as everything up to `index` is delivered. */
export function serveRead(turn: Turn, requestId: number, index: number): void {
  turn.update({ waitingReads: [...turn.state.waitingReads, { requestId, index }] });
  serveWaitingReads(turn);
}

export function serveWaitingReads(turn: Turn): void {
  const { waitingReads, commitIndex, log } = turn.state;
  const ready = waitingReads.filter(({ index }) => index <= commitIndex);
  if (ready.length === 0) return;
  turn.update({ waitingReads: waitingReads.filter(({ index }) => index > commitIndex) });
  const { position } = log.get(commitIndex);
  for (const { requestId } of ready)
    turn.effect({ type: 'answer', requestId, answer: { ok: true, position }, afterWrite: 0 });
}

/** Nor can a follower know what its leader did with what was handed on to it, once it follows that leader no more. */
export function abandonForwarded(turn: Turn, forwarded: readonly number[]): void {
  for (const requestId of forwarded) answerBroadcast(turn, { origin: turn.state.config.id, requestId }, leadershipLost);
}

/** Without this a follower of a long-lived leader would keep every request that was never answered. */
export function forgetRequest(turn: Turn, requestId: number): void {
  const { role, waitingReads } = turn.state;
  if (role.name === 'follower' && role.forwarded.includes(requestId)) {
    turn.update({ role: { ...role, forwarded: role.forwarded.filter((waiting) => waiting !== requestId) } });
  }
  if (waitingReads.some((read) => read.requestId === requestId)) {
    turn.update({ waitingReads: waitingReads.filter((read) => read.requestId !== requestId) });
  }
}

const leadershipLost = { ok: false, code: 'leadership-lost', definite: false } as const;
