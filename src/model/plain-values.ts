import { assert } from '../base/assert.ts';
import { ByteReader, ByteWriter } from '../base/bytes.ts';

/**
 * Values that are data and nothing else. Models keep their states in them, so that any state can be compared, hashed,
 * stored and given to another thread without a word from its author.
 */
export type Plain =
  | null
  | boolean
  | number
  | string
  | Uint8Array
  | readonly Plain[]
  | { readonly [key: string]: Plain };

/**
 * The value as bytes: the same for equal values, different for others. The order of an object's keys does not matter, and a
 * key whose value is undefined counts as not there.
 */
export function plainBytes(value: unknown): Uint8Array {
  write(value);
  return writer.finish();
}

export function plainOfBytes(bytes: Uint8Array): unknown {
  const reader = new ByteReader(bytes);
  const value = read(reader);
  reader.finish();
  return value;
}

/** The same as 32-bit integers, the first of which is the number of bytes. */
export function plainWords(value: unknown): number[] {
  const bytes = plainBytes(value);
  const words = [bytes.length];
  for (let at = 0; at < bytes.length; at += 4) {
    words.push(
      byteAt(bytes, at) | (byteAt(bytes, at + 1) << 8) | (byteAt(bytes, at + 2) << 16) | (byteAt(bytes, at + 3) << 24),
    );
  }
  return words;
}

export function plainOfWords(words: readonly number[]): unknown {
  const bytes = new Uint8Array(words[0] as number);
  for (let at = 0; at < bytes.length; at++) bytes[at] = (words[1 + (at >>> 2)] as number) >>> (8 * (at & 3));
  return plainOfBytes(bytes);
}

const writer = new ByteWriter(1024);

const tags = { null: 0, false: 1, true: 2, integer: 3, number: 4, string: 5, bytes: 6, array: 7, object: 8 } as const;
/** Tags from here on are small integers themselves. */
const firstSmall = 16;

function write(value: unknown): void {
  if (value === null) writer.u8(tags.null);
  else if (typeof value === 'boolean') writer.u8(value ? tags.true : tags.false);
  else if (typeof value === 'number') writeNumber(value);
  else if (typeof value === 'string') writer.u8(tags.string).bytes(bytesOfText(value));
  else if (value instanceof Uint8Array) writer.u8(tags.bytes).bytes(value);
  else if (Array.isArray(value)) writeArray(value);
  else writeObject(value);
}

/** Texts are names, of keys and of things: few, and met again and again. */
function bytesOfText(text: string): Uint8Array {
  const known = texts.get(text);
  if (known !== undefined) return known;
  const bytes = new ByteWriter().text(text).finish().slice();
  if (texts.size >= mostTexts) texts.clear();
  texts.set(text, bytes);
  return bytes;
}

const texts = new Map<string, Uint8Array>();
const mostTexts = 10_000;

function writeNumber(value: number): void {
  if (Number.isSafeInteger(value) && value >= 0 && !Object.is(value, -0)) {
    if (value < 256 - firstSmall) writer.u8(firstSmall + value);
    else writer.u8(tags.integer).u53(value);
  } else {
    writer.u8(tags.number).string(Object.is(value, -0) ? '-0' : String(value));
  }
}

function writeArray(items: readonly unknown[]): void {
  writer.u8(tags.array).u32(items.length);
  for (const item of items) write(item);
}

function writeObject(value: unknown): void {
  assert(typeof value === 'object' && value !== null, () => `a ${typeof value} is no plain data`);
  const prototype: unknown = Object.getPrototypeOf(value);
  assert(prototype === Object.prototype || prototype === null, 'an instance of a class is no plain data');
  const entries = Object.entries(value).filter(([, part]) => part !== undefined);
  entries.sort(([a], [b]) => (a < b ? -1 : 1));
  writer.u8(tags.object).u32(entries.length);
  for (const [key, part] of entries) {
    writer.bytes(bytesOfText(key));
    write(part);
  }
}

function read(reader: ByteReader): unknown {
  const tag = reader.u8();
  if (tag >= firstSmall) return tag - firstSmall;
  switch (tag) {
    case tags.null:
      return null;
    case tags.false:
      return false;
    case tags.true:
      return true;
    case tags.integer:
      return reader.u53();
    case tags.number:
      return Number(reader.string());
    case tags.string:
      return reader.string();
    case tags.bytes:
      return reader.bytes().slice();
    case tags.array:
      return Array.from({ length: reader.u32() }, () => read(reader));
    default: {
      assert(tag === tags.object, () => `unknown tag ${tag}`);
      const value: Record<string, unknown> = {};
      for (let left = reader.u32(); left > 0; left--) value[reader.string()] = read(reader);
      return value;
    }
  }
}

function byteAt(bytes: Uint8Array, at: number): number {
  return bytes[at] ?? 0;
}
