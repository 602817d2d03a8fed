import { ChaosError } from '../base/errors.ts';
import type { Effect, State, Step } from '../raft/protocol/types.ts';

/**
 * Planted bugs: faults of real systems, put around the protocol from outside, so that a run can show that the harness
 * finds them. Each is a step made from the correct one.
 */
export interface PlantedBug {
  readonly name: string;
  readonly summary: string;
  /** A workload and nemeses that show it. */
  readonly workload: string;
  readonly nemeses: readonly string[];
  plant(step: Step): Step;
}

/** A leader acknowledges a broadcast as soon as it has appended it: what it has not replicated may be lost. */
const lostAck: PlantedBug = {
  name: 'lost-ack',
  summary: 'the leader acknowledges a broadcast before it is replicated',
  workload: 'broadcast',
  nemeses: ['partition'],
  plant: (step) => (state, event) => {
    const next = step(state, event);
    const { role } = next.state;
    if (role.name !== 'leader' || role.pending.length === 0) return next;
    const early: Effect[] = [];
    for (const { index, origin, requestId } of role.pending.slice(role.pending.first, role.pending.last)) {
      const answer = { ok: true, index, position: positionOf(next.state, index) } as const;
      const afterWrite = next.state.lastWrite;
      if (origin === state.config.id) early.push({ type: 'answer', requestId, answer, afterWrite });
      else {
        const message = { kind: 'forward-answers', term: next.state.term, answers: [{ requestId, answer }] } as const;
        early.push({ type: 'send', to: origin, message, afterWrite });
      }
    }
    const acknowledged: State = {
      ...next.state,
      role: { ...role, pending: role.pending.dropBefore(role.pending.last + 1) },
    };
    return { state: acknowledged, effects: [...next.effects, ...early] };
  },
};

/** Where the message will be delivered, if nothing comes between. */
function positionOf({ log, commitIndex, applied }: State, index: number): number {
  return applied.position + log.slice(commitIndex + 1, index).filter(({ kind }) => kind === 'message').length;
}

/** Any node answers a read from what it has delivered, without asking whether more has been committed. */
const staleRead: PlantedBug = {
  name: 'stale-read',
  summary: 'every node answers reads from its own state, without asking the leader',
  workload: 'register',
  nemeses: ['partition'],
  plant: (step) => (state, event) => {
    if (event.type !== 'read') return step(state, event);
    const answer = { ok: true, index: state.commitIndex, position: state.applied.position } as const;
    return { state, effects: [{ type: 'answer', requestId: event.requestId, answer, afterWrite: 0 }] };
  },
};

/**
 * A node remembers its vote neither in memory nor on disk, so it votes for whoever asks; and where two leaders of a term
 * come of it, neither minds the other, as a library without assertions would have it.
 */
const forgottenVote: PlantedBug = {
  name: 'forgotten-vote',
  summary: 'a node forgets whom it has voted for, so that a term may have two leaders',
  workload: 'broadcast',
  nemeses: ['pause:target=all:every=4:for=1.5'],
  plant: (step) => (state, event) => {
    const append = event.type === 'receive' && event.message.kind === 'append-entries' ? event.message : null;
    if (append !== null && state.role.name === 'leader' && append.term === state.term) return { state, effects: [] };
    const next = step(state, event);
    const effects = next.effects.map((effect) =>
      effect.type === 'persist' ? { ...effect, write: { ...effect.write, votedFor: null } } : effect,
    );
    return { state: { ...next.state, votedFor: null }, effects };
  },
};

export const plantedBugs: readonly PlantedBug[] = [lostAck, staleRead, forgottenVote];

export function plantedBug(name: string): PlantedBug {
  const bug = plantedBugs.find((planted) => planted.name === name);
  if (bug === undefined) {
    const known = plantedBugs.map((planted) => planted.name).join(', ');
    throw new ChaosError('unknown-bug', `there is no planted bug ${name}; there are: ${known}`);
  }
  return bug;
}
