import { isJoint, latestConfiguration, settledConfiguration } from '../raft/protocol/configuration.ts';
import type { Configuration, Entry } from '../raft/protocol/entries.ts';
import type { Effect, Step, Transition } from '../raft/protocol/events.ts';
import type { State } from '../raft/protocol/state.ts';
import type { BugDescription } from './bug-description.ts';

/** A bug put around the protocol from outside: a step made from the correct one. */
export interface ProtocolBug extends BugDescription {
  readonly of: 'protocol';
  plant(step: Step): Step;
}

/** A leader acknowledges a broadcast as soon as it has appended it: what it has not replicated may be lost. */
const lostAck: ProtocolBug = {
  of: 'protocol',
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
const staleRead: ProtocolBug = {
  of: 'protocol',
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
const forgottenVote: ProtocolBug = {
  of: 'protocol',
  name: 'forgotten-vote',
  summary: 'a node forgets whom it has voted for, so that a term may have two leaders',
  workload: 'broadcast',
  // Two must stand at once: all start together, and hear of each other late.
  nemeses: ['kill:target=all:every=2:for=0.5', 'network:target=all:fault=delay:delay=50ms:every=5:for=4.5'],
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

/**
 * A leader goes over to new members in one step: those who are left out are not told, and where they are a majority of the
 * old ones they elect another leader beside it. Joint consensus (section 6 of the Raft paper) is there for just this.
 */
const hastyMembership: ProtocolBug = {
  of: 'protocol',
  name: 'hasty-membership',
  summary: 'a leader lets the new members decide at once, without a joint majority of the old and the new',
  workload: 'broadcast',
  nemeses: ['membership:shape=remove:target=majority:every=5:for=3'],
  plant: (step) => (state, event) => {
    const next = step(state, event);
    const joint = latestConfiguration(next.state);
    return isJoint(joint) ? settledAtOnce(next, joint) : next;
  },
};

/** The same transition, but with the configuration that the joint one, the last entry, leads to. */
function settledAtOnce({ state, effects }: Transition, joint: Configuration): Transition {
  const settled = settledConfiguration(joint);
  const swapped = (entries: readonly Entry[]): readonly Entry[] =>
    entries.map((entry) =>
      entry.kind === 'configuration' && entry.configuration === joint ? { ...entry, configuration: settled } : entry,
    );
  const isMember = (node: string): boolean => settled.some(({ id }) => id === node);
  const role =
    state.role.name === 'leader'
      ? { ...state.role, progress: state.role.progress.filter((_, place) => isMember(joint[place]?.id ?? '')) }
      : state.role;
  const { log } = state;
  return {
    state: {
      ...state,
      role,
      log: log.truncate(log.last).append(swapped(log.slice(log.last, log.last))),
      configurations: state.configurations.with(-1, { index: log.last, configuration: settled }),
    },
    effects: effects.flatMap((effect): Effect[] => {
      if (effect.type === 'configure') return [{ ...effect, configuration: settled }];
      if (effect.type === 'persist') {
        return [{ ...effect, write: { ...effect.write, entries: swapped(effect.write.entries) } }];
      }
      if (effect.type !== 'send' || effect.message.kind !== 'append-entries') return [effect];
      const message = { ...effect.message, entries: swapped(effect.message.entries) };
      return isMember(effect.to) ? [{ ...effect, message }] : [];
    }),
  };
}

/** Off by one where a snapshot ends and the log goes on, after a start as after a snapshot from the leader. */
const forgetfulSnapshot: ProtocolBug = {
  of: 'protocol',
  name: 'forgetful-snapshot',
  summary: 'a node that goes on from a snapshot takes the entry after it for one that the snapshot covers',
  workload: 'broadcast',
  nemeses: ['kill', 'membership'],
  plant: (step) => (state, event) => {
    const next = step(state, event);
    const { logStart, commitIndex } = state;
    if (logStart.index === 0 || commitIndex !== logStart.index) return next;
    let skipped = 0;
    const effects = next.effects.map((effect): Effect => {
      if (effect.type !== 'deliver') return effect;
      const kept = effect.deliveries.filter(({ index }) => index > commitIndex + 1);
      skipped += effect.deliveries.length - kept.length;
      return {
        ...effect,
        deliveries: kept.map((delivery) => ({ ...delivery, position: delivery.position - skipped })),
      };
    });
    const { applied } = next.state;
    return { state: { ...next.state, applied: { ...applied, position: applied.position - skipped } }, effects };
  },
};

export const protocolBugs: readonly ProtocolBug[] = [
  lostAck,
  staleRead,
  forgottenVote,
  hastyMembership,
  forgetfulSnapshot,
];
