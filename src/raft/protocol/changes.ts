import type { Progress, Role, State } from './types.ts';

/**
 * New versions of the records that nearly every step replaces. They copy field by field, where `{ ...old, ...change }`
 * would say the same: engines are ten times slower at a spread whose fields are then overwritten.
 */
export function changedState(old: State, change: Partial<State>): State {
  const copy: State = {
    config: old.config,
    term: old.term,
    votedFor: old.votedFor,
    log: old.log,
    commitIndex: old.commitIndex,
    role: old.role,
    lastWrite: old.lastWrite,
    durableWrite: old.durableWrite,
    unsynced: old.unsynced,
    durableIndex: old.durableIndex,
    waitingReads: old.waitingReads,
  };
  return Object.assign(copy, change);
}

export type Leader = Role & { readonly name: 'leader' };

export function changedLeader(old: Leader, change: Partial<Leader>): Leader {
  const copy: Leader = {
    name: old.name,
    progress: old.progress,
    pending: old.pending,
    termStart: old.termStart,
    round: old.round,
    confirmedRound: old.confirmedRound,
    reads: old.reads,
  };
  return Object.assign(copy, change);
}

export function changedProgress(old: Progress, change: Partial<Progress>): Progress {
  const copy: Progress = {
    next: old.next,
    match: old.match,
    probing: old.probing,
    inflight: old.inflight,
    answered: old.answered,
    commitTold: old.commitTold,
    round: old.round,
  };
  return Object.assign(copy, change);
}
