import { isJoint, latestConfiguration, settledConfiguration } from '../../../src/raft/protocol/configuration.ts';
import type { Configuration, Entry } from '../../../src/raft/protocol/entries.ts';
import type { Effect, Event, Step, Transition } from '../../../src/raft/protocol/events.ts';
import { Sequence } from '../../../src/raft/protocol/sequence.ts';
import type { State } from '../../../src/raft/protocol/state.ts';
import { step } from '../../../src/raft/protocol/step.ts';

/** Protocols that are wrong in one way each, made from the right one: whatever is to find bugs has to find these. */
export const mutants: readonly { readonly name: string; readonly step: Step }[] = [
  {
    name: 'a follower accepts before it has written',
    step: changingEffects((effect) =>
      effect.type === 'send' && effect.message.kind === 'append-accepted' ? { ...effect, afterWrite: 0 } : effect,
    ),
  },
  {
    name: 'a node forgets whom it has voted for',
    step: changingState((state) => ({ ...state, votedFor: null })),
  },
  {
    name: 'a node votes for any log',
    step: changingEvents((event) =>
      event.type === 'receive' && event.message.kind === 'request-vote'
        ? { ...event, message: { ...event.message, lastLogTerm: Number.POSITIVE_INFINITY } }
        : event,
    ),
  },
  {
    name: 'a leader counts what it has not written',
    step: (state, event) => {
      const { role, log } = state;
      return step(role.name === 'leader' ? { ...state, durableIndex: log.last } : state, event);
    },
  },
  {
    name: 'every node answers reads by itself',
    step: (state, event) => {
      if (event.type !== 'read') return step(state, event);
      const answer = { ok: true, index: state.commitIndex, position: state.applied.position } as const;
      return { state, effects: [{ type: 'answer', requestId: event.requestId, answer, afterWrite: 0 }] };
    },
  },
  {
    name: 'a session forgets what it has delivered',
    step: changingState((state) => ({
      ...state,
      applied: { ...state.applied, sessions: state.applied.sessions.map((one) => ({ ...one, delivered: [] })) },
    })),
  },
  {
    name: 'a snapshot comes without the sessions',
    step: changingEvents((event) =>
      event.type === 'snapshot-stored' ? { ...event, snapshot: { ...event.snapshot, sessions: [] } } : event,
    ),
  },
  {
    name: 'an answer is called certain that is not',
    step: changingEffects((effect) =>
      effect.type === 'answer' && !effect.answer.ok
        ? { ...effect, answer: { ...effect.answer, definite: true } }
        : effect,
    ),
  },
  {
    name: 'members are changed at once, without a joint configuration',
    step: (state, event) => withoutJoint(step(state, event)),
  },
];

function changingEvents(change: (event: Event) => Event): Step {
  return (state, event) => step(state, change(event));
}

function changingState(change: (state: State) => State): Step {
  return (before, event) => {
    const { state, effects } = step(before, event);
    return { state: change(state), effects };
  };
}

function changingEffects(change: (effect: Effect) => Effect): Step {
  return (before, event) => {
    const { state, effects } = step(before, event);
    return { state, effects: effects.map(change) };
  };
}

const settled = new WeakMap<Configuration, Configuration>();

/** Where a joint configuration would stand, what it leads to stands already. */
function settle(configuration: Configuration): Configuration {
  if (!isJoint(configuration)) return configuration;
  const after = settled.get(configuration) ?? settledConfiguration(configuration);
  settled.set(configuration, after);
  return after;
}

function withoutJoint({ state, effects }: Transition): Transition {
  const joint = latestConfiguration(state);
  if (!isJoint(joint)) return { state, effects };
  const { role, log } = state;
  const entries = log.slice(log.first, log.last).map(settleEntry);
  const stays = joint.map(({ id }) => settle(joint).some((member) => member.id === id));
  return {
    state: {
      ...state,
      log: Sequence.of(log.first, entries),
      configurations: state.configurations.map((one) => ({ ...one, configuration: settle(one.configuration) })),
      role: role.name === 'leader' ? { ...role, progress: role.progress.filter((_, at) => stays[at]) } : role,
    },
    effects: effects.filter(({ type }) => type !== 'send').map(settleEffect),
  };
}

function settleEntry(entry: Entry): Entry {
  return entry.kind === 'configuration' ? { ...entry, configuration: settle(entry.configuration) } : entry;
}

function settleEffect(effect: Effect): Effect {
  if (effect.type === 'configure') return { ...effect, configuration: settle(effect.configuration) };
  if (effect.type !== 'persist') return effect;
  return { ...effect, write: { ...effect.write, entries: effect.write.entries.map(settleEntry) } };
}
