import { assert } from '../../base/assert.ts';
import { commitTo } from './commitment.ts';
import type { Entry, NodeId } from './entries.ts';
import type { Message } from './messages.ts';
import { becomeFollower } from './roles.ts';
import type { State } from './state.ts';
import { type Turn, termAt } from './turn.ts';

/** The follower's side of log replication: section 5.3 and the receiver rules of AppendEntries in figure 2. */
export function onAppendEntries(turn: Turn, from: NodeId, append: Message & { kind: 'append-entries' }): void {
  if (append.term < turn.state.term) {
    reject(turn, from, append, append.prevLogIndex);
    return;
  }
  followLeader(turn, from);
  if (!agreesAt(turn.state, append.prevLogIndex, append.prevLogTerm)) {
    reject(turn, from, append, lastPossibleMatch(turn.state, append));
    return;
  }
  storeEntries(turn, append);
  const matchIndex = append.prevLogIndex + append.entries.length;
  accept(turn, from, append, matchIndex);
  // Beyond matchIndex the log may still differ from the leader's: only what was just checked may be committed.
  const commitIndex = Math.min(append.leaderCommit, matchIndex);
  if (commitIndex > turn.state.commitIndex) commitTo(turn, commitIndex);
}

/** The leader knows that this node holds what it says is committed. */
export function onCommit(turn: Turn, from: NodeId, { term, commitIndex }: Message & { kind: 'commit' }): void {
  if (term < turn.state.term) return;
  followLeader(turn, from);
  const { last } = turn.state.log;
  assert(
    commitIndex <= last,
    () => `this node has held entry ${commitIndex}, and its log ends at ${last}: is it lost?`,
  );
  if (commitIndex > turn.state.commitIndex) commitTo(turn, commitIndex);
}

/** `from` leads this node's term. */
export function followLeader(turn: Turn, from: NodeId): void {
  const { role, term } = turn.state;
  assert(role.name !== 'leader', () => `election safety: ${from} leads term ${term} too`);
  becomeFollower(turn, from);
  turn.update({ heardMs: turn.nowMs });
  turn.effect({ type: 'set-timer', timer: 'election' });
}

/** What a snapshot covers is committed, and so the same in every leader's log. */
function agreesAt(state: State, prevLogIndex: number, prevLogTerm: number): boolean {
  if (prevLogIndex > state.log.last) return false;
  if (prevLogIndex < state.logStart.index) return true;
  const agrees = termAt(state, prevLogIndex) === prevLogTerm;
  assert(
    agrees || prevLogIndex > state.commitIndex,
    () => `leader completeness: the committed entry ${prevLogIndex} differs from the leader's`,
  );
  return agrees;
}

/** Where the logs can still agree: not beyond this one's end, nor where it has a later term than the leader there. */
function lastPossibleMatch(state: State, { prevLogIndex, prevLogTerm }: Message & { kind: 'append-entries' }): number {
  let at = Math.min(prevLogIndex - 1, state.log.last);
  while (at > state.commitIndex && termAt(state, at) > prevLogTerm) at--;
  return at;
}

/** Appends what is missing. Only a real conflict truncates: an older message must not drop what a newer one brought. */
function storeEntries(turn: Turn, { prevLogIndex, entries }: Message & { kind: 'append-entries' }): void {
  const { log, logStart } = turn.state;
  let known = Math.min(entries.length, Math.max(0, logStart.index - prevLogIndex));
  while (known < entries.length && prevLogIndex + known + 1 <= log.last) {
    if (log.get(prevLogIndex + known + 1).term !== entries[known]?.term) break;
    known++;
  }
  if (known === entries.length) return;
  const firstNew = prevLogIndex + known + 1;
  turn.persistLog(firstNew <= log.last ? firstNew : null, withoutKnown(entries, known));
}

/**
 * A heartbeat is answered at once, with as much of the log as is durable: a leader whose followers' disks are slow would
 * else be deposed for it, as if they were gone. Only the term must be durable, for the leader counts on its follower.
 */
function accept(turn: Turn, to: NodeId, { entries, round }: Message & { kind: 'append-entries' }, matchIndex: number) {
  const { term, termWrite, durableWrite, durableIndex } = turn.state;
  const isHeartbeat = entries.length === 0 && termWrite <= durableWrite;
  if (isHeartbeat) {
    turn.send(to, { kind: 'append-accepted', term, matchIndex: Math.min(matchIndex, durableIndex), round });
  } else {
    turn.sendWhenDurable(to, { kind: 'append-accepted', term, matchIndex, round });
  }
}

function withoutKnown(entries: readonly Entry[], known: number): readonly Entry[] {
  return known === 0 ? entries : entries.slice(known);
}

function reject(turn: Turn, to: NodeId, append: Message & { kind: 'append-entries' }, hintIndex: number): void {
  const { prevLogIndex, round } = append;
  const { state } = turn;
  const isKnown = hintIndex >= state.logStart.index && hintIndex <= state.log.last;
  const hintTerm = isKnown ? termAt(state, hintIndex) : 0;
  turn.sendWhenDurable(to, { kind: 'append-rejected', term: state.term, prevLogIndex, hintIndex, hintTerm, round });
}
