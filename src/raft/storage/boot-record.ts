import { ByteReader, ByteWriter } from '../../base/bytes.ts';
import { type Clock, promised } from '../../base/clock.ts';
import { crc32c } from '../../base/crc32c.ts';
import type { Disk, DiskFile } from '../../base/disk.ts';
import { ChaosError } from '../../base/errors.ts';
import { readConfiguration, writeConfiguration } from '../codec/entries.ts';
import type { Configuration, NodeId } from '../protocol/entries.ts';
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
  /** The members that started the cluster, as the first start had them; empty where the node was started to join one. */
  readonly founders: Configuration;
  /** What the directory did not say yet, as those of earlier versions do not, and says from now on. */
  readonly adopted: 'owner and founders' | 'founders' | null;
}

/**
 * The file `boot` says whose the directory is, who started the cluster and how often its node has been started:
 *
 *   preamble | CRC32C of the rest (u32) | id of the node | id of the cluster | count (u53) | founders (configuration)
 *
 * Version 1 has no founders; before it the file was the count alone, in digits. It is counted where the directory is locked,
 * and is durable before it is returned: no two runs of a node share a number, and none takes other founders than the first
 * one did, for a majority of those might be another cluster. The file is replaced by a rename: a crash leaves the old or the
 * new.
 */
export async function countBoot(
  clock: Clock,
  disk: Disk,
  directory: string,
  owner: DirectoryOwner,
  founders: Configuration,
): Promise<Boot> {
  const path = `${directory}/boot`;
  const found = await promised<Uint8Array | null>(clock, (done) => disk.readFile(path, done));
  const before = found === null ? null : read(path, found);
  if (before === null) await checkUnused(clock, disk, directory);
  else if (before.owner !== null) checkOwner(directory, before.owner, owner);
  const boot = { count: (before?.count ?? 0) + 1, founders: before?.founders ?? founders, adopted: lackOf(before) };
  await replace(clock, disk, directory, path, encode(owner, boot));
  return boot;
}

/** What a file said, of whatever version; null for what its version does not tell. */
interface BootRecord {
  readonly count: number;
  readonly owner: DirectoryOwner | null;
  readonly founders: Configuration | null;
}

function lackOf(before: BootRecord | null): Boot['adopted'] {
  if (before === null || before.founders !== null) return null;
  return before.owner === null ? 'owner and founders' : 'founders';
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

function read(path: string, bytes: Uint8Array): BootRecord {
  const text = new TextDecoder().decode(bytes).trim();
  if (/^[1-9][0-9]{0,8}$/.test(text)) return { count: Number(text), owner: null, founders: null };
  return decode(path, bytes);
}

const sumEnd = preambleBytes + 4;

function encode({ id, clusterId }: DirectoryOwner, { count, founders }: Boot): Uint8Array {
  const content = new ByteWriter().string(id).string(clusterId).u53(count);
  writeConfiguration(content, founders);
  const body = content.finish();
  const writer = new ByteWriter();
  writePreamble(writer, bootFile);
  return writer.u32(crc32c(body)).raw(body).finish();
}

function decode(path: string, bytes: Uint8Array): BootRecord {
  const version = checkPreamble(bootFile, path, bytes);
  try {
    const reader = new ByteReader(bytes, preambleBytes);
    if (reader.u32() !== crc32c(bytes, sumEnd, bytes.length)) {
      throw bootFile.damaged(path, preambleBytes, 'holds other bytes than were written');
    }
    const owner = { id: reader.string(), clusterId: reader.string() };
    const count = reader.u53();
    const founders = version === 1 ? null : readConfiguration(reader);
    reader.finish();
    return { owner, count, founders };
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
