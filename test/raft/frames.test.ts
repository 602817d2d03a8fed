import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ByteWriter } from '../../src/base/bytes.ts';
import { crc32c } from '../../src/base/crc32c.ts';
import { encodeFrame, type Frame, FrameReader } from '../../src/raft/transport/frames.ts';
import { maxFrameBytes } from '../../src/raft/transport/limits.ts';
import { frame, framed, messages } from './messages.ts';
import { bytesOf } from './peers.ts';

/** All frames that are complete with this piece. */
function taken(reader: FrameReader, piece: Uint8Array): Frame[] {
  const frames: Frame[] = [];
  reader.push(piece);
  for (let one = reader.next(); one !== null; one = reader.next()) frames.push(one);
  return frames;
}

/** The stream cut at these places, taken piece by piece. */
function takenInPieces(stream: Uint8Array, cuts: readonly number[]): Frame[] {
  const reader = new FrameReader(maxFrameBytes);
  const places = [0, ...cuts.map((cut) => cut % (stream.length + 1)), stream.length].toSorted((a, b) => a - b);
  return places.slice(1).flatMap((end, place) => taken(reader, stream.slice(places[place], end)));
}

const malformed = expect.objectContaining({ code: 'malformed' });

/** A frame of any body, with its right checksum. */
function sealed(body: ByteWriter): Uint8Array {
  const bytes = body.finish();
  return new ByteWriter().u32(bytes.length).u32(crc32c(bytes)).raw(bytes).finish();
}

describe('frames', () => {
  it.each(Object.entries(messages))('carry %s, in whatever pieces', (_kind, message) => {
    fc.assert(
      fc.property(fc.array(framed(message), { minLength: 1, maxLength: 4 }), fc.array(fc.nat()), (frames, cuts) => {
        expect(takenInPieces(bytesOf(...frames), cuts)).toEqual(frames);
      }),
    );
  });

  it('carry every kind of frame mixed, in whatever pieces and byte by byte', () => {
    fc.assert(
      fc.property(fc.array(frame, { maxLength: 8 }), fc.array(fc.nat(), { maxLength: 20 }), (frames, cuts) => {
        const stream = bytesOf(...frames);
        expect(takenInPieces(stream, cuts)).toEqual(frames);
        expect(takenInPieces(stream, [...stream.keys()])).toEqual(frames);
      }),
    );
  });

  it('are given as soon as their last byte is there, and not before', () => {
    const stream = bytesOf({ kind: 'ping' }, { kind: 'pong' });
    const reader = new FrameReader(maxFrameBytes);
    const given = [...stream].map((byte) => taken(reader, Uint8Array.of(byte)).map(({ kind }) => kind));
    const half = Array.from({ length: stream.length / 2 - 1 }, () => []);
    expect(given).toEqual([...half, ['ping'], ...half, ['pong']]);
  });

  it('are malformed with any one bit flipped; a length that is too long at least yields nothing', () => {
    fc.assert(
      fc.property(frame, fc.nat(), fc.nat(7), (one, place, bit) => {
        const bytes = encodeFrame(one);
        const at = place % bytes.length;
        bytes[at] = (bytes[at] ?? 0) ^ (1 << bit);
        const length = new DataView(bytes.buffer, bytes.byteOffset).getUint32(0, true);
        const reader = new FrameReader(maxFrameBytes);
        if (length > bytes.length - 8 && length <= 16 * 1024 * 1024) {
          expect(taken(reader, bytes)).toEqual([]);
          if (length < 100_000) expect(() => taken(reader, new Uint8Array(length))).toThrow(malformed);
        } else {
          expect(() => taken(reader, bytes)).toThrow(malformed);
        }
      }),
      { numRuns: 1000 },
    );
  });

  it.each([0, 16 * 1024 * 1024 + 1, 0xffffffff])(
    'are malformed with a length of %i, told from the header',
    (length) => {
      const header = new ByteWriter().u32(length).u32(0).finish();
      expect(() => taken(new FrameReader(maxFrameBytes), header)).toThrow(malformed);
      const reader = new FrameReader(maxFrameBytes);
      expect(taken(reader, header.slice(0, 7))).toEqual([]);
      expect(() => taken(reader, header.slice(7))).toThrow(malformed);
    },
  );

  it('may be as long as 16 MiB', () => {
    const header = new ByteWriter()
      .u32(16 * 1024 * 1024)
      .u32(0)
      .finish();
    expect(taken(new FrameReader(maxFrameBytes), header)).toEqual([]);
  });

  it.each([
    ['an unknown kind', new ByteWriter().u8(5)],
    ['bytes left over', new ByteWriter().u8(2).u8(0)],
    ['another version of the protocol', new ByteWriter().u8(0).u32(1).string('c').string('a').string('b').u53(1)],
    ['an unknown kind of message', new ByteWriter().u8(1).u53(1).u8(15).u53(1)],
    ['a message that is cut off', new ByteWriter().u8(1).u53(1).u8(4).u53(1)],
    ['a flag that is neither', new ByteWriter().u8(1).u53(1).u8(3).u53(1).u8(2)],
    ['an unknown code of an answer', new ByteWriter().u8(1).u53(1).u8(11).u53(1).u32(1).u53(1).u8(0).u8(14).u8(0)],
  ])('are malformed with %s, whatever their checksum says', (_what, body) => {
    expect(() => taken(new FrameReader(maxFrameBytes), sealed(body))).toThrow(malformed);
  });
});
