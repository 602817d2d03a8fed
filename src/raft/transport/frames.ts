import { unreachable } from '../../base/assert.ts';
import { ByteReader, ByteWriter } from '../../base/bytes.ts';
import { crc32c } from '../../base/crc32c.ts';
import { ChaosError } from '../../base/errors.ts';
import { readMessage, writeMessage } from '../codec.ts';
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

export function encodeFrame(frame: Frame): Uint8Array {
  const writer = new ByteWriter(256);
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
  const body = writer.written(headerBytes);
  writer.setU32(0, body.length).setU32(4, crc32c(body));
  return writer.finish();
}

function decodeBody(body: Uint8Array): Frame {
  const reader = new ByteReader(body);
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
  #pieces: Uint8Array[] = [];
  #buffered = 0;

  /** Takes a piece of the stream and returns the frames that are complete with it. */
  take(piece: Uint8Array): Frame[] {
    this.#pieces.push(piece);
    this.#buffered += piece.length;
    const frames: Frame[] = [];
    for (;;) {
      const length = this.#frameLength();
      if (length === null || this.#buffered < headerBytes + length) return frames;
      const bytes = this.#remove(headerBytes + length);
      const body = bytes.subarray(headerBytes);
      if (crc32c(body) !== new ByteReader(bytes.subarray(4, headerBytes)).u32()) {
        throw new ChaosError('malformed', 'a frame whose checksum does not match');
      }
      frames.push(decodeBody(body));
    }
  }

  #frameLength(): number | null {
    if (this.#buffered < headerBytes) return null;
    const length = new ByteReader(this.#joined()).u32();
    if (length === 0 || length > maxFrameBytes) throw new ChaosError('malformed', `a frame of ${length} bytes`);
    return length;
  }

  /** Joins the pieces only when the first is too short to read the header from, or a frame is to be taken out. */
  #joined(): Uint8Array {
    const [first] = this.#pieces;
    if (first !== undefined && first.length >= headerBytes) return first;
    return this.#join();
  }

  #join(): Uint8Array {
    const [first] = this.#pieces;
    if (this.#pieces.length === 1 && first !== undefined) return first;
    const whole = new Uint8Array(this.#buffered);
    let at = 0;
    for (const piece of this.#pieces) {
      whole.set(piece, at);
      at += piece.length;
    }
    this.#pieces = [whole];
    return whole;
  }

  #remove(count: number): Uint8Array {
    const whole = this.#join();
    const rest = whole.subarray(count);
    this.#pieces = rest.length > 0 ? [rest] : [];
    this.#buffered -= count;
    return whole.subarray(0, count);
  }
}
