import type { Pair } from '../../../history/pairs.ts';
import type { Model } from '../model.ts';

type MutexState = 'free' | 'held' | 'free or held';

/** A lock that one at a time may hold, whoever releases it. */
export const mutex: Model<MutexState, 'acquire' | 'release'> = {
  name: 'mutex',
  summary: 'a lock with acquire and release, by key; free at first',
  functions: ['acquire', 'release'],
  initial: () => 'free',
  action: ({ invocation, completion }: Pair) =>
    completion?.type === 'fail' ? null : invocation.f === 'acquire' ? 'acquire' : 'release',
  step: (state, action) => {
    const { from, to } = ends(action);
    return state === from || state === 'free or held' ? [to] : [];
  },
  stateKey: (state) => state,
  actionKey: (action) => action,
  effect: () => 'update',
  pending: (action) => action,
  ends,
  anything: 'free or held',
  describeState: (state) => state,
  describe: (action) => ({ name: action, outcome: 'succeeded', brief: action }),
};

function ends(action: 'acquire' | 'release'): { readonly from: MutexState; readonly to: MutexState } {
  return action === 'acquire' ? { from: 'free', to: 'held' } : { from: 'held', to: 'free' };
}
