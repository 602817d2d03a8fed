import { unreachable } from '../base/assert.ts';
import type { ByteReader, ByteWriter } from '../base/bytes.ts';
import { ChaosError } from '../base/errors.ts';
import type { Answer, AnswerCode, Entry, Message } from './protocol/types.ts';

/** Entries and messages as bytes, for the log and the wire. Reading throws `malformed` for anything not written here. */
function writeEntry(writer: ByteWriter, entry: Entry): void {
  writer.u8(entry.kind === 'noop' ? 0 : 1);
  writer.u53(entry.term).u53(entry.position);
  if (entry.kind === 'message') writer.bytes(entry.payload);
}

function readEntry(reader: ByteReader): Entry {
  const kind = reader.u8();
  const term = reader.u53();
  const position = reader.u53();
  if (kind === 0) return { kind: 'noop', term, position };
  if (kind === 1) return { kind: 'message', term, position, payload: reader.bytes() };
  throw malformed(`entry kind ${kind}`);
}

/** A no-op's. */
const minEntryBytes = 17;

export function writeEntries(writer: ByteWriter, entries: readonly Entry[]): void {
  writer.u32(entries.length);
  for (const entry of entries) writeEntry(writer, entry);
}

export function readEntries(reader: ByteReader): Entry[] {
  const count = reader.u32();
  if (count * minEntryBytes > reader.remaining) {
    throw new ChaosError('malformed', `${count} entries in ${reader.remaining} bytes`);
  }
  // Of its final length from the start: an array that grows takes room for seventeen, and nearly all of these hold one.
  const entries = new Array<Entry>(count);
  for (let i = 0; i < count; i++) entries[i] = readEntry(reader);
  return entries;
}

const messageKinds = [
  'request-vote',
  'vote',
  'append-entries',
  'append-accepted',
  'append-rejected',
  'forward',
  'forward-answer',
  'forward-read',
  'read-index',
] as const satisfies readonly Message['kind'][];

const answerCodes = ['no-leader', 'not-leader', 'leadership-lost'] as const satisfies readonly AnswerCode[];

export function writeMessage(writer: ByteWriter, message: Message): void {
  writer.u8(messageKinds.indexOf(message.kind)).u53(message.term);
  switch (message.kind) {
    case 'request-vote':
      writer.u53(message.lastLogIndex).u53(message.lastLogTerm);
      return;
    case 'vote':
      writer.u8(message.granted ? 1 : 0);
      return;
    case 'append-entries':
      writer.u53(message.prevLogIndex).u53(message.prevLogTerm).u53(message.leaderCommit).u53(message.round);
      writeEntries(writer, message.entries);
      return;
    case 'append-accepted':
      writer.u53(message.matchIndex).u53(message.round);
      return;
    case 'append-rejected':
      writer.u53(message.prevLogIndex).u53(message.conflictIndex).u53(message.round);
      return;
    case 'forward':
      writer.u53(message.requestId).bytes(message.payload);
      return;
    case 'forward-answer':
      writer.u53(message.requestId);
      writeAnswer(writer, message.answer);
      return;
    case 'forward-read':
      writer.u53(message.requestId);
      return;
    case 'read-index':
      // Index 0 is before every log: no read waits for it, so it can stand for none.
      writer.u53(message.requestId).u53(message.index ?? 0);
      return;
    default:
      unreachable(message);
  }
}

export function readMessage(reader: ByteReader): Message {
  const code = reader.u8();
  const kind = messageKinds[code];
  const term = reader.u53();
  switch (kind) {
    case 'request-vote':
      return { kind, term, lastLogIndex: reader.u53(), lastLogTerm: reader.u53() };
    case 'vote':
      return { kind, term, granted: readFlag(reader) };
    case 'append-entries': {
      const prevLogIndex = reader.u53();
      const prevLogTerm = reader.u53();
      const leaderCommit = reader.u53();
      const round = reader.u53();
      return { kind, term, prevLogIndex, prevLogTerm, leaderCommit, round, entries: readEntries(reader) };
    }
    case 'append-accepted':
      return { kind, term, matchIndex: reader.u53(), round: reader.u53() };
    case 'append-rejected':
      return { kind, term, prevLogIndex: reader.u53(), conflictIndex: reader.u53(), round: reader.u53() };
    case 'forward':
      return { kind, term, requestId: reader.u53(), payload: reader.bytes() };
    case 'forward-answer':
      return { kind, term, requestId: reader.u53(), answer: readAnswer(reader) };
    case 'forward-read':
      return { kind, term, requestId: reader.u53() };
    case 'read-index':
      return { kind, term, requestId: reader.u53(), index: reader.u53() || null };
    case undefined:
      throw malformed(`message kind ${code}`);
    default:
      return unreachable(kind);
  }
}

function writeAnswer(writer: ByteWriter, answer: Answer): void {
  writer.u8(answer.ok ? 1 : 0);
  if (answer.ok) writer.u53(answer.position);
  else writer.u8(answerCodes.indexOf(answer.code)).u8(answer.definite ? 1 : 0);
}

function readAnswer(reader: ByteReader): Answer {
  if (readFlag(reader)) return { ok: true, position: reader.u53() };
  const code = answerCodes[reader.u8()];
  if (code === undefined) throw malformed('answer code');
  return { ok: false, code, definite: readFlag(reader) };
}

function readFlag(reader: ByteReader): boolean {
  const flag = reader.u8();
  if (flag > 1) throw malformed(`flag ${flag}`);
  return flag === 1;
}

function malformed(what: string): ChaosError {
  return new ChaosError('malformed', `unknown ${what}`);
}
