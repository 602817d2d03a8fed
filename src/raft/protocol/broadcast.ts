import { answerBroadcast } from './answers.ts';
import { changedLeader } from './changes.ts';
import { appendAsLeader, replicateToAll } from './replication.ts';
import { lastPosition, type Turn } from './turn.ts';
import type { Answer, NodeId } from './types.ts';

/** A client of this node broadcasts: the leader appends, anybody else hands it on to the leader it knows. */
export function onBroadcast(turn: Turn, requestId: number, payload: Uint8Array): void {
  const { role, config, term } = turn.state;
  switch (role.name) {
    case 'leader':
      appendBroadcast(turn, config.id, requestId, payload);
      return;
    case 'follower':
      if (role.leader !== null) {
        turn.send(role.leader, { kind: 'forward', term, requestId, payload });
        turn.update({ role: { ...role, forwarded: [...role.forwarded, requestId] } });
        return;
      }
      break;
    case 'candidate':
      break;
  }
  answerBroadcast(turn, { origin: config.id, requestId }, { ok: false, code: 'no-leader', definite: true });
}

/** It is not handed on twice: who is not the leader any more says so, and nothing has happened. */
export function onForward(turn: Turn, origin: NodeId, requestId: number, payload: Uint8Array): void {
  if (turn.state.role.name === 'leader') {
    appendBroadcast(turn, origin, requestId, payload);
  } else {
    answerBroadcast(turn, { origin, requestId }, { ok: false, code: 'not-leader', definite: true });
  }
}

/** An answer that comes after the request was given up says nothing that the client still waits for. */
export function onForwardAnswer(turn: Turn, requestId: number, answer: Answer): void {
  const { role } = turn.state;
  if (role.name !== 'follower' || !role.forwarded.includes(requestId)) return;
  turn.update({ role: { ...role, forwarded: role.forwarded.filter((waiting) => waiting !== requestId) } });
  turn.effect({ type: 'answer', requestId, answer, afterWrite: 0 });
}

function appendBroadcast(turn: Turn, origin: NodeId, requestId: number, payload: Uint8Array): void {
  const position = lastPosition(turn.state) + 1;
  appendAsLeader(turn, { kind: 'message', term: turn.state.term, position, payload });
  const { role, log } = turn.state;
  if (role.name === 'leader') {
    const pending = role.pending.append([{ index: log.last, origin, requestId }]);
    turn.update({ role: changedLeader(role, { pending }) });
  }
  replicateToAll(turn);
}
