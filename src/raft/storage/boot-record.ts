import { ByteReader, ByteWriter } from '../../base/bytes.ts';
import { type Clock, promised } from '../../base/clock.ts';
import { crc32c } from '../../base/crc32c.ts';
import type { Disk, DiskFile } from '../../base/disk.ts';
import { ChaosError } from '../../base/errors.ts';
import type { NodeId } from '../protocol/entries.ts';
import { bootFile, checkPreamble, preambleBytes, writePreamble } from './file-format.ts';
import { segmentNumbers } from './segments.ts';

/** The node whose directory it is, and the cluster that this node is a member of: for good. */
export interface DirectoryOwner {
  readonly id: NodeId;
  readonly clusterId: string;
}

export interface Boot {
  /** How often the node has been started, this time included. */
  readonly count: number;
  /** The directory did not say yet whose it is, as those of earlier versions do not. */
  readonly adopted: boolean;
}

/**
 * The file `boot` says whose the directory is and how often its node has been started:
 *
 *   preamble | CRC32C of the rest (u32) | id of the node | id of the cluster | count (u53)
 *
 * Earlier versions wrote the count alone, in digits. It is counted where the directory is locked, and is durable before it is
 * returned, so that no two runs of a node share a number. The file is replaced by a rename: a crash leaves the old or the new.
 */
export async function countBoot(clock: Clock, disk: Disk, directory: string, owner: DirectoryOwner): Promise<Boot> {
  const path = `${directory}/boot`;
  const found = await promised<Uint8Array | null>(clock, (done) => disk.readFile(path, done));
  const former = found === null ? null : countOfFormer(found);
  const before = found === null || former !== null ? null : decode(path, found);
  if (before !== null) checkOwner(directory, before.owner, owner);
  if (found === null) await checkUnused(clock, disk, directory);
  const count = (before?.count ?? former ?? 0) + 1;
  await replace(clock, disk, directory, path, encode(owner, count));
  return { count, adopted: former !== null };
}

async function replace(clock: Clock, disk: Disk, directory: string, path: string, bytes: Uint8Array): Promise<void> {
  const file = await promised<DiskFile>(clock, (done) => disk.open(`${path}.new`, done));
  await promised<void>(clock, (done) => file.truncate(0, done));
  await promised<void>(clock, (done) => file.write(0, bytes, done));
  await promised<void>(clock, (done) => file.fdatasync(done));
  await promised<void>(clock, (done) => file.close(done));
  await promised<void>(clock, (done) => disk.rename(`${path}.new`, path, done));
  await promised<void>(clock, (done) => disk.syncDirectory(directory, done));
}

function countOfFormer(bytes: Uint8Array): number | null {
  const text = new TextDecoder().decode(bytes).trim();
  return /^[1-9][0-9]{0,8}$/.test(text) ? Number(text) : null;
}

const sumEnd = preambleBytes + 4;

function encode({ id, clusterId }: DirectoryOwner, count: number): Uint8Array {
  const body = new ByteWriter().string(id).string(clusterId).u53(count).finish();
  const writer = new ByteWriter();
  writePreamble(writer, bootFile);
  return writer.u32(crc32c(body)).raw(body).finish();
}

function decode(path: string, bytes: Uint8Array): { readonly owner: DirectoryOwner; readonly count: number } {
  checkPreamble(bootFile, path, bytes);
  try {
    const reader = new ByteReader(bytes, preambleBytes);
    if (reader.u32() !== crc32c(bytes, sumEnd, bytes.length)) {
      throw bootFile.damaged(path, preambleBytes, 'holds other bytes than were written');
    }
    const owner = { id: reader.string(), clusterId: reader.string() };
    const count = reader.u53();
    reader.finish();
    return { owner, count };
  } catch (error) {
    if (!(error instanceof ChaosError) || error.code !== 'malformed') throw error;
    throw bootFile.damaged(path, preambleBytes, `says nothing: ${error.message}`);
  }
}

/** Another node would vote twice in a term, or take a log for its own cluster's that is not. */
function checkOwner(directory: string, found: DirectoryOwner, { id, clusterId }: DirectoryOwner): void {
  if (found.id === id && found.clusterId === clusterId) return;
  const whose = `is the directory of node ${found.id} of the cluster ${found.clusterId}`;
  throw new ChaosError('wrong-directory', `${directory} ${whose}, not of ${id} of ${clusterId}`, {
    remedy:
      'Give every node a directory of its own, and start this one as who it is. A node gets no new name: let one with the new name join on an empty directory, and remove the old one from the members.',
  });
}

async function checkUnused(clock: Clock, disk: Disk, directory: string): Promise<void> {
  const names = await promised<readonly string[]>(clock, (done) => disk.list(directory, done));
  if (segmentNumbers(names).length > 0) throw bootFile.damaged(`${directory}/boot`, 0, 'is missing beside a log');
}
