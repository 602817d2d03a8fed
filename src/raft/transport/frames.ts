import { unreachable } from '../../base/assert.ts';
import { ByteReader, ByteWriter, putU32, u32At } from '../../base/bytes.ts';
import { crc32c } from '../../base/crc32c.ts';
import { ChaosError } from '../../base/errors.ts';
import { readMessage, writeMessage } from '../codec/messages.ts';
import type { Message } from '../protocol/messages.ts';
import { maxFrameBytes } from './limits.ts';
import type { Introduction } from './roster.ts';

/**
 * What peers say to each other over a connection, one frame after the other:
 *
 *   length of the body (u32) | CRC32C of the body (u32) | body: kind (u8), content
 *
 * The node that connected sends `hello` first, and once it is answered messages, and a `ping` now and then. The other side
 * only answers: each of `hello` and `ping` with a `pong`, so that a connection that the network has swallowed is noticed;
 * or with `refused`, after which it closes.
 */
export type Frame =
  | ({ readonly kind: 'hello' } & Introduction)
  | { readonly kind: 'message'; readonly number: number; readonly message: Message }
  | { readonly kind: 'ping' }
  | { readonly kind: 'pong' }
  | { readonly kind: 'refused'; readonly reason: string };

const headerBytes = 8;
const protocolVersion = 2;
const frameKinds = ['hello', 'message', 'ping', 'pong', 'refused'] as const satisfies readonly Frame['kind'][];

const frameWriter = new ByteWriter(64 * 1024);

export function encodeFrame(frame: Frame): Uint8Array {
  const writer = frameWriter.clear();
  writer.u32(0).u32(0).u8(frameKinds.indexOf(frame.kind));
  switch (frame.kind) {
    case 'hello':
      writer.u32(protocolVersion).string(frame.clusterId).string(frame.from).string(frame.to).u53(frame.boot);
      writer.string(frame.address).u53(frame.configurationIndex);
      break;
    case 'message':
      writer.u53(frame.number);
      writeMessage(writer, frame.message);
      break;
    case 'ping':
    case 'pong':
      break;
    case 'refused':
      writer.string(frame.reason);
      break;
    default:
      unreachable(frame);
  }
  const bytes = writer.finish();
  putU32(bytes, 0, bytes.length - headerBytes);
  putU32(bytes, 4, crc32c(bytes, headerBytes));
  return bytes;
}

/** Whether no reader would take the frame. */
export function isTooLong(frame: Uint8Array): boolean {
  return frame.length - headerBytes > maxFrameBytes;
}

/**
 * Puts the pieces of a stream together into frames: after each piece, take frames until there is none. One that is broken
 * or too long throws `malformed`, and then the rest of the stream means nothing. Room is made for what has come, and not
 * for what a length announces.
 */
export class FrameReader {
  /** The longest body that is taken; it may be changed between frames. */
  maxBodyBytes: number;
  /** What has come and has not been taken stands from `start` to `end`. */
  #bytes: Uint8Array = NOTHING;
  #start = 0;
  #end = 0;
  /** How many bytes there must be before more can be said of the next frame. */
  #needed = headerBytes;

  constructor(maxBodyBytes: number) {
    this.maxBodyBytes = maxBodyBytes;
  }

  push(piece: Uint8Array): void {
    if (this.#start === this.#end) {
      this.#bytes = piece;
      this.#start = 0;
      this.#end = piece.length;
      return;
    }
    if (piece.length > this.#bytes.length - this.#end) this.#makeRoom(piece.length);
    this.#bytes.set(piece, this.#end);
    this.#end += piece.length;
  }

  /** The next frame, or null where it has not come as a whole. */
  next(): Frame | null {
    const left = this.#end - this.#start;
    this.#needed = left < headerBytes ? headerBytes : headerBytes + this.#bodyLength();
    if (left < this.#needed) return null;
    const start = this.#start;
    const bytes = this.#bytes;
    this.#start += this.#needed;
    if (this.#start === this.#end) this.#bytes = NOTHING;
    return decodeFrame(bytes, start, start + this.#needed);
  }

  #bodyLength(): number {
    const length = u32At(this.#bytes, this.#start);
    if (length === 0 || length > this.maxBodyBytes) throw new ChaosError('malformed', `a frame of ${length} bytes`);
    return length;
  }

  /** Doubles, so that a frame of many small pieces is not copied with each, but not beyond the frame's end. */
  #makeRoom(byteCount: number): void {
    const left = this.#bytes.subarray(this.#start, this.#end);
    const least = left.length + byteCount;
    this.#bytes = new Uint8Array(Math.max(least, Math.min(2 * least, this.#needed)));
    this.#bytes.set(left);
    this.#start = 0;
    this.#end = left.length;
  }
}

const NOTHING = new Uint8Array(0);

function decodeFrame(bytes: Uint8Array, start: number, end: number): Frame {
  const body = start + headerBytes;
  if (crc32c(bytes, body, end) !== u32At(bytes, start + 4)) {
    throw new ChaosError('malformed', 'a frame whose checksum does not match');
  }
  const reader = new ByteReader(bytes, body, end);
  const frame = readFrame(reader);
  reader.finish();
  return frame;
}

function readFrame(reader: ByteReader): Frame {
  const code = reader.u8();
  const kind = frameKinds[code];
  switch (kind) {
    case 'hello': {
      const version = reader.u32();
      if (version !== protocolVersion) throw new ChaosError('malformed', `protocol version ${version}`);
      return {
        kind,
        clusterId: reader.string(),
        from: reader.string(),
        to: reader.string(),
        boot: reader.u53(),
        address: reader.string(),
        configurationIndex: reader.u53(),
      };
    }
    case 'message':
      return { kind, number: reader.u53(), message: readMessage(reader) };
    case 'ping':
    case 'pong':
      return { kind };
    case 'refused':
      return { kind, reason: reader.string() };
    case undefined:
      throw new ChaosError('malformed', `unknown frame kind ${code}`);
    default:
      return unreachable(kind);
  }
}
