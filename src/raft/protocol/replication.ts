import { assert, present } from '../../base/assert.ts';
import { changedLeader, changedProgress } from './changes.ts';
import { latestConfiguration, peersOf } from './configuration.ts';
import { bytesOf, type Entry, type NodeId, payloadBytesOf } from './entries.ts';
import type { Progress, State } from './state.ts';
import { type Turn, termAt } from './turn.ts';

/**
 * The leader's sending side of log replication: section 5.3, and section 7 where the log does not go back far enough. What it
 * makes of the answers is in acknowledgement.ts; the follower's side is in follower.ts.
 */

/** What a new leader assumes of its followers: nothing matches yet, and they may lack only what comes next. */
export function leaderProgress(state: State): Progress[] {
  return latestConfiguration(state).map(() => unknownProgress(state.log.last + 1));
}

function unknownProgress(next: number): Progress {
  return {
    next,
    match: 0,
    probing: true,
    inflight: 0,
    answered: true,
    silentLooks: 0,
    commitTold: 0,
    round: 0,
    sending: null,
  };
}

/** Appends entries of the leader's own term; a configuration among them counts at once (section 6). */
export function appendAsLeader(turn: Turn, entries: readonly Entry[]): void {
  const before = latestConfiguration(turn.state);
  const first = turn.state.log.last + 1;
  turn.persistLog(null, entries);
  const { role, term } = turn.state;
  assert(role.name === 'leader', 'only a leader appends of its own');
  const uncommittedBytes = entries.reduce((bytes, entry) => bytes + bytesOf(entry), role.uncommittedBytes);
  turn.update({ role: changedLeader(role, { uncommittedBytes }) });
  assert(
    entries.every((entry) => entry.term === term),
    'a leader appends entries of its own term',
  );
  const after = latestConfiguration(turn.state);
  if (after === before) return;
  const progress = after.map(({ id }) => {
    const place = before.findIndex((member) => member.id === id);
    return role.progress[place] ?? unknownProgress(first);
  });
  turn.update({ role: changedLeader(role, { progress, uncommittedBytes }) });
}

/** Sends something to every follower now, and again with each heartbeat, so that all answer this round. */
export function sendRound(turn: Turn): void {
  for (const peer of peersOf(turn.state)) sendHeartbeat(turn, peer);
}

/** Sends what is to be sent at the end of a turn. */
export function replicateToAll(turn: Turn): void {
  if (turn.state.role.name !== 'leader') return;
  for (const peer of peersOf(turn.state)) replicate(turn, peer);
}

/** Sends what the follower may be sent now: entries as far as the window allows, else news of the commit index. */
function replicate(turn: Turn, peer: NodeId): void {
  let progress = progressOf(turn.state, peer);
  if (progress.sending !== null) return;
  if (progress.next <= turn.state.logStart.index) {
    beginSnapshot(turn, peer);
    return;
  }
  if (progress.probing) {
    if (progress.inflight === 0) sendEntries(turn, peer, batchFrom(turn.state, progress.next));
    return;
  }
  while (progress.next <= turn.state.log.last && progress.inflight < turn.state.config.maxInflightMessages) {
    sendEntries(turn, peer, batchFrom(turn.state, progress.next));
    progress = progressOf(turn.state, peer);
  }
  if (progress.inflight === 0) tellCommitIndex(turn, peer, progress);
}

/** News of what is committed, as far as the follower is known to hold it: so it need not be checked, nor answered. */
function tellCommitIndex(turn: Turn, peer: NodeId, progress: Progress): void {
  const { term, commitIndex } = turn.state;
  const commitTold = Math.min(commitIndex, progress.match);
  if (commitTold <= progress.commitTold) return;
  turn.send(peer, { kind: 'commit', term, commitIndex: commitTold });
  setProgress(turn, peer, changedProgress(progress, { commitTold }));
}

/** Sends these, the next for this follower, or none: then it says at least whether it has what goes before. */
function sendEntries(turn: Turn, peer: NodeId, entries: readonly Entry[]): void {
  const { state } = turn;
  const progress = progressOf(state, peer);
  const prevLogIndex = progress.next - 1;
  assert(state.role.name === 'leader', 'only a leader sends entries');
  turn.send(peer, {
    kind: 'append-entries',
    term: state.term,
    prevLogIndex,
    prevLogTerm: termAt(state, prevLogIndex),
    entries,
    leaderCommit: state.commitIndex,
    round: state.role.round,
  });
  // Optimistic: the follower is taken to accept, so that messages need not wait for each other's answers.
  const sent = changedProgress(progress, {
    next: progress.probing ? progress.next : progress.next + entries.length,
    inflight: progress.inflight + (progress.probing ? 1 : lengthOf(state, entries)),
    // A follower goes no further than what it knows to agree with.
    commitTold: Math.min(state.commitIndex, prevLogIndex + entries.length),
  });
  setProgress(turn, peer, sent);
}

/** In messages: the window is for the sake of the bytes that are under way. */
function lengthOf({ config }: State, entries: readonly Entry[]): number {
  const bytes = entries.reduce((sum, entry) => sum + payloadBytesOf(entry), 0);
  return entries.length === 0 ? 0 : Math.max(1, Math.ceil(bytes / config.maxBytesPerMessage));
}

