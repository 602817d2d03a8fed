import { ByteReader, ByteWriter, putU32, u32At } from '../../base/bytes.ts';
import { crc32c } from '../../base/crc32c.ts';
import { ChaosError } from '../../base/errors.ts';
import { readEntries, writeEntries } from '../codec/entries.ts';
import type { Write } from '../protocol/types.ts';

/**
 * The records of the write-ahead log. One record is one group commit: it is written whole, and the next is not begun
 * before it is durable. So of the records of a file only the last can be torn, and a bad one before it is corruption.
 *
 *   length of the body (u32) | CRC32C of the body (u32) | body: count of writes (u32), writes
 */
export const recordHeaderBytes = 8;

const recordWriter = new ByteWriter(64 * 1024);

export function encodeRecord(writes: readonly Write[]): Uint8Array {
  const writer = recordWriter.clear();
  writer.u32(0).u32(0).u32(writes.length);
  for (const write of writes) encodeWrite(writer, write);
  const bytes = writer.finish();
  putU32(bytes, 0, bytes.length - recordHeaderBytes);
  putU32(bytes, 4, crc32c(bytes, recordHeaderBytes));
  return bytes;
}

export type RecordAt =
  | { readonly kind: 'record'; readonly writes: readonly Omit<Write, 'write'>[]; readonly end: number }
  | { readonly kind: 'end' }
  | { readonly kind: 'bad' };

/** The record that begins at `offset` of the file. */
export function recordAt(file: Uint8Array, offset: number): RecordAt {
  if (offset === file.length) return { kind: 'end' };
  if (file.length - offset < recordHeaderBytes) return { kind: 'bad' };
  const length = u32At(file, offset);
  const sum = u32At(file, offset + 4);
  const start = offset + recordHeaderBytes;
  // An empty body is never written: zeros, as a file system may leave behind a crash, are not a record.
  if (length === 0 || length > file.length - start) return { kind: 'bad' };
  const end = start + length;
  if (crc32c(file, start, end) !== sum) return { kind: 'bad' };
  return { kind: 'record', writes: decodeBody(new ByteReader(file, start, end)), end };
}

function encodeWrite(writer: ByteWriter, write: Write): void {
  writer
    .u53(write.term)
    .string(write.votedFor ?? '')
    .u53(write.truncateFrom ?? 0);
  writeEntries(writer, write.entries);
}

function decodeBody(reader: ByteReader): Omit<Write, 'write'>[] {
  const count = reader.u32();
  const writes: Omit<Write, 'write'>[] = [];
  for (let i = 0; i < count; i++) {
    const term = reader.u53();
    const votedFor = reader.string() || null;
    const truncateFrom = reader.u53() || null;
    writes.push({ term, votedFor, truncateFrom, entries: readEntries(reader) });
  }
  if (reader.remaining > 0) throw new ChaosError('malformed', 'bytes left over in a log record');
  return writes;
}
