import { abandonTransfer } from './abandon.ts';
import { forgetActivity } from './acknowledgement.ts';
import { hasQuorum, latestConfiguration } from './configuration.ts';
import { giveUpSilentChange } from './membership.ts';
import { progressOf } from './replication.ts';
import { becomeFollower } from './roles.ts';
import type { State } from './state.ts';
import type { Turn } from './turn.ts';

/**
 * An election time-out has passed in a leader's office: a transfer that has not deposed it by now has failed, and a leader
 * whom no quorum has answered meanwhile steps down, so that its clients look for another (dissertation, section 6.2).
 * Without that option it looks only while members are changed, for those who do not come.
 */
export function onLeaderTimeout(turn: Turn): void {
  const { config } = turn.state;
  abandonTransfer(turn, null);
  if (config.checkQuorum && !isHeard(turn.state)) {
    becomeFollower(turn, null);
    return;
  }
  giveUpSilentChange(turn);
  forgetActivity(turn);
  const { role } = turn.state;
  const looksAgain = config.checkQuorum || (role.name === 'leader' && role.change !== null);
  if (looksAgain) turn.effect({ type: 'set-timer', timer: 'election' });
}

function isHeard(state: State): boolean {
  return hasQuorum(
    latestConfiguration(state),
    (id) => id === state.config.id || progressOf(state, id).silentLooks === 0,
  );
}
