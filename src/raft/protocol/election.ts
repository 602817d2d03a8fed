import { assert } from '../../base/assert.ts';
import { abandonForwarded, abandonPending, abandonReads } from './answers.ts';
import { appendAsLeader, leaderProgress, replicateToAll } from './replication.ts';
import { Sequence } from './sequence.ts';
import { lastPosition, others, quorum, type Turn, termAt } from './turn.ts';
import type { Message, NodeId } from './types.ts';

/** Leader election: section 5.2, and the restriction on who may win of section 5.4.1. */

/** The election time-out passed without word from a leader: stand for the next term. */
export function startElection(turn: Turn): void {
  const { state } = turn;
  if (state.role.name === 'leader') return;
  if (state.role.name === 'follower') abandonForwarded(turn, state.role.forwarded);
  turn.persistTermAndVote(state.term + 1, state.config.id);
  turn.update({ role: { name: 'candidate', votes: [], ownVoteWrite: turn.state.lastWrite } });
  turn.effect({ type: 'set-timer', timer: 'election' });
  const { term, log } = turn.state;
  for (const peer of others(turn.state)) {
    turn.sendWhenDurable(peer, {
      kind: 'request-vote',
      term,
      lastLogIndex: log.last,
      lastLogTerm: termAt(turn.state, log.last),
    });
  }
}

/** A vote is given once a term, first come first served, and only to a log at least as up-to-date as one's own. */
export function onRequestVote(turn: Turn, from: NodeId, request: Message & { kind: 'request-vote' }): void {
  const { state } = turn;
  const free = state.votedFor === null || state.votedFor === from;
  const granted = request.term === state.term && free && upToDate(turn, request);
  if (granted && state.votedFor === null) turn.persistTermAndVote(state.term, from);
  if (granted) turn.effect({ type: 'set-timer', timer: 'election' });
  turn.sendWhenDurable(from, { kind: 'vote', term: turn.state.term, granted });
}

function upToDate(turn: Turn, request: Message & { kind: 'request-vote' }): boolean {
  const { last } = turn.state.log;
  const lastTerm = termAt(turn.state, last);
  return request.lastLogTerm > lastTerm || (request.lastLogTerm === lastTerm && request.lastLogIndex >= last);
}

export function onVote(turn: Turn, from: NodeId, vote: Message & { kind: 'vote' }): void {
  if (vote.granted && vote.term === turn.state.term) countVote(turn, from);
}

/** A candidate's own vote counts once it is durable: else it could vote for another after a crash, in the same term. */
export function countOwnVoteWhenDurable(turn: Turn): void {
  const { role, durableWrite, config } = turn.state;
  if (role.name === 'candidate' && durableWrite >= role.ownVoteWrite) countVote(turn, config.id);
}

function countVote(turn: Turn, voter: NodeId): void {
  const { role } = turn.state;
  if (role.name !== 'candidate' || role.votes.includes(voter)) return;
  const votes = [...role.votes, voter];
  turn.update({ role: { ...role, votes } });
  if (votes.length >= quorum(turn.state)) becomeLeader(turn);
}

/** A new leader commits nothing of earlier terms by counting (section 5.4.2); its no-op lets them commit (section 8). */
function becomeLeader(turn: Turn): void {
  const { state } = turn;
  turn.update({
    role: {
      name: 'leader',
      progress: leaderProgress(state),
      pending: Sequence.of(1),
      termStart: state.log.last + 1,
      round: 0,
      confirmedRound: 0,
      reads: [],
    },
  });
  turn.effect({ type: 'cancel-timer', timer: 'election' });
  turn.effect({ type: 'set-timer', timer: 'heartbeat' });
  appendAsLeader(turn, { kind: 'noop', term: state.term, position: lastPosition(state) });
  replicateToAll(turn);
}

/** A higher term was seen: whoever one was, one is its follower now (section 5.1). */
export function adoptTerm(turn: Turn, term: number): void {
  assert(term > turn.state.term, 'only a higher term is adopted');
  turn.persistTermAndVote(term, null);
  becomeFollower(turn, null);
}

export function becomeFollower(turn: Turn, leader: NodeId | null): void {
  const { role } = turn.state;
  switch (role.name) {
    case 'follower':
      if (role.leader === leader) return;
      abandonForwarded(turn, role.forwarded);
      break;
    case 'candidate':
      break;
    case 'leader':
      abandonPending(turn, role.pending);
      abandonReads(turn, role.reads);
      turn.effect({ type: 'cancel-timer', timer: 'heartbeat' });
      turn.effect({ type: 'set-timer', timer: 'election' });
      break;
  }
  turn.update({ role: { name: 'follower', leader, forwarded: [] } });
}
