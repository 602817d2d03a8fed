import { answer, definite } from './answers.ts';
import { changedLeader } from './changes.ts';
import { isVoter, latestConfiguration } from './configuration.ts';
import { becomeCandidate } from './election.ts';
import type { NodeId } from './entries.ts';
import { isFollowed, progressOf } from './replication.ts';
import type { Asker } from './state.ts';
import type { Turn } from './turn.ts';

/**
 * Handing the leadership over: section 3.10 of the dissertation. The leader takes no more requests, brings the other's log
 * up to date and tells it to stand for election at once. If that has not deposed it within an election time-out, it goes on.
 */
export function startTransfer(turn: Turn, asker: Asker, to: NodeId): void {
  const { role, config, commitIndex, applied } = turn.state;
  if (role.name !== 'leader') return;
  if (to === config.id) {
    answer(turn, asker, { ok: true, index: commitIndex, position: applied.position });
  } else if (!isVoter(latestConfiguration(turn.state), to)) {
    answer(turn, asker, definite('not-a-voter'));
  } else {
    turn.update({ role: changedLeader(role, { transfer: { ...asker, to, told: false } }) });
    turn.effect({ type: 'set-timer', timer: 'election' });
    tellWhenCaughtUp(turn, to);
  }
}

/** Whoever is told may be elected while others still hear from this leader: from now on it can give no lease (section 6.4.1). */
export function tellWhenCaughtUp(turn: Turn, follower: NodeId): void {
  const { role, log, term } = turn.state;
  if (role.name !== 'leader' || role.transfer === null || role.transfer.told || role.transfer.to !== follower) return;
  if (!isFollowed(turn.state, follower) || progressOf(turn.state, follower).match < log.last) return;
  turn.update({ role: changedLeader(role, { transfer: { ...role.transfer, told: true }, leaseUntilMs: null }) });
  turn.send(follower, { kind: 'timeout-now', term });
}

export function onTimeoutNow(turn: Turn, term: number): void {
  const { state } = turn;
  const votes = isVoter(latestConfiguration(state), state.config.id);
  if (term === state.term && state.role.name === 'follower' && votes) becomeCandidate(turn, true);
}
