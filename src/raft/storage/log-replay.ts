import { ByteWriter } from '../../base/bytes.ts';
import { ChaosError } from '../../base/errors.ts';
import { Coverage } from './coverage.ts';
import { logFile } from './file-format.ts';
import { FragmentReader } from './fragments.ts';
import { decodeGroup, type Group } from './groups.ts';
import { LogImage } from './log-image.ts';
import { checkSegmentHeader, segmentHeaderBytes } from './segments.ts';

/** What has been read of a segment. */
interface ReplayedSegment {
  readonly number: number;
  readonly path: string;
  /** Where the next group goes, and how many bytes of a torn one stand there. */
  readonly end: number;
  readonly tornBytes: number;
  /** The last group as it stands in the file, and where; null where there is none. */
  readonly last: { readonly start: number; readonly bytes: Uint8Array } | null;
  readonly sealed: boolean;
}

/** Of groups that are read: what they say is kept as views of its buffers, so these are small. */
const groupWriter = new ByteWriter(64 * 1024);

/**
 * Reads the segments of a log, in order and without a gap, into an image of it. Throws `corrupt-log` for whatever a power
 * cut cannot have left: that tears the last group alone, for none is begun before the one before it is durable.
 */
export class LogReplay {
  image = new LogImage();
  readonly segments: ReplayedSegment[] = [];
  readonly coverage = new Coverage();
  /** The number of the last group, 32 bits of it; null where that is not known. */
  lastGroup: number | null = 0;

  add(number: number, path: string, file: Uint8Array): void {
    checkSegmentHeader(path, number, file);
    if (this.segments.length === 0 && number > 1) this.lastGroup = null;
    const reader = new FragmentReader(file, { segment: number, offset: segmentHeaderBytes });
    let [start, end, sealed] = [0, segmentHeaderBytes, false];
    for (
      let bytes = this.#nextGroup(reader, path);
      bytes !== null;
      bytes = sealed ? null : this.#nextGroup(reader, path)
    ) {
      const group = decoded(bytes, path, end);
      this.#apply(group, { number, path, end });
      sealed = group.seals;
      start = end;
      end = reader.position;
    }
    const last = start === 0 ? null : { start, bytes: file.slice(start, end) };
    this.#follow({ number, path, end, tornBytes: file.length - end, last, sealed });
  }

  /** Throws where a segment is missing at either end. */
  finish(): void {
    const [first, last] = [this.segments[0], this.segments.at(-1)];
    if (first !== undefined && first.last === null && first.number > 1) {
      throw logFile.damaged(first.path, first.end, 'has no record, and the segment before it is missing');
    }
    if (last?.sealed) throw logFile.damaged(last.path, last.end, 'says that there is a next segment, which is missing');
  }

  /** The bytes of the next group, or null where no other is whole. */
  #nextGroup(reader: FragmentReader, path: string): Uint8Array | null {
    const expected = this.lastGroup === null ? null : (this.lastGroup + 1) >>> 0;
    groupWriter.clear();
    for (;;) {
      const found = reader.next();
      switch (found) {
        case 'damaged':
          throw damaged(reader, path);
        case 'torn':
        case 'cut':
          checkTail(reader, path, expected, found);
          return null;
        case 'end':
          return null;
        case 'fragment':
      }
      if (reader.number !== (expected ?? reader.number) || reader.begins !== (groupWriter.length === 0)) {
        throw logFile.damaged(path, reader.start, `has a piece of record ${reader.number} where another belongs`);
      }
      groupWriter.raw(reader.file.subarray(reader.dataStart, reader.dataEnd));
      if (reader.ends) {
        this.lastGroup = reader.number;
        return groupWriter.finish();
      }
    }
  }

  #apply({ checkpoint, writes }: Group, at: Pick<ReplayedSegment, 'number' | 'path' | 'end'>): void {
    if ((checkpoint !== null) !== (at.end === segmentHeaderBytes)) {
      throw logFile.damaged(at.path, at.end, 'has a checkpoint elsewhere than at its beginning');
    }
    if (checkpoint !== null) {
      if (this.segments.length === 0) this.image = LogImage.after(checkpoint);
      else if (!this.image.isAt(checkpoint)) {
        throw logFile.damaged(at.path, at.end, 'does not go on from where the segment before it ends');
      }
      this.coverage.begin(at.number, checkpoint);
    }
    for (const write of writes) {
      this.image.apply(write);
      this.coverage.note(write);
    }
  }

  #follow(segment: ReplayedSegment): void {
    const before = this.segments.at(-1);
    if (segment.sealed && segment.tornBytes > 0) {
      throw logFile.damaged(segment.path, segment.end, 'goes on behind its last record');
    }
    // One that was only made ready has nothing in it, and is the last.
    const isReady = segment.last === null && segment.tornBytes === 0 && before?.last !== null;
    if (before !== undefined && !before.sealed && !isReady) {
      throw logFile.damaged(before.path, before.end, 'ends before the next segment begins');
    }
    this.segments.push(segment);
  }
}

/** Behind a torn fragment nothing may stand but others of its group, some of them torn too. */
function checkTail(reader: FragmentReader, path: string, group: number | null, first: 'torn' | 'cut'): void {
  for (let found: ReturnType<FragmentReader['next']> = first; found !== 'end'; found = reader.next()) {
    if (found === 'damaged') throw damaged(reader, path);
    if (found === 'torn') reader.skipSector();
    else if (reader.number !== (group ?? reader.number)) {
      throw logFile.damaged(path, reader.start, 'has a record behind one that is torn');
    }
    if (found === 'cut') return;
  }
}

function damaged(reader: FragmentReader, path: string): ChaosError {
  return logFile.damaged(path, reader.start, 'holds other bytes than were written');
}

function decoded(bytes: Uint8Array, path: string, offset: number): Group {
  try {
    return decodeGroup(bytes);
  } catch (error) {
    if (!(error instanceof ChaosError)) throw error;
    throw logFile.damaged(path, offset, `has a record that says nothing: ${error.message}`);
  }
}
