import { assert } from '../../base/assert.ts';
import { answerTogether, serveWaitingReads } from './answers.ts';
import { applyEntry } from './applied.ts';
import { changedLeader } from './changes.ts';
import { heldByQuorum, latestConfiguration } from './configuration.ts';
import { bytesOf } from './entries.ts';
import type { Delivery } from './events.ts';
import { goOnWithChange, leaveIfRemoved } from './membership.ts';
import type { Answer } from './messages.ts';
import { goOnWithReads } from './reads.ts';
import { progressOf } from './replication.ts';
import type { State } from './state.ts';
import { type Turn, termAt } from './turn.ts';

/**
 * An entry of the leader's own term that a majority holds durably is committed, and with it all before it; entries of
 * earlier terms are never committed by counting (section 5.4.2, figure 8). The leader counts itself by what is durable, and
 * only where it is a voter.
 */
export function advanceCommitIndex(turn: Turn): void {
  const { state } = turn;
  if (state.role.name !== 'leader') return;
  const held = heldByQuorum(latestConfiguration(state), (id) =>
    id === state.config.id ? state.durableIndex : progressOf(state, id).match,
  );
  if (held <= state.commitIndex || termAt(state, held) !== state.term) return;
  const answers = commitTo(turn, held);
  answerCommitted(turn, state.commitIndex + 1, answers);
  countUncommitted(turn, state);
  goOnWithChange(turn);
  goOnWithReads(turn);
  turn.replicates = true;
  leaveIfRemoved(turn);
}

/** What has been committed since `before` is no burden any more. */
function countUncommitted(turn: Turn, before: State): void {
  const { role, commitIndex, log } = turn.state;
  if (role.name !== 'leader') return;
  const committed = log.slice(before.commitIndex + 1, commitIndex).reduce((bytes, entry) => bytes + bytesOf(entry), 0);
  turn.update({ role: changedLeader(role, { uncommittedBytes: role.uncommittedBytes - committed }) });
}

/** Moves the commit index, delivers what it has passed, and tells what came of each entry. */
export function commitTo(turn: Turn, index: number): Answer[] {
  const { log, commitIndex, config } = turn.state;
  assert(index > commitIndex && index <= log.last, () => `commit index ${commitIndex} to ${index} of ${log.last}`);
  let { applied } = turn.state;
  const deliveries: Delivery[] = [];
  const answers: Answer[] = [];
  for (let at = commitIndex + 1; at <= index; at++) {
    const application = applyEntry(applied, at, log.get(at), config.maxSessions);
    applied = application.applied;
    if (application.delivery !== null) deliveries.push(application.delivery);
    answers.push(application.answer);
  }
  turn.update({ commitIndex: index, applied, configurations: stillCounting(turn.state, index) });
  if (deliveries.length > 0) turn.effect({ type: 'deliver', deliveries });
  serveWaitingReads(turn);
  return answers;
}

/** Of the configurations, the last committed one and those after it. */
function stillCounting({ configurations }: State, commitIndex: number): State['configurations'] {
  const committed = configurations.findLastIndex(({ index }) => index <= commitIndex);
  return committed <= 0 ? configurations : configurations.slice(committed);
}

function answerCommitted(turn: Turn, first: number, answers: readonly Answer[]): void {
  const { role, commitIndex } = turn.state;
  if (role.name !== 'leader') return;
  const answered = [];
  let { pending } = role;
  while (pending.length > 0 && pending.get(pending.first).index <= commitIndex) {
    const { origin, requestId, index } = pending.get(pending.first);
    const answer = answers[index - first];
    assert(answer !== undefined, 'a pending request has an entry that was not committed before');
    answered.push({ origin, requestId, answer });
    pending = pending.dropBefore(pending.first + 1);
  }
  turn.update({ role: changedLeader(role, { pending }) });
  answerTogether(turn, answered);
}
