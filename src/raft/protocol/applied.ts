import type { Entry, SessionRecord, Stamp } from './entries.ts';
import type { Delivery } from './events.ts';
import type { Answer } from './messages.ts';
import type { Applied } from './state.ts';

/** What the nodes make alike of each committed entry: its position, unless its session has had the message before. */
export interface Application {
  readonly applied: Applied;
  readonly delivery: Delivery | null;
  readonly answer: Answer;
}

export function applyEntry(applied: Applied, index: number, entry: Entry, maxSessions: number): Application {
  switch (entry.kind) {
    case 'message':
      return entry.stamp === null
        ? deliver(applied, index, entry.payload)
        : applyStamped(applied, index, entry.payload, entry.stamp);
    case 'session':
      return done({ ...applied, sessions: opened(applied.sessions, index, maxSessions) }, index, applied.position);
    case 'noop':
    case 'configuration':
      return done(applied, index, applied.position);
  }
}

/** Section 6.3 of the dissertation: a message that its session has delivered already is not delivered again. */
function applyStamped(applied: Applied, index: number, payload: Uint8Array, stamp: Stamp): Application {
  const at = applied.sessions.findIndex(({ id }) => id === stamp.session);
  const session = applied.sessions[at];
  if (session === undefined) return refused(applied, 'session-expired');
  const before = session.delivered.find(({ sequence }) => sequence === stamp.sequence);
  const isNew = before === undefined && stamp.sequence > session.acknowledged;
  const next = used(session, index, stamp, isNew ? applied.position + 1 : null);
  const sessions = applied.sessions.with(at, next);
  if (isNew) return deliver({ ...applied, sessions }, index, payload);
  if (before === undefined) return refused({ ...applied, sessions }, 'already-acknowledged');
  return done({ ...applied, sessions }, index, before.position);
}

function used(session: SessionRecord, lastUsed: number, stamp: Stamp, position: number | null): SessionRecord {
  const acknowledged = Math.max(session.acknowledged, stamp.acknowledged, stamp.sequence - rememberedMessages);
  const delivered = session.delivered.filter(({ sequence }) => sequence > acknowledged);
  if (position !== null) delivered.push({ sequence: stamp.sequence, position });
  return { id: session.id, lastUsed, acknowledged, delivered };
}

/** What a session remembers at most, for snapshots carry it along: earlier messages count as acknowledged. */
export const rememberedMessages = 100;

function opened(sessions: readonly SessionRecord[], index: number, maxSessions: number): readonly SessionRecord[] {
  const session: SessionRecord = { id: index, lastUsed: index, acknowledged: 0, delivered: [] };
  if (sessions.length < maxSessions) return [...sessions, session];
  const oldest = sessions.reduce((so, other) => (other.lastUsed < so.lastUsed ? other : so));
  return [...sessions.filter((other) => other !== oldest), session];
}

function deliver(applied: Applied, index: number, payload: Uint8Array): Application {
  const position = applied.position + 1;
  return {
    applied: { position, sessions: applied.sessions },
    delivery: { index, position, payload },
    answer: { ok: true, index, position },
  };
}

function done(applied: Applied, index: number, position: number): Application {
  return { applied, delivery: null, answer: { ok: true, index, position } };
}

/** Not delivered now; whether an earlier attempt was is not known any more. */
function refused(applied: Applied, code: 'session-expired' | 'already-acknowledged'): Application {
  return { applied, delivery: null, answer: { ok: false, code, definite: false } };
}
