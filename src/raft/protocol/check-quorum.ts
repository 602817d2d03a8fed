import { abandonTransfer } from './abandon.ts';
import { forgetActivity } from './acknowledgement.ts';
import { hasQuorum, latestConfiguration } from './configuration.ts';
import { giveUpSilentChange } from './membership.ts';
import { progressOf } from './replication.ts';
import { becomeFollower } from './roles.ts';
import type { Turn } from './turn.ts';

/**
 * An election time-out has passed in a leader's office: a transfer that has not deposed it by now has failed, and a leader
 * whom no quorum has answered meanwhile steps down, so that its clients look for another (dissertation, section 6.2).
 */
export function onLeaderTimeout(turn: Turn): void {
  const { config } = turn.state;
  abandonTransfer(turn, null);
  if (!config.checkQuorum) return;
  const { state } = turn;
  const isHeard = hasQuorum(latestConfiguration(state), (id) => id === config.id || progressOf(state, id).active);
  if (!isHeard) {
    becomeFollower(turn, null);
    return;
  }
  giveUpSilentChange(turn);
  forgetActivity(turn);
  turn.effect({ type: 'set-timer', timer: 'election' });
}
