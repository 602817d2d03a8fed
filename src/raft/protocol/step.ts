import { assert, unreachable } from '../../base/assert.ts';
import { onFollowerAnswer } from './acknowledgement.ts';
import { forgetRequests } from './answers.ts';
import { onLeaderTimeout } from './check-quorum.ts';
import { advanceCommitIndex } from './commitment.ts';
import {
  countOwnVoteWhenDurable,
  hearsFromLeader,
  onElectionTimeout,
  onPreVote,
  onRequestPreVote,
  onRequestVote,
  onVote,
} from './election.ts';
import type { NodeId } from './entries.ts';
import type { Effect, Event, Step, Transition } from './events.ts';
import { onAppendEntries, onCommit } from './follower.ts';
import type { Message } from './messages.ts';
import { onForwardRead, onRead, onReadIndex } from './reads.ts';
import { onHeartbeatTimeout, onSnapshotGone, replicateToAll } from './replication.ts';
import { onForward, onForwardAnswers, onRequests, onUnsent } from './requests.ts';
import { adoptTerm } from './roles.ts';
import { Sequence } from './sequence.ts';
import { onInstallSnapshot, onSnapshotReceived, onSnapshotTakenHere } from './snapshots.ts';
import type { Config, DurableState, State } from './state.ts';
import { onTimeoutNow } from './transfer.ts';
import { configurationsIn, Turn } from './turn.ts';

/** The whole protocol: what a node does about an event. Pure; `state` stays as it was. */
export const step: Step = (state, event) => stepTogether(state, [event]);

/** Several events at once, in their order: what a leader then has to send goes together. */
export function stepTogether(state: State, events: readonly Event[]): Transition {
  const turn = new Turn(state);
  for (const event of events) {
    const before = turn.state;
    turn.nowMs = 'nowMs' in event ? event.nowMs : 0;
    handle(turn, event);
    assertInvariants(before, turn.state);
  }
  if (turn.replicates) replicateToAll(turn);
  return { state: turn.state, effects: turn.effects };
}

function handle(turn: Turn, event: Event): void {
  switch (event.type) {
    case 'receive':
      onMessage(turn, event.from, event.message);
      break;
    case 'timeout':
      if (event.timer === 'heartbeat') onHeartbeatTimeout(turn);
      else if (turn.state.role.name === 'leader') onLeaderTimeout(turn);
      else onElectionTimeout(turn);
      break;
    case 'request':
      onRequests(turn, event.asked);
      break;
    case 'read':
      onRead(turn, event.requestId);
      break;
    case 'give-up':
      forgetRequests(turn, event.requestIds);
      break;
    case 'unsent':
      onUnsent(turn, event.requestIds);
      break;
    case 'persisted':
      onPersisted(turn, event.write);
      break;
    case 'snapshot-stored':
      if (event.origin === 'here') onSnapshotTakenHere(turn, event.snapshot);
      else onSnapshotReceived(turn, event.snapshot);
      break;
    case 'snapshot-gone':
      onSnapshotGone(turn, event.to);
      break;
    default:
      unreachable(event);
  }
}

/** A node as it starts, with what its disk had: an empty log and term 0 the first time. */
export function recover(config: Config, durable: DurableState, nowMs: number): Transition {
  const { term, votedFor, snapshot, entries } = durable;
  const logStart = { index: snapshot?.index ?? 0, term: snapshot?.term ?? 0 };
  const log = Sequence.of(logStart.index + 1, entries);
  const first = { index: logStart.index, configuration: snapshot?.configuration ?? config.initial };
  const configurations = [first, ...configurationsIn(log.first, entries)];
  const state: State = {
    config,
    term,
    votedFor,
    log,
    logStart,
    snapshot,
    configurations,
    commitIndex: logStart.index,
    applied: { position: snapshot?.position ?? 0, sessions: snapshot?.sessions ?? [] },
    role: { name: 'follower', leader: null, forwarded: [], receiving: null },
    // A leader may count on a lease that was given before the restart.
    heardMs: config.leaseMs === null ? null : nowMs,
    lastWrite: 0,
    durableWrite: 0,
    termWrite: 0,
    unsynced: [],
    durableIndex: log.last,
    waitingReads: [],
  };
  const effects: Effect[] = [{ type: 'configure', ...(configurations.at(-1) ?? first) }];
  if (snapshot !== null) effects.push({ type: 'restore', snapshot });
  effects.push({ type: 'set-timer', timer: 'election' });
  return { state, effects };
}

