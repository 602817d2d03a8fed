import { assert, unreachable } from '../../base/assert.ts';
import { forgetRequest } from './answers.ts';
import { onBroadcast, onForward, onForwardAnswer } from './broadcast.ts';
import { adoptTerm, countOwnVoteWhenDurable, onRequestVote, onVote, startElection } from './election.ts';
import { onAppendEntries } from './follower.ts';
import { confirmReads, onForwardRead, onRead, onReadIndex } from './reads.ts';
import {
  advanceCommitIndex,
  onAppendAccepted,
  onAppendRejected,
  onHeartbeatTimeout,
  onRoundAnswered,
} from './replication.ts';
import { Sequence } from './sequence.ts';
import { Turn } from './turn.ts';
import type { Config, DurableState, Effect, Event, Message, NodeId, State, Step, Transition } from './types.ts';

/** The whole protocol: what a node does about an event. Pure; `state` stays as it was. */
export const step: Step = (state: State, event: Event): Transition => {
  const turn = new Turn(state);
  switch (event.type) {
    case 'receive':
      onMessage(turn, event.from, event.message);
      break;
    case 'timeout':
      if (event.timer === 'election') startElection(turn);
      else onHeartbeatTimeout(turn);
      break;
    case 'broadcast':
      onBroadcast(turn, event.requestId, event.payload);
      break;
    case 'read':
      onRead(turn, event.requestId);
      break;
    case 'give-up':
      forgetRequest(turn, event.requestId);
      break;
    case 'persisted':
      onPersisted(turn, event.write);
      break;
    default:
      unreachable(event);
  }
  assertInvariants(state, turn.state);
  return { state: turn.state, effects: turn.effects };
};

/** A node as it starts, with what its disk had: an empty log and term 0 the first time. */
export function recover(config: Config, durable: DurableState): Transition {
  assert(config.members.includes(config.id), `${config.id} is one of the members`);
  const effects: Effect[] = [{ type: 'set-timer', timer: 'election' }];
  const log = Sequence.of(1, durable.entries);
  const state: State = {
    config,
    term: durable.term,
    votedFor: durable.votedFor,
    log,
    commitIndex: 0,
    role: { name: 'follower', leader: null, forwarded: [] },
    lastWrite: 0,
    durableWrite: 0,
    unsynced: [],
    durableIndex: log.last,
    waitingReads: [],
  };
  return { state, effects };
}

function onMessage(turn: Turn, from: NodeId, message: Message): void {
  assert(turn.state.config.members.includes(from), `a message comes from a member, not ${from}`);
  if (message.term > turn.state.term) adoptTerm(turn, message.term);
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
    case 'append-accepted':
    case 'append-rejected':
      if (leadsTerm(turn, message.term)) onAppendAnswer(turn, from, message);
      break;
    case 'forward':
      onForward(turn, from, message.requestId, message.payload);
      break;
    case 'forward-answer':
      onForwardAnswer(turn, message.requestId, message.answer);
      break;
    case 'forward-read':
      onForwardRead(turn, from, message.requestId);
      break;
    case 'read-index':
      onReadIndex(turn, message.requestId, message.index);
      break;
    default:
      unreachable(message);
  }
}

function onAppendAnswer(
  turn: Turn,
  from: NodeId,
  answer: Message & { kind: 'append-accepted' | 'append-rejected' },
): void {
  onRoundAnswered(turn, from, answer.round);
  if (answer.kind === 'append-accepted') onAppendAccepted(turn, from, answer.matchIndex);
  else onAppendRejected(turn, from, answer.prevLogIndex, answer.conflictIndex);
  confirmReads(turn);
}

/** Answers to a leader of an earlier term say nothing about this one. */
function leadsTerm(turn: Turn, term: number): boolean {
  return turn.state.role.name === 'leader' && turn.state.term === term;
}

function onPersisted(turn: Turn, write: number): void {
  const { unsynced, durableWrite, lastWrite } = turn.state;
  assert(write > durableWrite && write <= lastWrite, `write ${write} is the next of ${durableWrite}..${lastWrite}`);
  const synced = unsynced.findLast((unsyncedWrite) => unsyncedWrite.write <= write);
  turn.update({
    durableWrite: write,
    unsynced: unsynced.filter((unsyncedWrite) => unsyncedWrite.write > write),
    durableIndex: synced?.lastIndex ?? turn.state.durableIndex,
  });
  countOwnVoteWhenDurable(turn);
  advanceCommitIndex(turn);
}

/** What no step may break, whatever it was given; the properties between nodes are the model checker's to check. */
function assertInvariants(before: State, after: State): void {
  assert(after.term >= before.term, 'the term never goes back');
  assert(after.term > before.term || before.votedFor === null || after.votedFor === before.votedFor, 'one vote a term');
  assert(after.commitIndex >= before.commitIndex, 'the commit index never goes back');
  assert(after.commitIndex <= after.log.last, 'the log has what is committed');
  assert(after.durableIndex <= after.log.last, 'only what is in the log is durable');
  const stayedLeader = before.role.name === 'leader' && after.role.name === 'leader';
  assert(!stayedLeader || after.log.last >= before.log.last, 'a leader only appends');
}
