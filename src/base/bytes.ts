import { assert } from './assert.ts';
import { ChaosError } from './errors.ts';

/**
 * Writes wire frames and log records. Integers are little-endian and of fixed width; a value out of its range is a bug
 * of the caller. Every method returns the writer.
 */
export class ByteWriter {
  private buffer: Uint8Array;
  private view: DataView;
  private used = 0;

  constructor(capacity = 256) {
    this.buffer = new Uint8Array(capacity);
    this.view = new DataView(this.buffer.buffer);
  }

  /** Bytes written so far: the position of the next one. */
  get length(): number {
    return this.used;
  }

  u8(value: number): this {
    assertUnsigned(value, 0xff);
    const at = this.claim(1);
    this.view.setUint8(at, value);
    return this;
  }

  u32(value: number): this {
    assertUnsigned(value, 0xffffffff);
    const at = this.claim(4);
    this.view.setUint32(at, value, true);
    return this;
  }

  /** A non-negative safe integer in eight bytes. */
  u53(value: number): this {
    assertUnsigned(value, Number.MAX_SAFE_INTEGER);
    const at = this.claim(8);
    this.view.setUint32(at, value % U32_RANGE, true);
    this.view.setUint32(at + 4, Math.floor(value / U32_RANGE), true);
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

  /** The text in UTF-8 behind its length in bytes (u32). Throws `malformed` for a lone surrogate: it has no UTF-8. */
  string(text: string): this {
    if (/\p{Surrogate}/u.test(text)) throw new ChaosError('malformed', 'a string with a lone surrogate has no UTF-8');
    return this.bytes(UTF8_ENCODER.encode(text));
  }

  /** Overwrites the u32 at `position`: for a length or a checksum that stands before what it covers. */
  setU32(position: number, value: number): this {
    assertUnsigned(value, 0xffffffff);
    assert(position >= 0 && position + 4 <= this.used, 'setU32 overwrites only what has been written');
    this.view.setUint32(position, value, true);
    return this;
  }

  /** What has been written from `start` on; valid only until the next write. */
  written(start = 0): Uint8Array {
    return this.buffer.subarray(start, this.used);
  }

  /** The bytes written, as an array of the caller's own. The writer is empty again and keeps its capacity. */
  finish(): Uint8Array {
    const bytes = this.buffer.slice(0, this.used);
    this.used = 0;
    return bytes;
  }

  /** Where the next `count` bytes go. It may replace the buffer and its view: take those only afterwards. */
  private claim(count: number): number {
    const at = this.used;
    this.used += count;
    if (this.used > this.buffer.length) this.grow();
    return at;
  }

  private grow(): void {
    const larger = new Uint8Array(Math.max(2 * this.buffer.length, this.used));
    larger.set(this.buffer);
    this.buffer = larger;
    this.view = new DataView(larger.buffer);
  }
}

/**
 * Reads what a ByteWriter wrote. The bytes are not trusted: any read past the end, bad length, integer out of range or
 * bad UTF-8 throws a ChaosError with the code `malformed`.
 */
export class ByteReader {
  private readonly source: Uint8Array;
  private readonly view: DataView;
  private at = 0;

  constructor(source: Uint8Array) {
    this.source = source;
    this.view = new DataView(source.buffer, source.byteOffset, source.byteLength);
  }

  /** Bytes not read yet. */
  get remaining(): number {
    return this.source.length - this.at;
  }

  u8(): number {
    return this.view.getUint8(this.take(1));
  }

  u32(): number {
    return this.view.getUint32(this.take(4), true);
  }

  u53(): number {
    const at = this.take(8);
    const high = this.view.getUint32(at + 4, true);
    if (high > U53_HIGH_MAX) throw malformed(`an integer beyond 2^53 at byte ${at}`);
    return high * U32_RANGE + this.view.getUint32(at, true);
  }

  /** The next `count` bytes: a view into the source, not a copy. */
  raw(count: number): Uint8Array {
    const at = this.take(count);
    return this.source.subarray(at, at + count);
  }

  /** Bytes behind their length: a view into the source, not a copy. */
  bytes(): Uint8Array {
    return this.raw(this.u32());
  }

  string(): string {
    const at = this.at;
    const bytes = this.bytes();
    try {
      return UTF8_DECODER.decode(bytes);
    } catch {
      throw malformed(`bad UTF-8 in the string at byte ${at}`);
    }
  }

  /** Throws `malformed` unless every byte has been read. */
  finish(): void {
    if (this.remaining > 0) throw malformed(`${this.remaining} bytes too many from byte ${this.at} on`);
  }

  private take(count: number): number {
    assertUnsigned(count, Number.MAX_SAFE_INTEGER);
    if (count > this.remaining) throw malformed(`${count} bytes wanted at byte ${this.at}, ${this.remaining} there`);
    const at = this.at;
    this.at += count;
    return at;
  }
}

const U32_RANGE = 0x1_0000_0000;
const U53_HIGH_MAX = 0x1f_ffff;
const UTF8_ENCODER = new TextEncoder();
// A byte order mark is text like any other here: what was written must be what is read.
const UTF8_DECODER = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

function malformed(message: string): ChaosError {
  return new ChaosError('malformed', message);
}

function assertUnsigned(value: number, max: number): void {
  assert(Number.isInteger(value) && value >= 0 && value <= max, () => `an integer from 0 to ${max}, not ${value}`);
}
