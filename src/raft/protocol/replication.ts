import { assert, present } from '../../base/assert.ts';
import { answerBroadcast, serveWaitingReads } from './answers.ts';
import { changedLeader, changedProgress } from './changes.ts';
import { others, quorum, type Turn, termAt } from './turn.ts';
import type { Entry, NodeId, Progress, State } from './types.ts';

/** The leader's side of log replication: sections 5.3 and 5.4.2. The follower's side is in follower.ts. */

/** What a new leader assumes of its followers: nothing matches yet, and they may lack only what comes next. */
export function leaderProgress(state: State): Progress[] {
  const next = state.log.last + 1;
  return state.config.members.map(() => ({
    next,
    match: 0,
    probing: true,
    inflight: 0,
    answered: true,
    commitTold: 0,
    round: 0,
  }));
}

/** Sends something to every follower now, and again with each heartbeat, so that all answer this round. */
export function sendRound(turn: Turn): void {
  for (const peer of others(turn.state)) sendEntries(turn, peer, progressOf(turn.state, peer));
}

export function appendAsLeader(turn: Turn, entry: Entry): void {
  assert(turn.state.role.name === 'leader', 'only a leader appends of its own');
  assert(entry.term === turn.state.term, 'a leader appends entries of its own term');
  turn.persistLog(null, [entry]);
}

export function replicateToAll(turn: Turn): void {
  for (const peer of others(turn.state)) replicate(turn, peer);
}

/** Sends what the follower may be sent now: entries as far as the window allows, else news of the commit index. */
function replicate(turn: Turn, peer: NodeId): void {
  let progress = progressOf(turn.state, peer);
  if (progress.probing) {
    if (progress.inflight === 0) sendEntries(turn, peer, progress);
    return;
  }
  while (progress.next <= turn.state.log.last && progress.inflight < turn.state.config.maxInflightMessages) {
    sendEntries(turn, peer, progress);
    progress = progressOf(turn.state, peer);
  }
  if (progress.inflight === 0 && progress.commitTold < turn.state.commitIndex) sendEntries(turn, peer, progress);
}

function sendEntries(turn: Turn, peer: NodeId, progress: Progress): void {
  const { state } = turn;
  const prevLogIndex = progress.next - 1;
  const entries = batchFrom(state, progress.next);
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
    inflight: progress.inflight + (entries.length > 0 || progress.probing ? 1 : 0),
    commitTold: state.commitIndex,
  });
  setProgress(turn, peer, sent);
}

