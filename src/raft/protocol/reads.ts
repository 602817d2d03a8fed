import { answer, answerReadIndex, definite, serveRead } from './answers.ts';
import { changedLeader } from './changes.ts';
import { heldByQuorum, latestConfiguration } from './configuration.ts';
import type { NodeId } from './entries.ts';
import { beginRound, progressOf, sendRound } from './replication.ts';
import type { PendingRead } from './state.ts';
import type { Turn } from './turn.ts';

/**
 * Linearizable reads without a log entry: ReadIndex, section 6.4 of Ongaro's dissertation, 2014. The leader notes how much
 * is committed, makes sure by a round of messages that it still is the leader, and the read is served, by whichever node
 * was asked, once that much is delivered there. Reads that come while a round is under way share the next one. Under a
 * lease (section 6.4.1, an option) the leader need not ask, as long as clocks do not drift more than the option allows for.
 */
export function onRead(turn: Turn, requestId: number): void {
  const { role, config, term } = turn.state;
  if (role.name === 'leader') {
    registerRead(turn, config.id, requestId);
  } else if (role.name === 'follower' && role.leader !== null) {
    turn.send(role.leader, { kind: 'forward-read', term, requestId });
    turn.update({ role: { ...role, forwarded: [...role.forwarded, requestId] } });
  } else {
    answer(turn, { origin: config.id, requestId }, definite('no-leader'));
  }
}

export function onForwardRead(turn: Turn, origin: NodeId, requestId: number): void {
  if (turn.state.role.name === 'leader') registerRead(turn, origin, requestId);
  else answerReadIndex(turn, origin, requestId, null);
}

export function onReadIndex(turn: Turn, requestId: number, index: number | null): void {
  const { role, config } = turn.state;
  if (role.name !== 'follower' || !role.forwarded.includes(requestId)) return;
  turn.update({ role: { ...role, forwarded: role.forwarded.filter((waiting) => waiting !== requestId) } });
  if (index !== null) serveRead(turn, requestId, index);
  else answer(turn, { origin: config.id, requestId }, definite('not-leader'));
}

function registerRead(turn: Turn, origin: NodeId, requestId: number): void {
  const { role, commitIndex } = turn.state;
  if (role.name !== 'leader') return;
  // Before its no-op commits, a leader does not know how much earlier leaders have committed.
  const index = Math.max(commitIndex, role.termStart);
  if (role.leaseUntilMs !== null && turn.nowMs < role.leaseUntilMs && commitIndex >= role.termStart) {
    serve(turn, origin, requestId, index);
    return;
  }
  const read = { origin, requestId, index, round: role.round + 1 };
  turn.update({ role: changedLeader(role, { reads: [...role.reads, read] }) });
  goOnWithReads(turn);
}

function serve(turn: Turn, origin: NodeId, requestId: number, index: number): void {
  if (origin === turn.state.config.id) serveRead(turn, requestId, index);
  else answerReadIndex(turn, origin, requestId, index);
}

/**
 * Begins the round that the reads wait for, unless one is under way. Not before the no-op is committed: whoever were told to
 * wait for it would wait for ever, should it be lost.
 */
export function goOnWithReads(turn: Turn): void {
  const { role, commitIndex } = turn.state;
  if (role.name !== 'leader' || role.reads.length === 0 || commitIndex < role.termStart) return;
  if (role.confirmedRound === role.round) {
    beginRound(turn);
    sendRound(turn);
  }
  confirmReads(turn);
}

/** Serves the reads whose round a quorum has answered: the leader was not deposed when they were asked. */
export function confirmReads(turn: Turn): void {
  const { state } = turn;
  const { role, config } = state;
  if (role.name !== 'leader' || role.confirmedRound === role.round) return;
  const confirmedRound = heldByQuorum(latestConfiguration(state), (id) =>
    id === config.id ? role.round : progressOf(state, id).round,
  );
  if (confirmedRound <= role.confirmedRound) return;
  const isConfirmed = (read: PendingRead) => read.round <= confirmedRound && read.index <= state.commitIndex;
  const confirmed = role.reads.filter(isConfirmed);
  const reads = role.reads.filter((read) => !isConfirmed(read));
  turn.update({ role: changedLeader(role, { confirmedRound, reads, ...renewedLease(turn, confirmedRound) }) });
  for (const { origin, requestId, index } of confirmed) serve(turn, origin, requestId, index);
  goOnWithReads(turn);
}

/** A quorum has followed this leader since the round began, and elects nobody for an election time-out after (section 6.4.1). */
function renewedLease({ state }: Turn, confirmedRound: number): { leaseUntilMs?: number } {
  const { role, config } = state;
  if (role.name !== 'leader' || config.leaseMs === null || role.leaseUntilMs === null) return {};
  return confirmedRound === role.round ? { leaseUntilMs: role.roundStartMs + config.leaseMs } : {};
}