function batchFrom(state: State, from: number): Entry[] {
  const { maxEntriesPerMessage, maxBytesPerMessage } = state.config;
  const most = Math.min(state.log.last, from + maxEntriesPerMessage - 1);
  let bytes = 0;
  let to = from - 1;
  while (to < most) {
    const entry = state.log.get(to + 1);
    bytes += payloadBytesOf(entry);
    if (bytes > maxBytesPerMessage && to >= from) break;
    to++;
  }
  return state.log.slice(from, to);
}

/**
 * Time for a heartbeat: every follower hears from its leader. One that has not answered since the last is taken to have
 * lost what was sent: the leader goes back to what it knows and probes.
 */
export function onHeartbeatTimeout(turn: Turn): void {
  const { role, config } = turn.state;
  if (role.name !== 'leader') return;
  turn.effect({ type: 'set-timer', timer: 'heartbeat' });
  if (config.leaseMs !== null && role.confirmedRound === role.round) beginRound(turn);
  for (const peer of peersOf(turn.state)) {
    const progress = progressOf(turn.state, peer);
    const restart = progress.answered ? {} : { next: progress.match + 1, probing: true, inflight: 0 };
    setProgress(turn, peer, changedProgress(progress, { ...restart, answered: false }));
    sendHeartbeat(turn, peer);
    resendSilentSnapshot(turn, peer);
  }
}

/** A new round: who answers it has followed this leader after now. */
export function beginRound(turn: Turn): void {
  const { role } = turn.state;
  assert(role.name === 'leader', 'only a leader begins rounds');
  turn.update({ role: changedLeader(role, { round: role.round + 1, roundStartMs: turn.nowMs }) });
}

/** Without entries, which would be sent for nothing where the follower is gone: where it is there, its answer brings them. */
function sendHeartbeat(turn: Turn, peer: NodeId): void {
  const { state } = turn;
  const progress = progressOf(state, peer);
  if (progress.sending === null && progress.next > state.logStart.index) {
    sendEntries(turn, peer, []);
    return;
  }
  if (progress.sending === null) beginSnapshot(turn, peer);
  assert(state.role.name === 'leader', 'only a leader sends heartbeats');
  const { term, commitIndex: leaderCommit } = state;
  const beginning = { prevLogIndex: 0, prevLogTerm: 0, entries: [] };
  turn.send(peer, { kind: 'append-entries', term, ...beginning, leaderCommit, round: state.role.round });
}

/** The log in memory does not go back to what the follower lacks: it is sent the newest snapshot (section 7). */
function beginSnapshot(turn: Turn, peer: NodeId): void {
  const { state } = turn;
  const snapshot = present(state.snapshot, 'what is not in the log is in a snapshot');
  const progress = progressOf(state, peer);
  setProgress(
    turn,
    peer,
    changedProgress(progress, { sending: { snapshot, offset: 0, idle: 0, resent: 0 }, inflight: 0 }),
  );
  sendPiece(turn, peer);
}

/** Sends the piece that the follower is to have next. */
export function sendPiece(turn: Turn, peer: NodeId): void {
  const { role, term } = turn.state;
  assert(role.name === 'leader', 'only a leader sends snapshots');
  const sending = present(progressOf(turn.state, peer).sending, `a snapshot is being sent to ${peer}`);
  const { snapshot, offset } = sending;
  turn.effect({ type: 'send-snapshot', to: peer, term, snapshot, offset, round: role.round });
}

function resendSilentSnapshot(turn: Turn, peer: NodeId): void {
  const progress = progressOf(turn.state, peer);
  if (progress.sending === null) return;
  const { idle, resent } = progress.sending;
  const isLost = idle >= lostAfterHeartbeats << resent;
  const next = isLost ? { idle: 0, resent: Math.min(mostDoublings, resent + 1) } : { idle: idle + 1 };
  setProgress(turn, peer, changedProgress(progress, { sending: { ...progress.sending, ...next } }));
  if (isLost) sendPiece(turn, peer);
}

/** A piece takes longer than a heartbeat: to read, to send and to write; and much longer on a slow link, which pieces fill up. */
const lostAfterHeartbeats = 8;
const mostDoublings = 4;

/** The snapshot that was being sent is not kept any more: begin with the newest. */
export function onSnapshotGone(turn: Turn, peer: NodeId): void {
  const { role } = turn.state;
  if (role.name !== 'leader' || !isFollowed(turn.state, peer)) return;
  const progress = progressOf(turn.state, peer);
  if (progress.sending === null) return;
  setProgress(turn, peer, changedProgress(progress, { sending: null, probing: true, inflight: 0 }));
  turn.replicates = true;
}

/** Whether the leader keeps track of this node: answers of others, who are no members any more, say nothing. */
export function isFollowed(state: State, peer: NodeId): boolean {
  return peer !== state.config.id && latestConfiguration(state).some(({ id }) => id === peer);
}

export function progressOf(state: State, peer: NodeId): Progress {
  assert(state.role.name === 'leader', 'only a leader tracks progress');
  return present(state.role.progress[placeOf(state, peer)], () => `${peer} is a member`);
}

export function setProgress(turn: Turn, peer: NodeId, progress: Progress): void {
  const { role } = turn.state;
  assert(role.name === 'leader', 'only a leader tracks progress');
  const changed = role.progress.with(placeOf(turn.state, peer), progress);
  turn.update({ role: changedLeader(role, { progress: changed }) });
}

function placeOf(state: State, peer: NodeId): number {
  return latestConfiguration(state).findIndex(({ id }) => id === peer);
}
