import type { ByteReader, ByteWriter } from '../../base/bytes.ts';
import { ChaosError } from '../../base/errors.ts';

/** The small parts that entries and messages are written with. Reading throws `malformed` for anything not written here. */
export function writeFlag(writer: ByteWriter, flag: boolean): void {
  writer.u8(flag ? 1 : 0);
}

export function readFlag(reader: ByteReader): boolean {
  const byte = reader.u8();
  if (byte > 1) throw new ChaosError('malformed', `a flag is 0 or 1, not ${byte}`);
  return byte === 1;
}

/** A word of a fixed list, as its place in it. */
export function writeWord<W extends string>(writer: ByteWriter, words: readonly W[], word: W): void {
  writer.u8(words.indexOf(word));
}

export function readWord<W extends string>(reader: ByteReader, words: readonly W[]): W {
  const code = reader.u8();
  const word = words[code];
  if (word === undefined) throw new ChaosError('malformed', `code ${code} where ${words.length} are known`);
  return word;
}

export function writeList<T>(
  writer: ByteWriter,
  items: readonly T[],
  write: (writer: ByteWriter, item: T) => void,
): void {
  writer.u32(items.length);
  for (const item of items) write(writer, item);
}

/** `leastBytes`: what the shortest item takes, so that a wrong count is noticed before room is made for it. */
export function readList<T>(reader: ByteReader, leastBytes: number, read: (reader: ByteReader) => T): T[] {
  const count = reader.u32();
  if (count * leastBytes > reader.remaining) {
    throw new ChaosError('malformed', `${count} items in ${reader.remaining} bytes`);
  }
  // Of its final length from the start: an array that grows takes room for seventeen, and nearly all of these hold one.
  const items = new Array<T>(count);
  for (let at = 0; at < count; at++) items[at] = read(reader);
  return items;
}
