import { answer, answerTogether, definite } from './answers.ts';
import { changedLeader } from './changes.ts';
import type { Entry, NodeId } from './entries.ts';
import { startChange } from './membership.ts';
import type { AnswerCode, Answered, Asked } from './messages.ts';
import { appendAsLeader } from './replication.ts';
import type { PendingRequest } from './state.ts';
import { startTransfer } from './transfer.ts';
import type { Turn } from './turn.ts';

/** Clients of this node ask for something: the leader does it, anybody else hands it on to the leader it knows. */
export function onRequests(turn: Turn, asked: readonly Asked[]): void {
  const { role, config } = turn.state;
  if (role.name === 'leader') lead(turn, config.id, asked);
  else if (role.name === 'follower' && role.leader !== null) forward(turn, role.leader, asked);
  else refuse(turn, config.id, asked, 'no-leader');
}

/** They are not handed on twice: who is not the leader any more says so, and nothing has happened. */
export function onForward(turn: Turn, origin: NodeId, asked: readonly Asked[]): void {
  if (turn.state.role.name === 'leader') lead(turn, origin, asked);
  else refuse(turn, origin, asked, 'not-leader');
}

/** An answer that comes after the request was given up says nothing that the client still waits for. */
export function onForwardAnswers(turn: Turn, answers: readonly Answered[]): void {
  const { role, config } = turn.state;
  if (role.name !== 'follower') return;
  const forwarded = new Set(role.forwarded);
  const awaited = answers.filter(({ requestId }) => forwarded.has(requestId));
  const answered = new Set(awaited.map(({ requestId }) => requestId));
  turn.update({ role: { ...role, forwarded: role.forwarded.filter((requestId) => !answered.has(requestId)) } });
  for (const { requestId, answer: theirs } of awaited) answer(turn, { origin: config.id, requestId }, theirs);
}

/** These have not left for the leader, so nothing can come of them. */
export function onUnsent(turn: Turn, requestIds: readonly number[]): void {
  const { role, config } = turn.state;
  if (role.name !== 'follower') return;
  const unsent = new Set(requestIds);
  const awaited = role.forwarded.filter((requestId) => unsent.has(requestId));
  turn.update({ role: { ...role, forwarded: role.forwarded.filter((requestId) => !unsent.has(requestId)) } });
  refuse(
    turn,
    config.id,
    awaited.map((requestId) => ({ requestId })),
    'overloaded',
  );
}

function forward(turn: Turn, leader: NodeId, asked: readonly Asked[]): void {
  const { role, term, config } = turn.state;
  if (role.name !== 'follower') return;
  turn.update({ role: { ...role, forwarded: [...role.forwarded, ...asked.map(({ requestId }) => requestId)] } });
  let together: Asked[] = [];
  let bytes = 0;
  for (const one of asked) {
    const size = one.request.type === 'broadcast' ? one.request.payload.length : 0;
    if (together.length > 0 && bytes + size > config.maxBytesPerMessage) {
      turn.send(leader, { kind: 'forward', term, asked: together });
      together = [];
      bytes = 0;
    }
    together.push(one);
    bytes += size;
  }
  turn.send(leader, { kind: 'forward', term, asked: together });
}

function refuse(turn: Turn, origin: NodeId, asked: readonly Pick<Asked, 'requestId'>[], code: AnswerCode): void {
  const refusal = definite(code);
  answerTogether(
    turn,
    asked.map(({ requestId }) => ({ origin, requestId, answer: refusal })),
  );
}

/** Appends together what asks for entries; changes of the office and of the membership go their own ways. */
function lead(turn: Turn, origin: NodeId, asked: readonly Asked[]): void {
  if (isHandingOver(turn)) {
    refuse(turn, origin, asked, 'transferring');
    return;
  }
  const { term, log, role: leader, config } = turn.state;
  if (leader.name === 'leader' && leader.uncommittedBytes > config.maxUncommittedBytes) {
    refuse(turn, origin, asked, 'overloaded');
    return;
  }
  const entries: Entry[] = [];
  const pending: PendingRequest[] = [];
  for (const { requestId, request } of asked) {
    switch (request.type) {
      case 'broadcast':
        entries.push({ kind: 'message', term, payload: request.payload, stamp: request.stamp });
        pending.push({ index: log.last + entries.length, origin, requestId });
        break;
      case 'open-session':
        entries.push({ kind: 'session', term });
        pending.push({ index: log.last + entries.length, origin, requestId });
        break;
      case 'transfer-leadership':
      case 'change-membership':
        break;
    }
  }
  if (entries.length > 0) {
    appendAsLeader(turn, entries);
    const { role } = turn.state;
    if (role.name === 'leader') turn.update({ role: changedLeader(role, { pending: role.pending.append(pending) }) });
    turn.replicates = true;
  }
  for (const one of asked) administer(turn, origin, one);
}

function administer(turn: Turn, origin: NodeId, { requestId, request }: Asked): void {
  const asker = { origin, requestId };
  switch (request.type) {
    case 'transfer-leadership':
      if (isHandingOver(turn)) answer(turn, asker, definite('transferring'));
      else startTransfer(turn, asker, request.to);
      return;
    case 'change-membership':
      if (isHandingOver(turn)) answer(turn, asker, definite('transferring'));
      else startChange(turn, asker, request.members);
      return;
    case 'broadcast':
    case 'open-session':
      return;
  }
}

function isHandingOver({ state }: Turn): boolean {
  return state.role.name === 'leader' && state.role.transfer !== null;
}
