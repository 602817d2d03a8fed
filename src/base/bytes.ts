import { AssertionError } from './assert.ts';
import { ChaosError } from './errors.ts';

/**
 * Writes wire frames and log records. Integers are little-endian and of fixed width; a value out of its range is a bug
 * of the caller. Every method returns the writer. Where there are many to write keep one writer of a large capacity: what
 * it finishes shares its buffer, for a buffer costs more to make than a frame to write.
 */
export class ByteWriter {
  private readonly capacity: number;
  private buffer: Uint8Array;
  /** What is being written stands from `start` to `end`; what was finished stands before, and is not touched again. */
  private start = 0;
  private end = 0;

  constructor(capacity = 256) {
    this.capacity = capacity;
    this.buffer = new Uint8Array(capacity);
  }

  /** Bytes written so far: the position of the next one. */
  get length(): number {
    return this.end - this.start;
  }

  /** Forgets what has been written and not finished. */
  clear(): this {
    this.end = this.start;
    return this;
  }

  u8(value: number): this {
    checkUnsigned(value, 0xff);
    const at = this.claim(1);
    this.buffer[at] = value;
    return this;
  }

  u32(value: number): this {
    checkUnsigned(value, 0xffffffff);
    const at = this.claim(4);
    putU32(this.buffer, at, value);
    return this;
  }

  /** A non-negative safe integer in eight bytes. */
  u53(value: number): this {
    checkUnsigned(value, Number.MAX_SAFE_INTEGER);
    const at = this.claim(8);
    putU32(this.buffer, at, value);
    putU32(this.buffer, at + 4, Math.floor(value / U32_RANGE));
    return this;
  }

  /** The bytes alone: the reader must know how many there are. */
  raw(bytes: Uint8Array): this {
    const at = this.claim(bytes.length);
    this.buffer.set(bytes, at);
    return this;
  }

  /** The bytes behind their length (u32). */
  bytes(bytes: Uint8Array): this {
    return this.u32(bytes.length).raw(bytes);
  }

  /** The text in UTF-8, alone. Throws `malformed` for a lone surrogate: it has no UTF-8. */
  text(text: string): this {
    if (!text.isWellFormed()) throw malformed('a string with a lone surrogate has no UTF-8');
    const at = this.claim(MAX_UTF8_BYTES_PER_UNIT * text.length);
    this.end = at + UTF8_ENCODER.encodeInto(text, this.buffer.subarray(at)).written;
    return this;
  }

  /** The text behind its length in bytes (u32). */
  string(text: string): this {
    const position = this.length;
    this.u32(0).text(text);
    putU32(this.buffer, this.start + position, this.length - position - 4);
    return this;
  }

  /** The bytes written, the caller's own from now on. The writer is empty again. */
  finish(): Uint8Array {
    const bytes = this.buffer.subarray(this.start, this.end);
    this.start = this.end;
    return bytes;
  }

  /** Where the next `count` bytes go. It may replace the buffer: take that only afterwards. */
  private claim(count: number): number {
    if (this.end + count > this.buffer.length) this.renew(count);
    const at = this.end;
    this.end += count;
    return at;
  }

  private renew(count: number): void {
    const unfinished = this.buffer.subarray(this.start, this.end);
    this.buffer = new Uint8Array(Math.max(this.capacity, 2 * (unfinished.length + count)));
    this.buffer.set(unfinished);
    this.start = 0;
    this.end = unfinished.length;
  }
}

/**
 * Reads what a ByteWriter wrote. The bytes are not trusted: any read past the end, bad length, integer out of range or
 * bad UTF-8 throws a ChaosError with the code `malformed`.
 */
export class ByteReader {
  private readonly source: Uint8Array;
  private at: number;
  private readonly end: number;
  private readonly bytesAre: 'copies' | 'views';

