import { assert, present } from '../../base/assert.ts';
import { abandonChange } from './abandon.ts';
import { answer, definite } from './answers.ts';
import { changedLeader } from './changes.ts';
import {
  configurationCommitted,
  isJoint,
  isSettled,
  isVoter,
  jointConfiguration,
  latestConfiguration,
  sameConfiguration,
  settledConfiguration,
  sorted,
  votersOf,
  withLearners,
} from './configuration.ts';
import type { Configuration, NodeId } from './entries.ts';
import { appendAsLeader, progressOf, replicateToAll } from './replication.ts';
import { becomeFollower } from './roles.ts';
import type { Asker, MembershipChange, State } from './state.ts';
import type { Turn } from './turn.ts';

/**
 * Changes of the membership by joint consensus: section 6. Who is to vote and does not have the log yet comes as a learner
 * first (dissertation, section 4.2.1); then the old and the new voters decide jointly; once that is committed, the new ones alone.
 */
export function startChange(turn: Turn, asker: Asker, members: Configuration): void {
  const { state } = turn;
  if (state.role.name !== 'leader') return;
  const target = sorted(members);
  if (!isSettled(target)) {
    answer(turn, asker, definite('bad-membership'));
    return;
  }
  // Without an entry of its own term a leader cannot know that no other change is under way (as in section 4.1 there).
  if (state.commitIndex < state.role.termStart) {
    answer(turn, asker, definite('leader-too-new'));
    return;
  }
  const { change } = state.role;
  if (change !== null && sameConfiguration(change.target, target)) {
    setChange(turn, { ...change, askers: [...change.askers, asker] });
    return;
  }
  if (!configurationCommitted(state) || isJoint(latestConfiguration(state))) {
    answer(turn, asker, definite('change-in-progress'));
    return;
  }
  // It has not begun yet, and may never: whoever asks for other members knows better.
  abandonChange(turn, 'change-replaced');
  setChange(turn, { askers: [asker], target, finalIndex: null, rounds: 0, roundEnd: 0, roundLooks: 0, silent: 0 });
  if (!state.config.checkQuorum) turn.effect({ type: 'set-timer', timer: 'election' });
  const current = latestConfiguration(state);
  const prepared = withLearners(current, target);
  if (!sameConfiguration(prepared, current)) use(turn, prepared);
  goOnWithChange(turn);
}

/** The next stage of a change, where it is time for it: after every commitment, and as learners catch up. */
export function goOnWithChange(turn: Turn): void {
  const { state } = turn;
  const { role } = state;
  if (role.name !== 'leader' || !configurationCommitted(state)) return;
  const current = latestConfiguration(state);
  if (isJoint(current)) {
    // Whoever began it: the joint configuration says what it leads to.
    use(turn, settledConfiguration(current));
    lastStage(turn);
  } else if (role.change !== null && role.change.finalIndex === null && haveCaughtUp(turn, role.change)) {
    const next = jointConfiguration(current, role.change.target);
    if (!sameConfiguration(next, current)) use(turn, next);
    if (!isJoint(next)) lastStage(turn);
  }
  answerChange(turn);
}

/** Once the latest configuration is committed, the change is done. */
function lastStage(turn: Turn): void {
  const { role, configurations } = turn.state;
  if (role.name !== 'leader' || role.change === null) return;
  const { index } = present(configurations.at(-1), 'there is always a configuration');
  setChange(turn, { ...role.change, finalIndex: index });
}

function answerChange(turn: Turn): void {
  const { role, commitIndex, applied } = turn.state;
  if (role.name !== 'leader' || role.change === null) return;
  const { askers, finalIndex } = role.change;
  if (finalIndex === null || finalIndex > commitIndex) return;
  setChange(turn, null);
  for (const asker of askers) answer(turn, asker, { ok: true, index: finalIndex, position: applied.position });
}

/**
 * Whether those who are to vote lack no more than one message can bring. Under a load that never lets them come so close they
 * are given rounds, each of which brings them to where the log ended when it began; if the last is not shorter than about an
 * election time-out, the cluster would wait for them, and the change is given up (dissertation, section 4.2.1).
 */
function haveCaughtUp(turn: Turn, change: MembershipChange): boolean {
  const { state } = turn;
  const late = lagging(state, change);
  if (late.length === 0) return true;
  const endRound = late.every((id) => progressOf(state, id).match > change.roundEnd);
  if (!endRound) return false;
  if (change.rounds === enoughRounds) {
    if (change.roundLooks <= 1) return true;
    abandonChange(turn, 'not-caught-up');
  } else {
    setChange(turn, { ...change, rounds: change.rounds + 1, roundEnd: state.log.last, roundLooks: 0 });
  }
  return false;
}

const enoughRounds = 10;

/** Who is to vote, does not yet, and lacks more than one message can bring; or all, so that it may not even be there. */
function lagging(state: State, change: MembershipChange): NodeId[] {
  const current = latestConfiguration(state);
  return votersOf(change.target).filter((id) => {
    if (isVoter(current, id)) return false;
    const { match } = progressOf(state, id);
    return match === 0 || match + state.config.maxEntriesPerMessage < state.log.last;
  });
}

/** A change whose learners do not answer for long is given up: it would keep out all others. Called at each look at the quorum. */
export function giveUpSilentChange(turn: Turn): void {
  const { state } = turn;
  const { role } = state;
  if (role.name !== 'leader' || role.change === null || role.change.finalIndex !== null) return;
  if (isJoint(latestConfiguration(state))) return;
  const isSilent = lagging(state, role.change).some((id) => progressOf(state, id).silentLooks > 0);
  const silent = isSilent ? role.change.silent + 1 : 0;
  // Counted no further than it says anything.
  const roundLooks = Math.min(2, role.change.roundLooks + 1);
  if (silent > patience) abandonChange(turn, 'not-caught-up');
  else setChange(turn, { ...role.change, silent, roundLooks });
}

/** In looks at the quorum: some seconds, as elections go. */
const patience = 10;

/** A leader that is no member any more has brought the change to its end, and its office with it (section 6). */
export function leaveIfRemoved(turn: Turn): void {
  const { state } = turn;
  const latest = latestConfiguration(state);
  if (state.role.name !== 'leader' || !configurationCommitted(state) || isJoint(latest)) return;
  if (isVoter(latest, state.config.id)) return;
  replicateToAll(turn);
  const heir = votersOf(latest).find((id) => progressOf(state, id).match === state.log.last);
  if (heir !== undefined) turn.send(heir, { kind: 'timeout-now', term: state.term });
  becomeFollower(turn, null);
}

function use(turn: Turn, configuration: Configuration): void {
  appendAsLeader(turn, [{ kind: 'configuration', term: turn.state.term, configuration }]);
  turn.replicates = true;
}

function setChange(turn: Turn, change: MembershipChange | null): void {
  const { role } = turn.state;
  assert(role.name === 'leader', 'only a leader changes the membership');
  turn.update({ role: changedLeader(role, { change }) });
}
