import { unreachable } from '../../base/assert.ts';
import type { ByteReader, ByteWriter } from '../../base/bytes.ts';
import type { Answer, AnswerCode, Answered, Asked, Request } from '../protocol/messages.ts';
import { readConfiguration, readStamp, writeConfiguration, writeStamp } from './entries.ts';
import { readFlag, readList, readWord, writeFlag, writeList, writeWord } from './values.ts';

/** What clients ask of a leader by way of another node, and what they are answered, as bytes for the wire. */
const requestTypes = [
  'broadcast',
  'open-session',
  'transfer-leadership',
  'change-membership',
] as const satisfies readonly Request['type'][];

const answerCodes = [
  'no-leader',
  'not-leader',
  'leadership-lost',
  'transferring',
  'transfer-failed',
  'not-a-voter',
  'change-in-progress',
  'leader-too-new',
  'overloaded',
  'change-replaced',
  'bad-membership',
  'not-caught-up',
  'session-expired',
  'already-acknowledged',
] as const satisfies readonly AnswerCode[];

export function writeAsked(writer: ByteWriter, asked: readonly Asked[]): void {
  writeList(writer, asked, (_, { requestId, request }) => {
    writer.u53(requestId);
    writeRequest(writer, request);
  });
}

export function readAsked(reader: ByteReader): Asked[] {
  return readList(reader, 9, () => ({ requestId: reader.u53(), request: readRequest(reader) }));
}

function writeRequest(writer: ByteWriter, request: Request): void {
  writeWord(writer, requestTypes, request.type);
  switch (request.type) {
    case 'broadcast':
      writeStamp(writer, request.stamp);
      writer.bytes(request.payload);
      return;
    case 'open-session':
      return;
    case 'transfer-leadership':
      writer.string(request.to);
      return;
    case 'change-membership':
      writeConfiguration(writer, request.members);
      return;
    default:
      unreachable(request);
  }
}

function readRequest(reader: ByteReader): Request {
  const type = readWord(reader, requestTypes);
  switch (type) {
    case 'broadcast': {
      const stamp = readStamp(reader);
      return { type, payload: reader.bytes(), stamp };
    }
    case 'open-session':
      return { type };
    case 'transfer-leadership':
      return { type, to: reader.string() };
    case 'change-membership':
      return { type, members: readConfiguration(reader) };
    default:
      return unreachable(type);
  }
}

export function writeAnswers(writer: ByteWriter, answers: readonly Answered[]): void {
  writeList(writer, answers, (_, { requestId, answer }) => {
    writer.u53(requestId);
    writeAnswer(writer, answer);
  });
}

export function readAnswers(reader: ByteReader): Answered[] {
  return readList(reader, 11, () => ({ requestId: reader.u53(), answer: readAnswer(reader) }));
}

function writeAnswer(writer: ByteWriter, answer: Answer): void {
  writeFlag(writer, answer.ok);
  if (answer.ok) {
    writer.u53(answer.index).u53(answer.position);
  } else {
    writeWord(writer, answerCodes, answer.code);
    writeFlag(writer, answer.definite);
  }
}

function readAnswer(reader: ByteReader): Answer {
  if (readFlag(reader)) return { ok: true, index: reader.u53(), position: reader.u53() };
  return { ok: false, code: readWord(reader, answerCodes), definite: readFlag(reader) };
}
