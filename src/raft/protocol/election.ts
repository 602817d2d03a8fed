import { abandonForwarded } from './abandon.ts';
import { hasQuorum, isVoter, latestConfiguration, votersOf } from './configuration.ts';
import { bytesOf, type NodeId } from './entries.ts';
import type { Message } from './messages.ts';
import { appendAsLeader, leaderProgress } from './replication.ts';
import { adoptTerm, becomeFollower } from './roles.ts';
import { Sequence } from './sequence.ts';
import type { State } from './state.ts';
import { type Turn, termAt } from './turn.ts';

/** Leader election: section 5.2, the restriction on who may win of section 5.4.1, and prevotes (dissertation, section 9.6). */

/** The election time-out passed without word from a leader. */
export function onElectionTimeout(turn: Turn): void {
  turn.update({ heardMs: null });
  if (!mayStand(turn.state)) {
    becomeFollower(turn, null);
    turn.effect({ type: 'set-timer', timer: 'election' });
  } else if (turn.state.config.preVote) {
    becomePreCandidate(turn);
  } else {
    becomeCandidate(turn, false);
  }
}

/**
 * Who votes in a configuration that may still count stands: also in the one before the latest, whose members may be needed
 * until the latest is committed (dissertation, section 4.2.2).
 */
function mayStand({ configurations, config }: State): boolean {
  return configurations.some(({ configuration }) => isVoter(configuration, config.id));
}

function becomePreCandidate(turn: Turn): void {
  const { role, config, term } = turn.state;
  if (role.name === 'follower') abandonForwarded(turn, role.forwarded);
  const receiving = role.name === 'follower' || role.name === 'pre-candidate' ? role.receiving : null;
  turn.update({ role: { name: 'pre-candidate', votes: [], receiving } });
  turn.effect({ type: 'set-timer', timer: 'election' });
  for (const peer of electorate(turn.state)) {
    turn.send(peer, { kind: 'request-prevote', term: term + 1, ...lastEntry(turn.state) });
  }
  countPreVote(turn, config.id);
}

/** Nothing is promised and nothing kept: would one vote for it in the term that it names? */
export function onRequestPreVote(turn: Turn, from: NodeId, request: Message & { kind: 'request-prevote' }): void {
  const { state } = turn;
  const granted = request.term > state.term && !hearsFromLeader(turn) && upToDate(state, request);
  turn.send(from, { kind: 'prevote', term: granted ? request.term : state.term, granted });
}

export function onPreVote(turn: Turn, from: NodeId, vote: Message & { kind: 'prevote' }): void {
  if (!vote.granted && vote.term > turn.state.term) adoptTerm(turn, vote.term, from);
  else if (vote.granted && vote.term === turn.state.term + 1) countPreVote(turn, from);
}

function countPreVote(turn: Turn, voter: NodeId): void {
  const { role } = turn.state;
  if (role.name !== 'pre-candidate' || role.votes.includes(voter)) return;
  const votes = [...role.votes, voter];
  turn.update({ role: { ...role, votes } });
  if (elects(turn.state, votes)) becomeCandidate(turn, false);
}

/** Stands for the next term. `transfer`: at the wish of its leader, so that nobody waits for that one. */
export function becomeCandidate(turn: Turn, transfer: boolean): void {
  const { role, term, config } = turn.state;
  if (role.name === 'follower') abandonForwarded(turn, role.forwarded);
  turn.persistTermAndVote(term + 1, config.id);
  turn.update({ role: { name: 'candidate', votes: [], ownVoteWrite: turn.state.lastWrite } });
  turn.effect({ type: 'set-timer', timer: 'election' });
  for (const peer of electorate(turn.state)) {
    turn.sendWhenDurable(peer, { kind: 'request-vote', term: term + 1, transfer, ...lastEntry(turn.state) });
  }
}

/** A vote is given once a term, first come first served, and only to a log at least as up-to-date as one's own. */
export function onRequestVote(turn: Turn, from: NodeId, request: Message & { kind: 'request-vote' }): void {
  const { state } = turn;
  const free = state.votedFor === null || state.votedFor === from;
  const granted = request.term === state.term && free && upToDate(state, request);
  if (granted && state.votedFor === null) turn.persistTermAndVote(state.term, from);
  if (granted) turn.effect({ type: 'set-timer', timer: 'election' });
  turn.sendWhenDurable(from, { kind: 'vote', term: turn.state.term, granted });
}

/**
 * Whether a leader leads for all one knows: then one neither votes nor adopts a candidate's term, so that a node that was
 * cut off or removed does not disturb (section 6), and a leader's lease holds (dissertation, section 6.4.1).
 */
export function hearsFromLeader({ state, nowMs }: Turn): boolean {
  const { config, heardMs, role } = state;
  if (!config.checkQuorum) return false;
  return role.name === 'leader' || (heardMs !== null && nowMs - heardMs < config.minElectionTimeoutMs);
}

function upToDate(state: State, request: { readonly lastLogIndex: number; readonly lastLogTerm: number }): boolean {
  const { lastLogIndex, lastLogTerm } = lastEntry(state);
  return (
    request.lastLogTerm > lastLogTerm || (request.lastLogTerm === lastLogTerm && request.lastLogIndex >= lastLogIndex)
  );
}

function lastEntry(state: State): { readonly lastLogIndex: number; readonly lastLogTerm: number } {
  return { lastLogIndex: state.log.last, lastLogTerm: termAt(state, state.log.last) };
}

function electorate(state: State): NodeId[] {
  return votersOf(latestConfiguration(state)).filter((id) => id !== state.config.id);
}

function elects(state: State, votes: readonly NodeId[]): boolean {
  return hasQuorum(latestConfiguration(state), (id) => votes.includes(id));
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
  if (elects(turn.state, votes)) becomeLeader(turn);
}

/** A new leader commits nothing of earlier terms by counting (section 5.4.2); its no-op lets them commit (section 8). */
function becomeLeader(turn: Turn): void {
  const { state } = turn;
  const uncommitted = state.log.slice(state.commitIndex + 1, state.log.last);
  turn.update({
    role: {
      name: 'leader',
      progress: leaderProgress(state),
      pending: Sequence.of(1),
      uncommittedBytes: uncommitted.reduce((bytes, entry) => bytes + bytesOf(entry), 0),
      termStart: state.log.last + 1,
      round: 0,
      confirmedRound: 0,
      roundStartMs: 0,
      leaseUntilMs: 0,
      reads: [],
      transfer: null,
      change: null,
    },
  });
  turn.effect({ type: state.config.checkQuorum ? 'set-timer' : 'cancel-timer', timer: 'election' });
  turn.effect({ type: 'set-timer', timer: 'heartbeat' });
  appendAsLeader(turn, [{ kind: 'noop', term: state.term }]);
  turn.replicates = true;
}
