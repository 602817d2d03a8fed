import type { Effect } from '../../raft/protocol/events.ts';
import type { Asked } from '../../raft/protocol/messages.ts';
import type { State } from '../../raft/protocol/state.ts';
import { step } from '../../raft/protocol/step.ts';
import { broadcasting, elections, type Mutant, mutant, receives } from './mutant.ts';

/** Faults of reads, sessions, prevotes and transfers. */
export const mutantsOfRequests: readonly Mutant[] = [
  {
    name: 'read-without-round',
    summary: 'a leader serves reads at once, without asking whether it still is the leader',
    protocol: mutant((state, event) => {
      if (event.type !== 'read' || state.role.name !== 'leader' || state.commitIndex < state.role.termStart)
        return null;
      return { state, effects: [readServed(state, event.requestId)] };
    }),
    scope: { ...broadcasting, network: 'ordered', reads: 1 },
  },
  {
    name: 'read-before-noop',
    summary: 'a new leader takes its own commit index for that of its predecessors',
    protocol: mutant((state, event) => {
      const { role, commitIndex } = state;
      if (role.name !== 'leader' || commitIndex >= role.termStart) return null;
      return step({ ...state, role: { ...role, termStart: commitIndex } }, event);
    }),
    scope: { ...broadcasting, network: 'ordered', reads: 1 },
  },
  {
    name: 'stamp-ignored',
    summary: 'a message that a client sends again is delivered again',
    protocol: mutant((state, event) => {
      if (event.type === 'request') return step(state, { ...event, asked: event.asked.map(unstamped) });
      if (!receives(event, 'forward')) return null;
      return step(state, { ...event, message: { ...event.message, asked: event.message.asked.map(unstamped) } });
    }),
    scope: { ...elections, nodes: 1, members: 1, retries: 1 },
  },
  {
    name: 'prevote-counted',
    summary: 'a prevote that comes late counts as a vote',
    protocol: mutant((state, event) => {
      if (!receives(event, 'prevote') || state.role.name !== 'candidate' || !event.message.granted) return null;
      return step(state, { ...event, message: { ...event.message, kind: 'vote' } });
    }),
    scope: { ...elections, preVote: true, maxTerm: 1 },
  },
  {
    name: 'heir-not-compared',
    summary: 'who stands at the wish of its leader is voted for whatever its log has',
    protocol: mutant((state, event) => {
      if (!receives(event, 'request-vote') || !event.message.transfer) return null;
      const longest = { lastLogTerm: state.term, lastLogIndex: Number.MAX_SAFE_INTEGER };
      return step(state, { ...event, message: { ...event.message, ...longest } });
    }),
    scope: { ...broadcasting, network: 'ordered', transfers: 1 },
  },
];

function readServed({ commitIndex, applied }: State, requestId: number): Effect {
  const answer = { ok: true, index: commitIndex, position: applied.position } as const;
  return { type: 'answer', requestId, answer, afterWrite: 0 };
}

function unstamped({ requestId, request }: Asked): Asked {
  return { requestId, request: request.type === 'broadcast' ? { ...request, stamp: null } : request };
}
