import { unreachable } from '../../base/assert.ts';
import { ByteReader, ByteWriter, putU32, u32At } from '../../base/bytes.ts';
import { crc32c } from '../../base/crc32c.ts';
import { ChaosError } from '../../base/errors.ts';
import { readMessage, writeMessage } from '../codec/messages.ts';
import type { Message, NodeId } from '../protocol/types.ts';

/**
 * What peers say to each other over a connection, one frame after the other:
 *
 *   length of the body (u32) | CRC32C of the body (u32) | body: kind (u8), content
 *
 * The node that connected sends `hello` first, then messages, and a `ping` now and then; the other side only answers
 * each with a `pong`, so that a connection that the network has swallowed is noticed.
 */
export type Frame =
  | {
      readonly kind: 'hello';
      readonly clusterId: string;
      readonly from: NodeId;
      readonly to: NodeId;
      readonly boot: number;
    }
  | { readonly kind: 'message'; readonly number: number; readonly message: Message }
  | { readonly kind: 'ping' }
  | { readonly kind: 'pong' };

const maxFrameBytes = 16 * 1024 * 1024;
const headerBytes = 8;
const protocolVersion = 1;
const frameKinds = ['hello', 'message', 'ping', 'pong'] as const satisfies readonly Frame['kind'][];

const frameWriter = new ByteWriter(64 * 1024);

export function encodeFrame(frame: Frame): Uint8Array {
  const writer = frameWriter.clear();
  writer.u32(0).u32(0).u8(frameKinds.indexOf(frame.kind));
  switch (frame.kind) {
    case 'hello':
      writer.u32(protocolVersion).string(frame.clusterId).string(frame.from).string(frame.to).u53(frame.boot);
      break;
    case 'message':
      writer.u53(frame.number);
      writeMessage(writer, frame.message);
      break;
    case 'ping':
    case 'pong':
      break;
    default:
      unreachable(frame);
  }
  const bytes = writer.finish();
  putU32(bytes, 0, bytes.length - headerBytes);
  putU32(bytes, 4, crc32c(bytes, headerBytes));
  return bytes;
}

function decodeBody(reader: ByteReader): Frame {
  const code = reader.u8();
  const kind = frameKinds[code];
  const frame = readFrame(reader, kind, code);
  reader.finish();
  return frame;
}

function readFrame(reader: ByteReader, kind: Frame['kind'] | undefined, code: number): Frame {
  switch (kind) {
    case 'hello': {
      const version = reader.u32();
      if (version !== protocolVersion) throw new ChaosError('malformed', `protocol version ${version}`);
      return { kind, clusterId: reader.string(), from: reader.string(), to: reader.string(), boot: reader.u53() };
    }
    case 'message':
      return { kind, number: reader.u53(), message: readMessage(reader) };
    case 'ping':
    case 'pong':
      return { kind };
    case undefined:
      throw new ChaosError('malformed', `unknown frame kind ${code}`);
    default:
      return unreachable(kind);
  }
}

/** Puts the pieces of a stream together into frames. A frame that is broken or too long throws `malformed`. */
export class FrameReader {
  /** What has come of the next frame, and how many bytes there must be before more can be said of it. */
  #pieces: Uint8Array[] = [];
  #buffered = 0;
  #needed = headerBytes;

  /** Takes a piece of the stream and returns the frames that are complete with it. */
  take(piece: Uint8Array): Frame[] {
    this.#buffered += piece.length;
    if (this.#buffered < this.#needed) {
      this.#pieces.push(piece);
      return [];
    }
    const bytes = this.#pieces.length === 0 ? piece : this.#join(piece);
    const frames: Frame[] = [];
    let at = 0;
    for (;;) {
      const left = bytes.length - at;
      this.#needed = left < headerBytes ? headerBytes : headerBytes + bodyLength(bytes, at);
      if (left < this.#needed) break;
      frames.push(decodeFrame(bytes, at, at + this.#needed));
      at += this.#needed;
    }
    this.#buffered = bytes.length - at;
    this.#pieces = this.#buffered === 0 ? [] : [bytes.subarray(at)];
    return frames;
  }

  #join(last: Uint8Array): Uint8Array {
    const whole = new Uint8Array(this.#buffered);
    let at = 0;
    for (const piece of [...this.#pieces, last]) {
      whole.set(piece, at);
      at += piece.length;
    }
    return whole;
  }
}

function bodyLength(bytes: Uint8Array, at: number): number {
  const length = u32At(bytes, at);
  if (length === 0 || length > maxFrameBytes) throw new ChaosError('malformed', `a frame of ${length} bytes`);
  return length;
}

function decodeFrame(bytes: Uint8Array, start: number, end: number): Frame {
  const body = start + headerBytes;
  if (crc32c(bytes, body, end) !== u32At(bytes, start + 4)) {
    throw new ChaosError('malformed', 'a frame whose checksum does not match');
  }
  return decodeBody(new ByteReader(bytes, body, end));
}
