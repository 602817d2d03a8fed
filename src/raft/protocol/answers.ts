import type { NodeId } from './entries.ts';
import type { Answer, AnswerCode, Answered } from './messages.ts';
import type { Asker } from './state.ts';
import type { Turn } from './turn.ts';

/** What clients are told, here or by way of the node that they asked. */
export function answer(turn: Turn, { origin, requestId }: Asker, answer: Answer): void {
  answerTogether(turn, [{ origin, requestId, answer }]);
}

/** Many at once: to each other node in one message. */
export function answerTogether(turn: Turn, answers: readonly (Asker & { readonly answer: Answer })[]): void {
  const { id } = turn.state.config;
  const afar = new Map<NodeId, Answered[]>();
  for (const { origin, requestId, answer } of answers) {
    if (origin === id) {
      turn.effect({ type: 'answer', requestId, answer, afterWrite: 0 });
    } else {
      const together = afar.get(origin);
      if (together === undefined) afar.set(origin, [{ requestId, answer }]);
      else together.push({ requestId, answer });
    }
  }
  for (const [origin, together] of afar) {
    turn.send(origin, { kind: 'forward-answers', term: turn.state.term, answers: together });
  }
}

/** It certainly did not and will not take effect. */
export function definite(code: AnswerCode): Answer {
  return { ok: false, code, definite: true };
}

/** It may have taken effect, or may still. */
export function indefinite(code: AnswerCode): Answer {
  return { ok: false, code, definite: false };
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
  const { waitingReads, commitIndex, applied, config } = turn.state;
  const ready = waitingReads.filter(({ index }) => index <= commitIndex);
  if (ready.length === 0) return;
  turn.update({ waitingReads: waitingReads.filter(({ index }) => index > commitIndex) });
  const { position } = applied;
  for (const { requestId } of ready) {
    answer(turn, { origin: config.id, requestId }, { ok: true, index: commitIndex, position });
  }
}

/** Without this a follower of a long-lived leader would keep every request that was never answered. */
export function forgetRequests(turn: Turn, requestIds: readonly number[]): void {
  const { role, waitingReads } = turn.state;
  const forgotten = new Set(requestIds);
  if (role.name === 'follower') {
    turn.update({ role: { ...role, forwarded: role.forwarded.filter((waiting) => !forgotten.has(waiting)) } });
  }
  turn.update({ waitingReads: waitingReads.filter(({ requestId }) => !forgotten.has(requestId)) });
}
