import { unreachable } from '../../base/assert.ts';
import { sameConfiguration, settledConfiguration } from '../../raft/protocol/configuration.ts';
import type { Entry } from '../../raft/protocol/entries.ts';
import type { History } from '../actors/actor.ts';
import { type Committed, configurationAt, meaningOf } from './committed.ts';
import { numberOf } from './deliveries.ts';
import { sameEntry } from './entries.ts';
import { changeRequest, subjectOf } from './inputs.ts';
import { beginningOf, initialMembers, type RaftScope } from './scope.ts';

/** What a node does that others must not contradict later. */
export type Observation =
  | { readonly type: 'leads'; readonly term: number }
  /** Its log changed other than by appending, while it led this term. */
  | { readonly type: 'rewrote-log'; readonly term: number }
  | { readonly type: 'commits'; readonly from: number; readonly entries: readonly Entry[]; readonly term: number }
  | { readonly type: 'read-asked'; readonly requestId: number }
  /** A client is told that what it asked for is done: see `Answer`. */
  | { readonly type: 'answered'; readonly requestId: number; readonly index: number; readonly position: number }
  /** A client is told that its request certainly has no effect. */
  | { readonly type: 'refused'; readonly requestId: number };

export interface Past {
  /** Who has led which term, by term. */
  readonly leaders: readonly { readonly term: number; readonly node: number }[];
  readonly committed: Committed;
  /** The last position that any client knows of. Kept only where there are reads. */
  readonly known: number;
  /** Reads under way, and what was known when each was asked. */
  readonly reads: readonly { readonly requestId: number; readonly known: number }[];
  /** How many reads have been served. */
  readonly served: number;
  /** Broadcasts and changes that were refused definitely. */
  readonly refused: readonly number[];
  /** Changes and transfers of which clients know that they are done. */
  readonly done: readonly number[];
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

/**
 * Whether a request comes to the leader once at most. The library's transport never repeats a message (see
 * raft/transport/replay-window.ts); where the network does, the core appends a `forward` again that comes again.
 */
export function requestsComeOnce({ network }: RaftScope): boolean {
  return network !== 'unordered-duplicating';
}

export function historyOf(scope: RaftScope): History<Past> {
  const committed = (beginningOf(scope)?.committed ?? []).map((entry) => ({ entry, by: entry.term }));
  return {
    initial: { leaders: [], committed, known: 0, reads: [], served: 0, refused: [], done: [], faults: [] },
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
      return answered(past, observation, scope);
    case 'refused':
      return requestsComeOnce(scope) ? refused(past, observation.requestId, scope) : past;
    default:
      return unreachable(observation);
  }
}

function committed(past: Past, from: number, entries: readonly Entry[], by: number): Past {
  const known = [...past.committed];
  let differs = false;
  for (const [at, entry] of entries.entries()) {
    const index = from + at;
    if (index === known.length + 1) known.push({ entry, by });
    else differs ||= !sameEntry(entry, known[index - 1]?.entry);
  }
  const next = known.length > past.committed.length ? { ...past, committed: known } : past;
  return differs ? withFault(next, 'State Machine Safety') : next;
}

/** What has been committed lately, beside what clients were told and what was committed before. */
function judged(past: Past, before: number, scope: RaftScope): Past {
  if (!requestsComeOnce(scope)) return past;
  const requests = past.committed.map(({ entry }) => requestOf(entry, scope));
  return requests.slice(before).reduce<Past>((so, requestId, at) => {
    if (requestId === null) return so;
    const isChange = subjectOf(requestId).kind === 'change';
    const once = isChange || requests.indexOf(requestId) === before + at ? so : withFault(so, 'No Duplicates');
    return past.refused.includes(requestId) ? withFault(once, 'Definite Errors Hold') : once;
  }, past);
}

function refused(past: Past, requestId: number, scope: RaftScope): Past {
  const subject = subjectOf(requestId);
  // Of what is sent again another attempt may be committed. A read has no effect; nor has a transfer any that lasts.
  const isJudged = subject.kind === 'change' || (subject.kind === 'message' && !subject.isStamped);
  if (!isJudged || past.refused.includes(requestId)) return past;
  const next = { ...past, refused: [...past.refused, requestId].sort((a, b) => a - b) };
  const isThere = past.committed.some(({ entry }) => requestOf(entry, scope) === requestId);
  return isThere ? withFault(next, 'Definite Errors Hold') : next;
}

/** The one request that an entry comes from, where that can be told: messages with stamps come from several. */
function requestOf(entry: Entry, { changes }: RaftScope): number | null {
  if (entry.kind === 'message') return entry.stamp === null ? numberOf(entry.payload) : null;
  if (entry.kind !== 'configuration') return null;
  const target = settledConfiguration(entry.configuration);
  const same = changes.flatMap((members, at) => (sameConfiguration(members, target) ? [at] : []));
  return same.length === 1 ? changeRequest(same[0] as number) : null;
}

function answered(past: Past, { requestId, index, position }: Observation & { type: 'answered' }, scope: RaftScope) {
  const subject = subjectOf(requestId);
  const known = scope.reads > 0 ? Math.max(past.known, position) : 0;
  const { messages } = meaningOf(past.committed);
  switch (subject.kind) {
    case 'message': {
      const isThere = index <= past.committed.length && messages[position - 1] === subject.number;
      return isThere ? { ...past, known } : withFault({ ...past, known }, 'Acknowledged Is Committed');
    }
    case 'change': {
      const next = { ...past, known, done: [...past.done, requestId].sort((a, b) => a - b) };
      const inForce = configurationAt(past.committed, index, initialMembers(scope));
      const isThere = index <= past.committed.length && sameConfiguration(inForce, scope.changes[subject.at] ?? []);
      return isThere ? next : withFault(next, 'Acknowledged Is Committed');
    }
    case 'transfer':
      return { ...past, known, done: [...past.done, requestId].sort((a, b) => a - b) };
    case 'read': {
      const read = past.reads.find((asked) => asked.requestId === requestId);
      const next = { ...past, known, reads: past.reads.filter((asked) => asked !== read), served: past.served + 1 };
      // A read sees all that anybody knew of when it was asked, and nothing that is not committed.
      const sound = read !== undefined && position >= read.known && position <= messages.length;
      return sound ? next : withFault(next, 'Linearizable Reads');
    }
    default:
      return unreachable(subject);
  }
}

function withFault(past: Past, fault: Fault): Past {
  return past.faults.includes(fault) ? past : { ...past, faults: [...past.faults, fault].sort() };
}
