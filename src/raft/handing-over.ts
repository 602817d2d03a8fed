import type { NodeId } from './protocol/entries.ts';
import type { FollowerStatus } from './status.ts';

/** To whom a leader hands over that is to stop: of those that answer and will vote the one that has most; else to nobody. */
export function successorOf(followers: readonly FollowerStatus[]): NodeId | null {
  let best: FollowerStatus | null = null;
  for (const follower of followers) {
    const isFit = follower.answers && (follower.standing === 'voter' || follower.standing === 'incoming');
    if (isFit && (best === null || follower.match > best.match)) best = follower;
  }
  return best?.id ?? null;
}
