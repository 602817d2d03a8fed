import { assert } from '../../base/assert.ts';
import { becomeFollower } from './election.ts';
import { commitTo } from './replication.ts';
import { type Turn, termAt } from './turn.ts';
import type { Entry, Message, NodeId, State } from './types.ts';

/** The follower's side of log replication: section 5.3 and the receiver rules of AppendEntries in figure 2. */
export function onAppendEntries(turn: Turn, from: NodeId, append: Message & { kind: 'append-entries' }): void {
  const { prevLogIndex } = append;
  if (append.term < turn.state.term) {
    reject(turn, from, append, prevLogIndex);
    return;
  }
  assert(turn.state.role.name !== 'leader', () => `election safety: ${from} leads term ${append.term} too`);
  becomeFollower(turn, from);
  turn.effect({ type: 'set-timer', timer: 'election' });

  const conflictIndex = findConflict(turn.state, prevLogIndex, append.prevLogTerm);
  if (conflictIndex !== null) {
    reject(turn, from, append, conflictIndex);
    return;
  }
  storeEntries(turn, prevLogIndex, append.entries);
  const matchIndex = prevLogIndex + append.entries.length;
  turn.sendWhenDurable(from, { kind: 'append-accepted', term: turn.state.term, matchIndex, round: append.round });
  // Beyond matchIndex the log may still differ from the leader's: only what was just checked may be committed.
  const commitIndex = Math.min(append.leaderCommit, matchIndex);
  if (commitIndex > turn.state.commitIndex) commitTo(turn, commitIndex);
}

/** Null where the log has the entry; else where the leader may try next: fast backtracking over a term at a time. */
function findConflict(state: State, prevLogIndex: number, prevLogTerm: number): number | null {
  if (prevLogIndex > state.log.last) return state.log.last + 1;
  const term = termAt(state, prevLogIndex);
  if (term === prevLogTerm) return null;
  assert(
    prevLogIndex > state.commitIndex,
    () => `log matching: the committed entry ${prevLogIndex} differs from the leader's`,
  );
  let first = prevLogIndex;
  while (first - 1 > state.commitIndex && termAt(state, first - 1) === term) first--;
  return first;
}

/** Appends what is missing. Only a real conflict truncates: an older message must not drop what a newer one brought. */
function storeEntries(turn: Turn, prevLogIndex: number, entries: readonly Entry[]): void {
  const { log } = turn.state;
  let known = 0;
  while (known < entries.length && prevLogIndex + known + 1 <= log.last) {
    if (log.get(prevLogIndex + known + 1).term !== entries[known]?.term) break;
    known++;
  }
  if (known === entries.length) return;
  const firstNew = prevLogIndex + known + 1;
  turn.persistLog(firstNew <= log.last ? firstNew : null, entries.slice(known));
}

function reject(turn: Turn, to: NodeId, append: Message & { kind: 'append-entries' }, conflictIndex: number): void {
  const { prevLogIndex, round } = append;
  turn.sendWhenDurable(to, { kind: 'append-rejected', term: turn.state.term, prevLogIndex, conflictIndex, round });
}