  /**
   * Reads from `start` up to `end`. Where `bytes` gives views, the source must stay as it is, and stays in memory as long
   * as one of them does: to be chosen where there are many to read, since a copy costs more than all the rest.
   */
  constructor(source: Uint8Array, start = 0, end = source.length, bytesAre: 'copies' | 'views' = 'copies') {
    this.source = source;
    this.at = start;
    this.end = end;
    this.bytesAre = bytesAre;
  }

  /** Bytes not read yet. */
  get remaining(): number {
    return this.end - this.at;
  }

  u8(): number {
    return byteAt(this.source, this.take(1));
  }

  u32(): number {
    return u32At(this.source, this.take(4));
  }

  u53(): number {
    const at = this.take(8);
    const high = u32At(this.source, at + 4);
    if (high > U53_HIGH_MAX) throw malformed(`an integer beyond 2^53 at byte ${at}`);
    return high * U32_RANGE + u32At(this.source, at);
  }

  /** The bytes behind their length. */
  bytes(): Uint8Array {
    const count = this.u32();
    const at = this.take(count);
    return this.bytesAre === 'views' ? this.source.subarray(at, at + count) : this.source.slice(at, at + count);
  }

  /** Text behind its length in bytes. */
  string(): string {
    return this.text(this.u32());
  }

  /** Text of the next `count` bytes: of all there are, where it is left out. */
  text(count = this.remaining): string {
    const at = this.take(count);
    return shortAscii(this.source, at, at + count) ?? utf8(this.source, at, at + count);
  }

  /** Throws `malformed` unless every byte has been read. */
  finish(): void {
    if (this.remaining > 0) throw malformed(`${this.remaining} bytes too many from byte ${this.at} on`);
  }

  private take(count: number): number {
    checkUnsigned(count, Number.MAX_SAFE_INTEGER);
    if (count > this.remaining) throw malformed(`${count} bytes wanted at byte ${this.at}, ${this.remaining} there`);
    const at = this.at;
    this.at += count;
    return at;
  }
}

const U32_RANGE = 0x1_0000_0000;
const U53_HIGH_MAX = 0x1f_ffff;
const MAX_UTF8_BYTES_PER_UNIT = 3;
const SHORT_TEXT_BYTES = 16;
const ASCII_MAX = 0x7f;
const UTF8_ENCODER = new TextEncoder();
// A byte order mark is text like any other here: what was written must be what is read.
const UTF8_DECODER = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

function byteAt(bytes: Uint8Array, at: number): number {
  return bytes[at] as number;
}

/** Null where it is something else. Names and small values are; for them the decoder's call costs more than its work. */
function shortAscii(bytes: Uint8Array, start: number, end: number): string | null {
  if (end - start > SHORT_TEXT_BYTES) return null;
  let text = '';
  for (let at = start; at < end; at++) {
    const unit = byteAt(bytes, at);
    if (unit > ASCII_MAX) return null;
    text += String.fromCharCode(unit);
  }
  return text;
}

function utf8(bytes: Uint8Array, start: number, end: number): string {
  try {
    return UTF8_DECODER.decode(bytes.subarray(start, end));
  } catch {
    throw malformed(`bad UTF-8 in the text at byte ${start}`);
  }
}

/** The u32 at `at`, which must be inside. */
export function u32At(bytes: Uint8Array, at: number): number {
  const low = byteAt(bytes, at) | (byteAt(bytes, at + 1) << 8) | (byteAt(bytes, at + 2) << 16);
  return (low | (byteAt(bytes, at + 3) << 24)) >>> 0;
}

/** Overwrites four bytes with the lowest 32 bits of `value`: also for what stands before the bytes it tells of. */
export function putU32(bytes: Uint8Array, at: number, value: number): void {
  bytes[at] = value;
  bytes[at + 1] = value >>> 8;
  bytes[at + 2] = value >>> 16;
  bytes[at + 3] = value >>> 24;
}

function malformed(message: string): ChaosError {
  return new ChaosError('malformed', message);
}

function checkUnsigned(value: number, max: number): void {
  if (!(Number.isInteger(value) && value >= 0 && value <= max)) {
    throw new AssertionError(`an integer from 0 to ${max}, not ${value}`);
  }
}
