import { ChaosError } from '../../base/errors.ts';
import type { MemoryDisk } from '../../base/memory/disk.ts';
import { lastRecordStart } from '../../raft/storage/write-ahead-log.ts';
import type { FlippedBit } from '../cluster.ts';
import { dataDirectory } from './settings.ts';

export const logPath = `${dataDirectory}/raft.log`;

/**
 * Whether flipped bits explain that a log was found damaged: it names its own file and a place that one of the bits lies
 * behind, and with those that are flipped `now` turned back it is sound. `met`: those that the program may have read.
 */
export function flipsExplain(
  error: Error,
  met: readonly FlippedBit[],
  now: readonly FlippedBit[],
  disk: MemoryDisk,
): boolean {
  if (!(error instanceof ChaosError) || error.code !== 'corrupt-log' || !error.message.startsWith(logPath))
    return false;
  const offset = Number(/\(offset (\d+)\)/.exec(error.message)?.[1] ?? Number.NaN);
  const log = disk.content(logPath)?.slice() ?? new Uint8Array(0);
  for (const { byte, bit } of now) log[byte] = (log[byte] ?? 0) ^ (1 << bit);
  return met.some(({ byte }) => offset <= byte) && lastRecordOf(log) !== null;
}

/** Where the last record of a log begins; null where the log is damaged. */
export function lastRecordOf(log: Uint8Array): number | null {
  try {
    return lastRecordStart(log);
  } catch (error) {
    if (error instanceof ChaosError && error.code === 'corrupt-log') return null;
    throw error;
  }
}
