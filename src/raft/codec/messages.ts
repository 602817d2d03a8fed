import { unreachable } from '../../base/assert.ts';
import type { ByteReader, ByteWriter } from '../../base/bytes.ts';
import type { Message } from '../protocol/messages.ts';
import { readEntries, readSnapshotMeta, writeEntries, writeSnapshotMeta } from './entries.ts';
import { readAnswers, readAsked, writeAnswers, writeAsked } from './requests.ts';
import { readFlag, readWord, writeFlag, writeWord } from './values.ts';

/** Messages as bytes, for the wire. Reading throws `malformed` for anything not written here. */
const messageKinds = [
  'request-prevote',
  'prevote',
  'request-vote',
  'vote',
  'append-entries',
  'commit',
  'append-accepted',
  'append-rejected',
  'install-snapshot',
  'snapshot-taken',
  'forward',
  'forward-answers',
  'forward-read',
  'read-index',
  'timeout-now',
] as const satisfies readonly Message['kind'][];

export function writeMessage(writer: ByteWriter, message: Message): void {
  writeWord(writer, messageKinds, message.kind);
  writer.u53(message.term);
  switch (message.kind) {
    case 'request-prevote':
      writer.u53(message.lastLogIndex).u53(message.lastLogTerm);
      return;
    case 'request-vote':
      writer.u53(message.lastLogIndex).u53(message.lastLogTerm);
      writeFlag(writer, message.transfer);
      return;
    case 'prevote':
    case 'vote':
      writeFlag(writer, message.granted);
      return;
    case 'append-entries':
      writer.u53(message.prevLogIndex).u53(message.prevLogTerm).u53(message.leaderCommit).u53(message.round);
      writeEntries(writer, message.entries);
      return;
    case 'commit':
      writer.u53(message.commitIndex);
      return;
    case 'append-accepted':
      writer.u53(message.matchIndex).u53(message.round);
      return;
    case 'append-rejected':
      writer.u53(message.prevLogIndex).u53(message.hintIndex).u53(message.hintTerm).u53(message.round);
      return;
    case 'install-snapshot':
      writeSnapshotMeta(writer, message.snapshot);
      writer.u53(message.offset).bytes(message.data);
      writeFlag(writer, message.last);
      writer.u53(message.round);
      return;
    case 'snapshot-taken':
      writer.u53(message.index).u53(message.received).u53(message.round);
      writeFlag(writer, message.complete);
      return;
    case 'forward':
      writeAsked(writer, message.asked);
      return;
    case 'forward-answers':
      writeAnswers(writer, message.answers);
      return;
    case 'forward-read':
      writer.u53(message.requestId);
      return;
    case 'read-index':
      // Index 0 is before every log: no read waits for it, so it can stand for none.
      writer.u53(message.requestId).u53(message.index ?? 0);
      return;
    case 'timeout-now':
      return;
    default:
      unreachable(message);
  }
}

export function readMessage(reader: ByteReader): Message {
  const kind = readWord(reader, messageKinds);
  const term = reader.u53();
  switch (kind) {
    case 'request-prevote':
      return { kind, term, lastLogIndex: reader.u53(), lastLogTerm: reader.u53() };
    case 'request-vote':
      return { kind, term, lastLogIndex: reader.u53(), lastLogTerm: reader.u53(), transfer: readFlag(reader) };
    case 'prevote':
    case 'vote':
      return { kind, term, granted: readFlag(reader) };
    case 'append-entries': {
      const prevLogIndex = reader.u53();
      const prevLogTerm = reader.u53();
      const leaderCommit = reader.u53();
      const round = reader.u53();
      return { kind, term, prevLogIndex, prevLogTerm, leaderCommit, round, entries: readEntries(reader) };
    }
    case 'commit':
      return { kind, term, commitIndex: reader.u53() };
    case 'append-accepted':
      return { kind, term, matchIndex: reader.u53(), round: reader.u53() };
    case 'append-rejected': {
      const prevLogIndex = reader.u53();
      const hintIndex = reader.u53();
      return { kind, term, prevLogIndex, hintIndex, hintTerm: reader.u53(), round: reader.u53() };
    }
    case 'install-snapshot': {
      const snapshot = readSnapshotMeta(reader);
      const offset = reader.u53();
      const data = reader.bytes();
      return { kind, term, snapshot, offset, data, last: readFlag(reader), round: reader.u53() };
    }
    case 'snapshot-taken': {
      const index = reader.u53();
      const received = reader.u53();
      return { kind, term, index, received, round: reader.u53(), complete: readFlag(reader) };
    }
    case 'forward':
      return { kind, term, asked: readAsked(reader) };
    case 'forward-answers':
      return { kind, term, answers: readAnswers(reader) };
    case 'forward-read':
      return { kind, term, requestId: reader.u53() };
    case 'read-index': {
      const requestId = reader.u53();
      return { kind, term, requestId, index: reader.u53() || null };
    }
    case 'timeout-now':
      return { kind, term };
    default:
      return unreachable(kind);
  }
}
