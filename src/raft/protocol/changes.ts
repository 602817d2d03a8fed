import type { Progress, Role, State } from './types.ts';

/**
 * New versions of the records that nearly every step replaces. They copy field by field, where `{ ...old, ...change }`
 * would say the same: engines are ten times slower at a spread whose fields are then overwritten.
 */
export function changedState(old: State, change: Partial<Omit<State, 'config'>>): State {
  return {
    config: old.config,
    term: change.term ?? old.term,
    votedFor: change.votedFor === undefined ? old.votedFor : change.votedFor,
    log: change.log ?? old.log,
    commitIndex: change.commitIndex ?? old.commitIndex,
    role: change.role ?? old.role,
    lastWrite: change.lastWrite ?? old.lastWrite,
    durableWrite: change.durableWrite ?? old.durableWrite,
    unsynced: change.unsynced ?? old.unsynced,
    durableIndex: change.durableIndex ?? old.durableIndex,
    waitingReads: change.waitingReads ?? old.waitingReads,
  };
}

export type Leader = Role & { readonly name: 'leader' };

export function changedLeader(old: Leader, change: Partial<Leader>): Leader {
  return {
    name: old.name,
    progress: change.progress ?? old.progress,
    pending: change.pending ?? old.pending,
    termStart: change.termStart ?? old.termStart,
    round: change.round ?? old.round,
    confirmedRound: change.confirmedRound ?? old.confirmedRound,
    reads: change.reads ?? old.reads,
  };
}

export function changedProgress(old: Progress, change: Partial<Progress>): Progress {
  return {
    next: change.next ?? old.next,
    match: change.match ?? old.match,
    probing: change.probing ?? old.probing,
    inflight: change.inflight ?? old.inflight,
    answered: change.answered ?? old.answered,
    commitTold: change.commitTold ?? old.commitTold,
    round: change.round ?? old.round,
  };
}
