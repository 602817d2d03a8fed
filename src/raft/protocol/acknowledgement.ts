import { assert } from '../../base/assert.ts';
import { changedLeader, changedProgress } from './changes.ts';
import { advanceCommitIndex } from './commitment.ts';
import type { NodeId } from './entries.ts';
import { goOnWithChange } from './membership.ts';
import type { Message } from './messages.ts';
import { confirmReads } from './reads.ts';
import { isFollowed, progressOf, sendPiece, setProgress } from './replication.ts';
import type { State } from './state.ts';
import { tellWhenCaughtUp } from './transfer.ts';
import { type Turn, termAt } from './turn.ts';

/** What a leader makes of its followers' answers: section 5.3, and section 7 for snapshots. */
type FollowerAnswer = Message & { readonly kind: 'append-accepted' | 'append-rejected' | 'snapshot-taken' };

/** Answers to a leader of an earlier term, or of who is no member any more, say nothing. */
export function onFollowerAnswer(turn: Turn, from: NodeId, answer: FollowerAnswer): void {
  const { state } = turn;
  if (state.role.name !== 'leader' || answer.term !== state.term || !isFollowed(state, from)) return;
  const progress = progressOf(state, from);
  const round = Math.max(progress.round, answer.round);
  setProgress(turn, from, changedProgress(progress, { round, answered: true, silentLooks: 0 }));
  if (answer.kind === 'append-accepted') onAccepted(turn, from, answer.matchIndex);
  else if (answer.kind === 'append-rejected') onRejected(turn, from, answer);
  else onSnapshotTaken(turn, from, answer);
  turn.replicates = true;
  confirmReads(turn);
}

function onAccepted(turn: Turn, from: NodeId, matchIndex: number): void {
  assert(matchIndex <= turn.state.log.last, 'a follower never matches more than the leader has');
  const progress = progressOf(turn.state, from);
  // A heartbeat that went before a snapshot asks about nothing, and its answer says as much.
  const installs = progress.sending !== null && matchIndex < progress.sending.snapshot.index;
  if (installs) return;
  const match = Math.max(progress.match, matchIndex);
  const next = Math.max(progress.next, match + 1);
  // An answer to a heartbeat brings no news of what is on its way.
  const inflight = match > progress.match ? Math.max(0, progress.inflight - 1) : progress.inflight;
  const accepted = changedProgress(progress, {
    match,
    next,
    probing: false,
    inflight: progress.probing || match === next - 1 ? 0 : inflight,
    sending: null,
  });
  setProgress(turn, from, accepted);
  if (match > turn.state.commitIndex) advanceCommitIndex(turn);
  if (match > progress.match) {
    goOnWithChange(turn);
    tellWhenCaughtUp(turn, from);
  }
}

/** The follower lacks the entry before those sent, or has another there: go back to where the logs can agree and probe. */
function onRejected(turn: Turn, from: NodeId, answer: Message & { kind: 'append-rejected' }): void {
  const progress = progressOf(turn.state, from);
  const { prevLogIndex } = answer;
  const stale = prevLogIndex <= progress.match || (progress.probing && prevLogIndex !== progress.next - 1);
  if (stale || progress.sending !== null) return;
  const agreed = lastPossibleMatch(turn.state, Math.min(answer.hintIndex, prevLogIndex - 1), answer.hintTerm);
  const next = Math.max(progress.match, agreed) + 1;
  setProgress(turn, from, changedProgress(progress, { next, probing: true, inflight: 0 }));
}

/**
 * Fast backtracking (section 5.3): where the follower has an entry of `term` at `index`, and so none of a later term before,
 * the logs agree nowhere that this one has a later term.
 */
function lastPossibleMatch(state: State, index: number, term: number): number {
  let at = Math.min(index, state.log.last);
  while (at > state.logStart.index && termAt(state, at) > term) at--;
  return at;
}

function onSnapshotTaken(turn: Turn, from: NodeId, taken: Message & { kind: 'snapshot-taken' }): void {
  const progress = progressOf(turn.state, from);
  const { sending } = progress;
  if (sending === null || sending.snapshot.index !== taken.index) return;
  const goesOn = taken.received !== sending.offset;
  setProgress(
    turn,
    from,
    changedProgress(progress, { sending: { ...sending, offset: taken.received, idle: 0, resent: 0 } }),
  );
  if (goesOn && !taken.complete) sendPiece(turn, from);
}

/** A look at the quorum: a leader whom no quorum has answered since the last steps down (dissertation, section 6.2). */
export function forgetActivity(turn: Turn): void {
  const { role } = turn.state;
  assert(role.name === 'leader', 'only a leader looks at its quorum');
  const progress = role.progress.map((known) => {
    return changedProgress(known, { silentLooks: Math.min(2, known.silentLooks + 1) });
  });
  turn.update({ role: changedLeader(role, { progress }) });
}