function batchFrom(state: State, from: number): Entry[] {
  const { maxEntriesPerMessage, maxBytesPerMessage } = state.config;
  const most = Math.min(state.log.last, from + maxEntriesPerMessage - 1);
  let bytes = 0;
  let to = from - 1;
  while (to < most) {
    const entry = state.log.get(to + 1);
    bytes += entry.kind === 'message' ? entry.payload.length : 0;
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
  if (turn.state.role.name !== 'leader') return;
  turn.effect({ type: 'set-timer', timer: 'heartbeat' });
  for (const peer of others(turn.state)) {
    const progress = progressOf(turn.state, peer);
    const lost = !progress.answered;
    const restart = lost ? { next: progress.match + 1, probing: true, inflight: 0 } : {};
    sendEntries(turn, peer, changedProgress(progress, { ...restart, answered: false }));
  }
}

/** Every answer of the leader's own term tells that the follower has followed it up to that round. */
export function onRoundAnswered(turn: Turn, from: NodeId, round: number): void {
  const progress = progressOf(turn.state, from);
  if (round > progress.round) setProgress(turn, from, changedProgress(progress, { round }));
}

export function onAppendAccepted(turn: Turn, from: NodeId, matchIndex: number): void {
  assert(matchIndex <= turn.state.log.last, 'a follower never matches more than the leader has');
  const progress = progressOf(turn.state, from);
  const match = Math.max(progress.match, matchIndex);
  const accepted = changedProgress(progress, {
    match,
    next: Math.max(progress.next, match + 1),
    probing: false,
    inflight: progress.probing ? 0 : Math.max(0, progress.inflight - 1),
    answered: true,
  });
  setProgress(turn, from, accepted);
  if (match > turn.state.commitIndex) advanceCommitIndex(turn);
  replicate(turn, from);
}

/** The follower lacks the entry before those sent, or has another there: go back to where it says and probe. */
export function onAppendRejected(turn: Turn, from: NodeId, prevLogIndex: number, conflictIndex: number): void {
  const progress = progressOf(turn.state, from);
  setProgress(turn, from, changedProgress(progress, { answered: true }));
  const stale = prevLogIndex <= progress.match || (progress.probing && prevLogIndex !== progress.next - 1);
  if (stale) return;
  const next = Math.max(progress.match + 1, Math.min(conflictIndex, prevLogIndex));
  const restart = changedProgress(progress, { next, probing: true, inflight: 0, answered: true });
  setProgress(turn, from, restart);
  replicate(turn, from);
}

/**
 * An entry of the leader's own term that a majority holds durably is committed, and with it all before it; entries of
 * earlier terms are never committed by counting (section 5.4.2, figure 8). The leader counts itself by what is durable.
 */
export function advanceCommitIndex(turn: Turn): void {
  const { state } = turn;
  if (state.role.name !== 'leader') return;
  const held = heldByQuorum(state, state.durableIndex, (progress) => progress.match);
  if (held <= state.commitIndex || termAt(state, held) !== state.term) return;
  commitTo(turn, held);
  answerCommitted(turn);
  replicateToAll(turn);
}

/** The highest number that a quorum has reached, given the leader's own and how to find a follower's. */
export function heldByQuorum(state: State, own: number, ofFollower: (progress: Progress) => number): number {
  const { config, role } = state;
  assert(role.name === 'leader', 'only a leader tracks progress');
  const numbers = role.progress.map((progress, place) =>
    config.members[place] === config.id ? own : ofFollower(progress),
  );
  numbers.sort((a, b) => b - a);
  return present(numbers[quorum(state) - 1], 'a quorum is among the members');
}

/** Moves the commit index and delivers what it has passed. */
export function commitTo(turn: Turn, index: number): void {
  const { log, commitIndex } = turn.state;
  assert(index > commitIndex && index <= log.last, `commit index ${commitIndex} to ${index} of ${log.last}`);
  turn.update({ commitIndex: index });
  const deliveries = [];
  for (let at = commitIndex + 1; at <= index; at++) {
    const entry = log.get(at);
    if (entry.kind === 'message') deliveries.push({ index: at, position: entry.position, payload: entry.payload });
  }
  if (deliveries.length > 0) turn.effect({ type: 'deliver', deliveries });
  serveWaitingReads(turn);
}

function answerCommitted(turn: Turn): void {
  const { role, commitIndex, log } = turn.state;
  if (role.name !== 'leader') return;
  let { pending } = role;
  while (pending.length > 0 && pending.get(pending.first).index <= commitIndex) {
    const broadcast = pending.get(pending.first);
    answerBroadcast(turn, broadcast, { ok: true, position: log.get(broadcast.index).position });
    pending = pending.dropBefore(pending.first + 1);
  }
  turn.update({ role: changedLeader(role, { pending }) });
}

function progressOf(state: State, peer: NodeId): Progress {
  assert(state.role.name === 'leader', 'only a leader tracks progress');
  return present(state.role.progress[state.config.members.indexOf(peer)], `${peer} is a member`);
}

function setProgress(turn: Turn, peer: NodeId, progress: Progress): void {
  const { role, config } = turn.state;
  assert(role.name === 'leader', 'only a leader tracks progress');
  const changed = role.progress.with(config.members.indexOf(peer), progress);
  turn.update({ role: changedLeader(role, { progress: changed }) });
}
