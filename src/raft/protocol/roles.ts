import { assert } from '../../base/assert.ts';
import { abandonChange, abandonForwarded, abandonPending, abandonReads, abandonTransfer } from './abandon.ts';
import type { NodeId } from './entries.ts';
import type { State } from './state.ts';
import type { Turn } from './turn.ts';

/** The way back to being a follower, from any role. */

/** `from` has told of a higher term: whoever one was, one is its follower now (section 5.1). */
export function adoptTerm(turn: Turn, term: number, from: NodeId): void {
  assert(term > turn.state.term, 'only a higher term is adopted');
  turn.persistTermAndVote(term, null);
  const { role } = turn.state;
  if (role.name === 'leader') abandonTransfer(turn, from);
  becomeFollower(turn, null);
}

export function becomeFollower(turn: Turn, leader: NodeId | null): void {
  const { role } = turn.state;
  switch (role.name) {
    case 'follower':
      if (role.leader === leader) return;
      abandonForwarded(turn, role.forwarded);
      break;
    case 'pre-candidate':
    case 'candidate':
      break;
    case 'leader':
      abandonTransfer(turn, null);
      abandonChange(turn, 'leadership-lost');
      abandonPending(turn, role.pending.slice(role.pending.first, role.pending.last));
      abandonReads(turn, role.reads);
      turn.effect({ type: 'cancel-timer', timer: 'heartbeat' });
      turn.effect({ type: 'set-timer', timer: 'election' });
      break;
  }
  // A snapshot goes on where it was, if the same leader goes on with it.
  const receiving = role.name === 'follower' || role.name === 'pre-candidate' ? role.receiving : null;
  turn.update({ role: { name: 'follower', leader, forwarded: [], receiving } });
}

/** Whom the node takes for the leader. */
export function leaderOf({ role, config }: State): NodeId | null {
  return role.name === 'leader' ? config.id : role.name === 'follower' ? role.leader : null;
}
