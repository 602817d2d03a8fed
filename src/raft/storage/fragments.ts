import { putU32, u32At } from '../../base/bytes.ts';
import { crc32c } from '../../base/crc32c.ts';

/**
 * A record of the log is written as fragments, none of which crosses a sector of the disk:
 *
 *   checksum of the header (u32) | CRC32C of the data (u32) | number of the record (u32) | length of the data (u16) |
 *   whether it is the record's first (1) and last (2) fragment (u8) | 1 (u8) | data
 *
 * Where a power cut interrupts a write, each sector of it is as it was before or as it was written, and before it was zeros
 * or lay behind the end of the file. So a fragment that is zeros up to the sector's end, or is cut off by the file's end, is
 * *torn*; one of other bytes whose sums are wrong is *damaged*, in the last record too. The header has a sum of its own,
 * lest a bit that flips in a length make a fragment seem cut off. It also stands for the fragment's place: a sector is
 * damaged where it is found in another place or another file. What is left of a sector, where it is too short for a fragment,
 * is zeros.
 */
export const sectorBytes = 512;
const fragmentHeaderBytes = 16;

const beginsFlag = 1;
const endsFlag = 2;

/** A place in the log. */
export interface Place {
  readonly segment: number;
  readonly offset: number;
}

/** The bytes of a record, which must not be empty, to be written at this place. */
export function fragmented(record: Uint8Array, { segment, offset }: Place, number: number): Uint8Array {
  const bytes = new Uint8Array(fragmentedLength(record.length, offset));
  let at = roomAt(offset) > fragmentHeaderBytes ? 0 : roomAt(offset);
  for (let taken = 0; taken < record.length; ) {
    const length = Math.min(record.length - taken, roomAt(offset + at) - fragmentHeaderBytes);
    const data = record.subarray(taken, taken + length);
    bytes.set(data, at + fragmentHeaderBytes);
    putU32(bytes, at + 4, crc32c(data));
    putU32(bytes, at + 8, number);
    bytes[at + 12] = length;
    bytes[at + 13] = length >>> 8;
    bytes[at + 14] = (taken === 0 ? beginsFlag : 0) | (taken + length === record.length ? endsFlag : 0);
    bytes[at + 15] = 1;
    putU32(bytes, at, headerSum(bytes, at, segment, offset + at));
    taken += length;
    at += fragmentHeaderBytes + length;
  }
  return bytes;
}

function fragmentedLength(recordLength: number, offset: number): number {
  const room = roomAt(offset);
  const first = Math.min(recordLength, Math.max(0, room - fragmentHeaderBytes));
  const rest = recordLength - first;
  const begun = first > 0 ? fragmentHeaderBytes + first : room;
  return begun + rest + fragmentHeaderBytes * Math.ceil(rest / (sectorBytes - fragmentHeaderBytes));
}

/** What is left of the sector. */
function roomAt(offset: number): number {
  return sectorBytes - (offset % sectorBytes);
}

function headerSum(bytes: Uint8Array, at: number, segment: number, offset: number): number {
  // Odd factors, so that no two places of a segment, or segments at a place, are alike.
  const place = Math.imul(segment, 0x9e3779b1) ^ Math.imul(offset, 0x85ebca6b);
  return (crc32c(bytes, at + 4, at + fragmentHeaderBytes) ^ place) >>> 0;
}

/** Reads the fragments of a segment one after the other; what was read last is in its fields. */
export class FragmentReader {
  readonly file: Uint8Array;
  readonly #segment: number;
  /** Where the next fragment is looked for. */
  position: number;
  /** Where this one begins. */
  start = 0;
  /** Its data. */
  dataStart = 0;
  dataEnd = 0;
  number = 0;
  begins = false;
  ends = false;

  constructor(file: Uint8Array, { segment, offset }: Place) {
    this.file = file;
    this.#segment = segment;
    this.position = offset;
  }

  /** `cut`: torn by the file's end, behind its header, which is known. */
  next(): 'fragment' | 'torn' | 'cut' | 'end' | 'damaged' {
    const { file } = this;
    this.start = this.position;
    if (roomAt(this.start) <= fragmentHeaderBytes) {
      const end = Math.min(file.length, this.start + roomAt(this.start));
      if (!isZeros(file, this.start, end)) return 'damaged';
      this.start = end;
    }
    const at = this.start;
    if (at === file.length) return 'end';
    const sectorEnd = at + roomAt(at);
    const end = Math.min(file.length, sectorEnd);
    if (end - at < fragmentHeaderBytes) return 'torn';
    if (u32At(file, at) !== headerSum(file, at, this.#segment, at) || file[at + 15] !== 1) {
      return isZeros(file, at, end) ? 'torn' : 'damaged';
    }
    this.dataStart = at + fragmentHeaderBytes;
    this.dataEnd = this.dataStart + (file[at + 12] as number) + 256 * (file[at + 13] as number);
    this.number = u32At(file, at + 8);
    this.begins = ((file[at + 14] as number) & beginsFlag) !== 0;
    this.ends = ((file[at + 14] as number) & endsFlag) !== 0;
    if (this.dataEnd > sectorEnd) return 'damaged';
    if (this.dataEnd > file.length) return 'cut';
    if (u32At(file, at + 4) !== crc32c(file, this.dataStart, this.dataEnd)) return 'damaged';
    this.position = this.dataEnd;
    return 'fragment';
  }

  /** Goes on at the next sector. */
  skipSector(): void {
    this.position = Math.min(this.file.length, this.start + roomAt(this.start));
  }
}

function isZeros(bytes: Uint8Array, start: number, end: number): boolean {
  for (let at = start; at < end; at++) if (bytes[at] !== 0) return false;
  return true;
}
