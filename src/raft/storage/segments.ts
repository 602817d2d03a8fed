import { ByteWriter, putU32 } from '../../base/bytes.ts';
import { type Clock, promised } from '../../base/clock.ts';
import { crc32c } from '../../base/crc32c.ts';
import type { Disk, DiskFile } from '../../base/disk.ts';
import { checkPreamble, logFile, preambleBytes, writePreamble } from './file-format.ts';
import { sectorBytes } from './fragments.ts';

/**
 * The log's files, `log-00000001.wal` and so on. The first sector of each is its header, the rest are records:
 *
 *   preamble | number of the segment (u53) | CRC32C of that number (u32) | zeros
 *
 * A segment gets its name only once its header is durable. So a header is never torn, and one that is not whole is damaged.
 */
export const segmentHeaderBytes = sectorBytes;

/** What a segment is called until it is durable. */
export const segmentDraftName = 'log-draft.tmp';

const segmentName = /^log-([0-9]{8,})\.wal$/;

/** A segment that is open for writing: bytes go behind its end. */
export interface OpenSegment {
  readonly number: number;
  readonly file: DiskFile;
  end: number;
}

export function segmentPath(directory: string, number: number): string {
  return `${directory}/log-${String(number).padStart(8, '0')}.wal`;
}

/** The numbers of the segments among the names of a directory, in order. */
export function segmentNumbers(names: readonly string[]): number[] {
  return names.flatMap((name) => segmentName.exec(name)?.slice(1).map(Number) ?? []).sort((a, b) => a - b);
}

/** Makes a segment, durably; whatever else happens at the same time. */
export async function makeSegment(clock: Clock, disk: Disk, directory: string, number: number): Promise<OpenSegment> {
  const draft = `${directory}/${segmentDraftName}`;
  const file = await promised<DiskFile>(clock, (done) => disk.open(draft, done));
  await promised<void>(clock, (done) => file.truncate(0, done));
  await promised<void>(clock, (done) => file.write(0, segmentHeader(number), done));
  await promised<void>(clock, (done) => file.fdatasync(done));
  await promised<void>(clock, (done) => disk.rename(draft, segmentPath(directory, number), done));
  await promised<void>(clock, (done) => disk.syncDirectory(directory, done));
  return { number, file, end: segmentHeaderBytes };
}

/** Throws unless the file begins as this segment does. */
export function checkSegmentHeader(path: string, number: number, file: Uint8Array): void {
  checkPreamble(logFile, path, file);
  const header = segmentHeader(number);
  if (header.some((byte, at) => file[at] !== byte))
    throw logFile.damaged(path, 0, `has not the header of segment ${number}`);
}

function segmentHeader(number: number): Uint8Array {
  const writer = new ByteWriter(segmentHeaderBytes);
  writePreamble(writer, logFile);
  writer.u53(number).u32(0);
  const header = new Uint8Array(segmentHeaderBytes);
  header.set(writer.finish());
  putU32(header, preambleBytes + 8, crc32c(header, preambleBytes, preambleBytes + 8));
  return header;
}
