import { unreachable } from '../../base/assert.ts';
import type { Entry } from '../../raft/protocol/types.ts';
import type { History } from '../actors/actor.ts';
import { sameEntry } from './entries.ts';
import type { RaftScope } from './scope.ts';

/** What a node does that others must not contradict later. */
export type Observation =
  | { readonly type: 'leads'; readonly term: number }
  /** Its log changed other than by appending, while it led this term. */
  | { readonly type: 'rewrote-log'; readonly term: number }
  | { readonly type: 'commits'; readonly from: number; readonly entries: readonly Entry[]; readonly term: number }
  | { readonly type: 'read-asked'; readonly requestId: number }
  /** A client is told that its broadcast is delivered at this position, or that its read saw everything up to it. */
  | { readonly type: 'answered'; readonly requestId: number; readonly position: number }
  /** A client is told that its request certainly has no effect. */
  | { readonly type: 'refused'; readonly requestId: number };

export interface Past {
  /** Who has led which term, by term. */
  readonly leaders: readonly { readonly term: number; readonly node: number }[];
  /** What has been committed, from index 1 on, with the term of who committed it first. */
  readonly committed: readonly { readonly entry: Entry; readonly by: number }[];
  /** The last position that any client knows of. Kept only where there are reads. */
  readonly known: number;
  /** Reads under way, and what was known when each was asked. */
  readonly reads: readonly { readonly requestId: number; readonly known: number }[];
  /** How many reads have been served. */
  readonly served: number;
  /** Broadcasts that were refused definitely. */
  readonly refused: readonly number[];
  /** What went wrong: the names of properties. */
  readonly faults: readonly Fault[];
}

export type Fault =
  | 'Election Safety'
  | 'Leader Append-Only'
  | 'State Machine Safety'
  | 'Acknowledged Is Committed'
  | 'Definite Errors Hold'
  | 'No Duplicates'
  | 'Linearizable Reads';

/** Reads have request ids from here on, broadcasts below. */
export const firstRead = 100;

/**
 * Whether a request comes to the leader once at most. The library's transport never repeats a message (see
 * raft/transport/replay-window.ts); where the network does, the core appends a `forward` again that comes again.
 */
export function requestsComeOnce({ network }: RaftScope): boolean {
  return network !== 'unordered-duplicating';
}

export function historyOf(scope: RaftScope): History<Past> {
  return {
    initial: { leaders: [], committed: [], known: 0, reads: [], served: 0, refused: [], faults: [] },
    observe: (past, node, observation) => observed(past, node, observation as Observation, scope),
  };
}

function observed(past: Past, node: number, observation: Observation, scope: RaftScope): Past {
  switch (observation.type) {
    case 'leads': {
      const { term } = observation;
      const leader = past.leaders.find((known) => known.term === term);
      if (leader !== undefined) return leader.node === node ? past : withFault(past, 'Election Safety');
      const leaders = [...past.leaders, { term, node }].sort((a, b) => a.term - b.term);
      return { ...past, leaders };
    }
    case 'rewrote-log':
      return withFault(past, 'Leader Append-Only');
    case 'commits':
      return judged(
        committed(past, observation.from, observation.entries, observation.term),
        past.committed.length,
        scope,
      );
    case 'read-asked': {
      const asked = [...past.reads, { requestId: observation.requestId, known: past.known }];
      return { ...past, reads: asked.sort((a, b) => a.requestId - b.requestId) };
    }
    case 'answered':
      return answered(past, observation.requestId, observation.position, scope.reads > 0);
    case 'refused':
      return requestsComeOnce(scope) && observation.requestId < firstRead ? refused(past, observation.requestId) : past;
    default:
      return unreachable(observation);
  }
}

function committed(past: Past, from: number, entries: readonly Entry[], by: number): Past {
  const known = [...past.committed];
  let differs = false;
  for (const [at, entry] of entries.entries()) {
    const index = from + at;
    if (index > known.length) known.push({ entry, by });
    else differs ||= !sameEntry(entry, known[index - 1]?.entry);
  }
  const next = known.length > past.committed.length ? { ...past, committed: known } : past;
  return differs ? withFault(next, 'State Machine Safety') : next;
}

/** What has been committed lately, beside what clients were told and what was committed before. */
function judged(past: Past, before: number, scope: RaftScope): Past {
  if (!requestsComeOnce(scope)) return past;
  const requests = past.committed.map(({ entry }) => (entry.kind === 'message' ? requestOf(entry) : null));
  return requests.slice(before).reduce<Past>((so, requestId, at) => {
    if (requestId === null) return so;
    const once = requests.indexOf(requestId) === before + at ? so : withFault(so, 'No Duplicates');
    return past.refused.includes(requestId) ? withFault(once, 'Definite Errors Hold') : once;
  }, past);
}

function refused(past: Past, requestId: number): Past {
  if (past.refused.includes(requestId)) return past;
  const next = { ...past, refused: [...past.refused, requestId].sort((a, b) => a - b) };
  const isThere = past.committed.some(({ entry }) => entry.kind === 'message' && requestOf(entry) === requestId);
  return isThere ? withFault(next, 'Definite Errors Hold') : next;
}

/** The payload of a broadcast is the number of its request. */
function requestOf({ payload }: Entry & { kind: 'message' }): number | null {
  return payload[0] ?? null;
}

function answered(past: Past, requestId: number, position: number, reads: boolean): Past {
  const known = reads ? Math.max(past.known, position) : 0;
  const last = past.committed.at(-1)?.entry.position ?? 0;
  if (requestId < firstRead) {
    const isThere = past.committed.some(
      ({ entry }) => entry.kind === 'message' && entry.position === position && requestOf(entry) === requestId,
    );
    const next = { ...past, known };
    return isThere ? next : withFault(next, 'Acknowledged Is Committed');
  }
  const read = past.reads.find((asked) => asked.requestId === requestId);
  const next = { ...past, known, reads: past.reads.filter((asked) => asked !== read), served: past.served + 1 };
  // A read sees all that anybody knew of when it was asked, and nothing that is not committed.
  const sound = read !== undefined && position >= read.known && position <= last;
  return sound ? next : withFault(next, 'Linearizable Reads');
}

function withFault(past: Past, fault: Fault): Past {
  return past.faults.includes(fault) ? past : { ...past, faults: [...past.faults, fault].sort() };
}
