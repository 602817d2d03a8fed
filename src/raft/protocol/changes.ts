import type { Progress, Role, State } from './state.ts';

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
    logStart: change.logStart ?? old.logStart,
    snapshot: change.snapshot ?? old.snapshot,
    configurations: change.configurations ?? old.configurations,
    commitIndex: change.commitIndex ?? old.commitIndex,
    applied: change.applied ?? old.applied,
    role: change.role ?? old.role,
    heardMs: change.heardMs === undefined ? old.heardMs : change.heardMs,
    lastWrite: change.lastWrite ?? old.lastWrite,
    durableWrite: change.durableWrite ?? old.durableWrite,
    termWrite: change.termWrite ?? old.termWrite,
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
    uncommittedBytes: change.uncommittedBytes ?? old.uncommittedBytes,
    termStart: change.termStart ?? old.termStart,
    round: change.round ?? old.round,
    confirmedRound: change.confirmedRound ?? old.confirmedRound,
    roundStartMs: change.roundStartMs ?? old.roundStartMs,
    leaseUntilMs: change.leaseUntilMs === undefined ? old.leaseUntilMs : change.leaseUntilMs,
    reads: change.reads ?? old.reads,
    transfer: change.transfer === undefined ? old.transfer : change.transfer,
    change: change.change === undefined ? old.change : change.change,
  };
}

export function changedProgress(old: Progress, change: Partial<Progress>): Progress {
  return {
    next: change.next ?? old.next,
    match: change.match ?? old.match,
    probing: change.probing ?? old.probing,
    inflight: change.inflight ?? old.inflight,
    answered: change.answered ?? old.answered,
    silentLooks: change.silentLooks ?? old.silentLooks,
    commitTold: change.commitTold ?? old.commitTold,
    round: change.round ?? old.round,
    sending: change.sending === undefined ? old.sending : change.sending,
  };
}
