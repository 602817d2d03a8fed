import { type Clock, promised } from '../../base/clock.ts';
import type { Disk, DiskFile } from '../../base/disk.ts';
import { logFile } from './file-format.ts';
import { LogReplay } from './log-replay.ts';
import { makeSegment, type OpenSegment, segmentNumbers, segmentPath } from './segments.ts';

/** A log that may be written again. */
export interface ResumedLog {
  readonly current: OpenSegment;
  /** The segment after it, where that was made ready. */
  readonly next: OpenSegment | null;
  readonly nextGroup: number;
}

/**
 * The numbers of the segments that are the log, among the names of its directory. Segments that a snapshot made needless are
 * removed, but of removals that were not synced a power cut may take back any: the log is the newest ones without a gap.
 */
export function newestRun(names: readonly string[]): number[] {
  const numbers = segmentNumbers(names);
  const first = numbers.findLastIndex((number, at) => number !== (numbers[at - 1] ?? Number.NaN) + 1);
  return numbers.slice(Math.max(0, first));
}

/** Reads the log of a directory that has these names. */
export async function readLog(
  clock: Clock,
  disk: Disk,
  directory: string,
  names: readonly string[],
): Promise<LogReplay> {
  const replay = new LogReplay();
  for (const number of newestRun(names)) {
    const path = segmentPath(directory, number);
    const file = await promised<Uint8Array | null>(clock, (done) => disk.readFile(path, done));
    if (file === null) throw logFile.damaged(path, 0, 'has gone while the log was read');
    replay.add(number, path, file);
  }
  replay.finish();
  return replay;
}

/**
 * Makes what was read what is there. The last group may stand in the page cache only, and after a failed sync the kernel
 * takes even that for written: it is written again, with the same bytes, and relied on once that is synced. Those before it
 * had been synced. What is torn behind it is cut off; also where nothing seems to be there, for the run before may have cut
 * it off and failed to sync that.
 */
export async function resumeLog(
  clock: Clock,
  disk: Disk,
  directory: string,
  { segments, lastGroup }: LogReplay,
): Promise<ResumedLog> {
  const nextGroup = ((lastGroup ?? 0) + 1) >>> 0;
  const last = segments.at(-1);
  if (last === undefined) return { current: await makeSegment(clock, disk, directory, 1), next: null, nextGroup };

  const settled = async (segment: LogReplay['segments'][number]): Promise<OpenSegment> => {
    const { number, path, end } = segment;
    const file = await promised<DiskFile>(clock, (done) => disk.open(path, done));
    await promised<void>(clock, (done) => file.truncate(end, done));
    if (segment.last !== null) {
      const { start, bytes } = segment.last;
      await promised<void>(clock, (done) => file.write(start, bytes, done));
    }
    await promised<void>(clock, (done) => file.fdatasync(done));
    return { number, file, end };
  };
  const before = last.last === null ? segments.at(-2) : undefined;
  if (before === undefined) return { current: await settled(last), next: null, nextGroup };
  const [previous, empty] = [await settled(before), await settled(last)];
  if (!before.sealed) return { current: previous, next: empty, nextGroup };
  await promised<void>(clock, (done) => previous.file.close(done));
  return { current: empty, next: null, nextGroup };
}
