import { unreachable } from '../../base/assert.ts';
import type { ByteReader, ByteWriter } from '../../base/bytes.ts';
import type {
  Configuration,
  Entry,
  Member,
  SessionRecord,
  SnapshotMeta,
  Stamp,
  Standing,
} from '../protocol/entries.ts';
import { readFlag, readList, readWord, writeFlag, writeList, writeWord } from './values.ts';

/** Entries and what snapshots say of them, as bytes: for the log, the snapshot files and the wire. */
const entryKinds = ['noop', 'message', 'configuration', 'session'] as const satisfies readonly Entry['kind'][];
const standings = ['voter', 'learner', 'incoming', 'outgoing', 'demoted'] as const satisfies readonly Standing[];

/** A no-op's. */
const leastEntryBytes = 9;

export function writeEntries(writer: ByteWriter, entries: readonly Entry[]): void {
  writeList(writer, entries, writeEntry);
}

export function readEntries(reader: ByteReader): Entry[] {
  return readList(reader, leastEntryBytes, readEntry);
}

function writeEntry(writer: ByteWriter, entry: Entry): void {
  writeWord(writer, entryKinds, entry.kind);
  writer.u53(entry.term);
  switch (entry.kind) {
    case 'noop':
    case 'session':
      return;
    case 'message':
      writeStamp(writer, entry.stamp);
      writer.bytes(entry.payload);
      return;
    case 'configuration':
      writeConfiguration(writer, entry.configuration);
      return;
    default:
      unreachable(entry);
  }
}

function readEntry(reader: ByteReader): Entry {
  const kind = readWord(reader, entryKinds);
  const term = reader.u53();
  switch (kind) {
    case 'noop':
    case 'session':
      return { kind, term };
    case 'message': {
      const stamp = readStamp(reader);
      return { kind, term, payload: reader.bytes(), stamp };
    }
    case 'configuration':
      return { kind, term, configuration: readConfiguration(reader) };
    default:
      return unreachable(kind);
  }
}

export function writeStamp(writer: ByteWriter, stamp: Stamp | null): void {
  writeFlag(writer, stamp !== null);
  if (stamp !== null) writer.u53(stamp.session).u53(stamp.sequence).u53(stamp.acknowledged);
}

export function readStamp(reader: ByteReader): Stamp | null {
  if (!readFlag(reader)) return null;
  return { session: reader.u53(), sequence: reader.u53(), acknowledged: reader.u53() };
}

export function writeConfiguration(writer: ByteWriter, configuration: Configuration): void {
  writeList(writer, configuration, (_, { id, address, standing }) => {
    writer.string(id).string(address);
    writeWord(writer, standings, standing);
  });
}

export function readConfiguration(reader: ByteReader): Configuration {
  return readList<Member>(reader, 9, () => ({
    id: reader.string(),
    address: reader.string(),
    standing: readWord(reader, standings),
  }));
}

export function writeSnapshotMeta(writer: ByteWriter, snapshot: SnapshotMeta): void {
  writer.u53(snapshot.index).u53(snapshot.term).u53(snapshot.position);
  writeConfiguration(writer, snapshot.configuration);
  writeList(writer, snapshot.sessions, (_, session) => {
    writer.u53(session.id).u53(session.lastUsed).u53(session.acknowledged);
    writeList(writer, session.delivered, (__, { sequence, position }) => void writer.u53(sequence).u53(position));
  });
}

export function readSnapshotMeta(reader: ByteReader): SnapshotMeta {
  const index = reader.u53();
  const term = reader.u53();
  const position = reader.u53();
  const configuration = readConfiguration(reader);
  const sessions = readList<SessionRecord>(reader, 28, () => ({
    id: reader.u53(),
    lastUsed: reader.u53(),
    acknowledged: reader.u53(),
    delivered: readList(reader, 16, () => ({ sequence: reader.u53(), position: reader.u53() })),
  }));
  return { index, term, position, configuration, sessions };
}
