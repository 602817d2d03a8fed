import { answer, answerReadIndex, answerTogether, definite, indefinite } from './answers.ts';
import { changedLeader } from './changes.ts';
import type { NodeId } from './entries.ts';
import type { PendingRead, PendingRequest } from './state.ts';
import type { Turn } from './turn.ts';

/** What those are told who waited for an office that ends. */

/** A deposed leader cannot know what becomes of the entries it has appended. */
export function abandonPending(turn: Turn, pending: readonly PendingRequest[]): void {
  answerTogether(
    turn,
    pending.map(({ origin, requestId }) => ({ origin, requestId, answer: indefinite('leadership-lost') })),
  );
}

/** A read that was not confirmed has seen nothing. */
export function abandonReads(turn: Turn, reads: readonly PendingRead[]): void {
  for (const { origin, requestId } of reads) {
    if (origin !== turn.state.config.id) answerReadIndex(turn, origin, requestId, null);
    else answer(turn, { origin, requestId }, definite('leadership-lost'));
  }
}

/** Nor can a follower know what its leader did with what was handed on to it, once it follows that leader no more. */
export function abandonForwarded(turn: Turn, forwarded: readonly number[]): void {
  const { id } = turn.state.config;
  for (const requestId of forwarded) answer(turn, { origin: id, requestId }, indefinite('leadership-lost'));
}

/** The leader is deposed by `by`, or gives the transfer up (null). */
export function abandonTransfer(turn: Turn, by: NodeId | null): void {
  const { role, commitIndex, applied } = turn.state;
  if (role.name !== 'leader' || role.transfer === null) return;
  const { transfer } = role;
  turn.update({ role: changedLeader(role, { transfer: null }) });
  if (by === transfer.to) answer(turn, transfer, { ok: true, index: commitIndex, position: applied.position });
  else answer(turn, transfer, transfer.told ? indefinite('transfer-failed') : definite('transfer-failed'));
}

/** Another leader may go on with a change that has begun; that learners have come is no change of who decides. */
export function abandonChange(turn: Turn, why: 'leadership-lost' | 'not-caught-up' | 'change-replaced'): void {
  const { role } = turn.state;
  if (role.name !== 'leader' || role.change === null) return;
  const { askers } = role.change;
  turn.update({ role: changedLeader(role, { change: null }) });
  for (const asker of askers) answer(turn, asker, why === 'leadership-lost' ? indefinite(why) : definite(why));
}
