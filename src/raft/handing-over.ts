import { latestConfiguration } from './protocol/configuration.ts';
import type { NodeId } from './protocol/entries.ts';
import type { Progress, State } from './protocol/state.ts';

/** To whom a leader hands over that is to stop: of those that answer and will vote the one that has most; else to nobody. */
export function successorOf(state: State | null): NodeId | null {
  if (state === null || state.role.name !== 'leader') return null;
  const { progress } = state.role;
  let best: { readonly id: NodeId; readonly known: Progress } | null = null;
  for (const [place, { id, standing }] of latestConfiguration(state).entries()) {
    const known = progress[place];
    const isFit = id !== state.config.id && (standing === 'voter' || standing === 'incoming') && known?.active === true;
    if (isFit && (best === null || known.match > best.known.match)) best = { id, known };
  }
  return best?.id ?? null;
}