/** A higher term is adopted, but for what asks about a term that has not begun, and for candidates who disturb. */
function onMessage(turn: Turn, from: NodeId, message: Message): void {
  if (message.kind === 'request-prevote') {
    onRequestPreVote(turn, from, message);
  } else if (message.kind === 'prevote') {
    onPreVote(turn, from, message);
  } else if (message.kind !== 'request-vote' || message.transfer || !hearsFromLeader(turn)) {
    if (message.term > turn.state.term) adoptTerm(turn, message.term, from);
    onMessageOfTerm(turn, from, message);
  }
}

/** The message is of this node's term, or of an earlier one. */
function onMessageOfTerm(turn: Turn, from: NodeId, message: Exclude<Message, { kind: 'request-prevote' | 'prevote' }>) {
  switch (message.kind) {
    case 'request-vote':
      onRequestVote(turn, from, message);
      break;
    case 'vote':
      onVote(turn, from, message);
      break;
    case 'append-entries':
      onAppendEntries(turn, from, message);
      break;
    case 'commit':
      onCommit(turn, from, message);
      break;
    case 'install-snapshot':
      onInstallSnapshot(turn, from, message);
      break;
    case 'append-accepted':
    case 'append-rejected':
    case 'snapshot-taken':
      onFollowerAnswer(turn, from, message);
      break;
    case 'forward':
      onForward(turn, from, message.asked);
      break;
    case 'forward-answers':
      onForwardAnswers(turn, message.answers);
      break;
    case 'forward-read':
      onForwardRead(turn, from, message.requestId);
      break;
    case 'read-index':
      onReadIndex(turn, message.requestId, message.index);
      break;
    case 'timeout-now':
      onTimeoutNow(turn, message.term);
      break;
    default:
      unreachable(message);
  }
}

function onPersisted(turn: Turn, write: number): void {
  const { unsynced, durableWrite, lastWrite } = turn.state;
  assert(write > durableWrite && write <= lastWrite, `write ${write} is the next of ${durableWrite}..${lastWrite}`);
  const synced = unsynced.findLast((unsyncedWrite) => unsyncedWrite.write <= write);
  turn.update({
    durableWrite: write,
    unsynced: unsynced.filter((unsyncedWrite) => unsyncedWrite.write > write),
    durableIndex: Math.max(synced?.lastIndex ?? 0, turn.state.durableIndex),
  });
  countOwnVoteWhenDurable(turn);
  advanceCommitIndex(turn);
}

/** What no step may break, whatever it was given; the properties between nodes are the model checker's to check. */
function assertInvariants(before: State, after: State): void {
  assert(after.term >= before.term, 'the term never goes back');
  assert(after.term > before.term || before.votedFor === null || after.votedFor === before.votedFor, 'one vote a term');
  assert(after.commitIndex >= before.commitIndex, 'the commit index never goes back');
  assert(after.applied.position >= before.applied.position, 'positions never go back');
  assert(after.commitIndex <= after.log.last, 'the log has what is committed');
  assert(after.durableIndex <= after.log.last, 'only what is in the log is durable');
  assert(after.log.first === after.logStart.index + 1, 'the log goes on from where it starts');
  assert(after.logStart.index <= after.commitIndex, 'only what is committed is compacted');
  const stayedLeader = before.role.name === 'leader' && after.role.name === 'leader';
  assert(!stayedLeader || after.log.last >= before.log.last, 'a leader only appends');
  assert(
    after.role.name !== 'leader' || before.role.name === 'leader' || before.role.name === 'candidate',
    'a leader was a candidate',
  );
}
