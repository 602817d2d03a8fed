import { ByteReader, ByteWriter, putU32, u32At } from '../../base/bytes.ts';
import { crc32c } from '../../base/crc32c.ts';
import { ChaosError } from '../../base/errors.ts';
import { readSnapshotMeta, writeSnapshotMeta } from '../codec/entries.ts';
import type { SnapshotMeta } from '../protocol/entries.ts';
import { checkPreamble, preambleBytes, snapshotFile, writePreamble } from './file-format.ts';

/**
 * The files of snapshots:
 *
 *   preamble | length of the head (u32) | CRC32C of that (u32) | head: length of the data (u53), bytes of a chunk (u32), what
 *   the snapshot stands for | CRC32C of the head (u32) | chunks of the data, the last one shorter, each behind its sum (u32)
 *
 * A chunk's sum also stands for its number. The lengths tell where the file ends.
 */
export interface SnapshotHead {
  readonly snapshot: SnapshotMeta;
  readonly dataBytes: number;
  readonly chunkBytes: number;
}

/** Before the head's length is known so much has to be read. */
const sumBytes = 4;
export const headLengthEnd = preambleBytes + 4 + sumBytes;

/** Everything before the chunks; as long whatever the length of the data is. */
export function encodeHead({ snapshot, dataBytes, chunkBytes }: SnapshotHead): Uint8Array {
  const writer = new ByteWriter(1024);
  writePreamble(writer, snapshotFile);
  writer.u32(0).u32(0).u53(dataBytes).u32(chunkBytes);
  writeSnapshotMeta(writer, snapshot);
  const end = writer.length;
  const bytes = writer.u32(0).finish();
  putU32(bytes, preambleBytes, end - headLengthEnd);
  putU32(bytes, preambleBytes + 4, crc32c(bytes, preambleBytes, preambleBytes + 4));
  putU32(bytes, end, crc32c(bytes, headLengthEnd, end));
  return bytes;
}

/** Where the chunks begin, told from the first `headLengthEnd` bytes of a file. Throws where they are damaged. */
export function headEnd(path: string, bytes: Uint8Array): number {
  checkPreamble(snapshotFile, path, bytes);
  const sum = crc32c(bytes, preambleBytes, preambleBytes + 4);
  if (bytes.length < headLengthEnd || u32At(bytes, preambleBytes + 4) !== sum) {
    throw snapshotFile.damaged(path, preambleBytes, 'has a damaged header');
  }
  return headLengthEnd + u32At(bytes, preambleBytes) + sumBytes;
}

/** Reads what `encodeHead` wrote; `bytes` is all up to `headEnd`. Throws where it is damaged. */
export function decodeHead(path: string, bytes: Uint8Array): SnapshotHead {
  const end = headEnd(path, bytes) - sumBytes;
  if (bytes.length !== end + sumBytes || u32At(bytes, end) !== crc32c(bytes, headLengthEnd, end)) {
    throw snapshotFile.damaged(path, headLengthEnd, 'has a damaged header');
  }
  try {
    const reader = new ByteReader(bytes, headLengthEnd, end);
    const [dataBytes, chunkBytes] = [reader.u53(), reader.u32()];
    const snapshot = readSnapshotMeta(reader);
    reader.finish();
    return { snapshot, dataBytes, chunkBytes };
  } catch (error) {
    if (!(error instanceof ChaosError)) throw error;
    throw snapshotFile.damaged(path, headLengthEnd, `has a header that says nothing: ${error.message}`);
  }
}

/** Where a chunk begins behind the head; of the one behind the last: where the file ends, if that is before it. */
export function chunkOffset({ dataBytes, chunkBytes }: SnapshotHead, chunk: number): number {
  const before = Math.min(dataBytes, chunk * chunkBytes);
  return before + sumBytes * Math.min(chunk, chunkCount(dataBytes, chunkBytes));
}

export function chunkCount(dataBytes: number, chunkBytes: number): number {
  return Math.ceil(dataBytes / chunkBytes);
}

/** One chunk as it stands in the file. */
export function encodeChunk(data: Uint8Array, chunk: number): Uint8Array {
  const bytes = new Uint8Array(sumBytes + data.length);
  putU32(bytes, 0, chunkSum(data, 0, data.length, chunk));
  bytes.set(data, sumBytes);
  return bytes;
}

/** The data of the chunks from `first` up to `end`, from their bytes in the file. Throws where they are damaged. */
export function decodeChunks(
  path: string,
  head: SnapshotHead,
  chunks: { readonly first: number; readonly end: number; readonly offset: number; readonly bytes: Uint8Array },
): Uint8Array {
  const start = chunkOffset(head, chunks.first);
  const data = new Uint8Array(chunkOffset(head, chunks.end) - start - sumBytes * (chunks.end - chunks.first));
  let filled = 0;
  for (let chunk = chunks.first; chunk < chunks.end; chunk++) {
    const at = chunkOffset(head, chunk) - start;
    const end = chunkOffset(head, chunk + 1) - start;
    const { bytes, offset } = chunks;
    if (end > bytes.length || u32At(bytes, at) !== chunkSum(bytes, at + sumBytes, end, chunk)) {
      throw snapshotFile.damaged(path, offset + at, 'holds other bytes than were written');
    }
    data.set(bytes.subarray(at + sumBytes, end), filled);
    filled += end - at - sumBytes;
  }
  return data;
}

function chunkSum(bytes: Uint8Array, start: number, end: number, chunk: number): number {
  return (crc32c(bytes, start, end) ^ Math.imul(chunk, 0x9e3779b1)) >>> 0;
}
