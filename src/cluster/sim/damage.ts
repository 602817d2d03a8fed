import { ChaosError } from '../../base/errors.ts';
import type { MemoryDisk } from '../../base/memory/disk.ts';
import { sectorBytes } from '../../raft/storage/fragments.ts';
import { newestRun } from '../../raft/storage/log-recovery.ts';
import { LogReplay } from '../../raft/storage/log-replay.ts';
import { segmentPath } from '../../raft/storage/segments.ts';
import type { FlippedBit } from '../cluster.ts';
import { dataDirectory } from './settings.ts';

/**
 * Whether flipped bits explain that a log was found damaged: it names the sector of one of them, and with those that are
 * flipped `now` turned back it is sound. `met`: those that the program may have read.
 */
export function flipsExplain(
  error: Error,
  met: readonly FlippedBit[],
  now: readonly FlippedBit[],
  disk: MemoryDisk,
): boolean {
  if (!(error instanceof ChaosError) || error.code !== 'corrupt-log') return false;
  const [, path, offset] = /^(\S+) .*\(offset (\d+)\)$/.exec(error.message) ?? [];
  const sector = Math.floor(Number(offset) / sectorBytes);
  return met.some((flip) => flip.path === path && Math.floor(flip.byte / sectorBytes) === sector) && isSound(disk, now);
}

/** The file and the place in it at this share (0 to 1) of the whole log; null where there is no log. */
export function placeInLog(disk: MemoryDisk, share: number): { readonly path: string; readonly byte: number } | null {
  const files = logOf(disk);
  const total = files.reduce((sum, { bytes }) => sum + bytes.length, 0);
  let byte = Math.min(total - 1, Math.floor(share * total));
  const file = files.find(({ bytes }) => {
    if (byte < bytes.length) return true;
    byte -= bytes.length;
    return false;
  });
  return file === undefined ? null : { path: file.path, byte };
}

function isSound(disk: MemoryDisk, flipped: readonly FlippedBit[]): boolean {
  const replay = new LogReplay();
  try {
    for (const { number, path, bytes } of logOf(disk)) {
      for (const { byte, bit } of flipped.filter((one) => one.path === path)) {
        bytes[byte] = (bytes[byte] ?? 0) ^ (1 << bit);
      }
      replay.add(number, path, bytes);
    }
    replay.finish();
    return true;
  } catch (error) {
    if (error instanceof ChaosError && error.code === 'corrupt-log') return false;
    throw error;
  }
}

/** The files of the log, in order, as they are now. */
function logOf(disk: MemoryDisk): { readonly number: number; readonly path: string; readonly bytes: Uint8Array }[] {
  return newestRun(disk.names(dataDirectory)).map((number) => {
    const path = segmentPath(dataDirectory, number);
    return { number, path, bytes: disk.content(path) ?? new Uint8Array(0) };
  });
}
