import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ByteWriter } from '../../src/base/bytes.ts';
import { crc32c } from '../../src/base/crc32c.ts';
import type { Answer, Entry, Message } from '../../src/raft/protocol/types.ts';
import { encodeFrame, type Frame, FrameReader } from '../../src/raft/transport/frames.ts';

const number = fc.oneof(fc.nat(300), fc.maxSafeNat());
const payload = fc.uint8Array({ maxLength: 40 });

const entry: fc.Arbitrary<Entry> = fc.oneof(
  fc.record({ kind: fc.constant('noop' as const), term: number, position: number }),
  fc.record({ kind: fc.constant('message' as const), term: number, position: number, payload }),
);

const answer: fc.Arbitrary<Answer> = fc.oneof(
  fc.record({ ok: fc.constant(true as const), position: number }),
  fc.record({
    ok: fc.constant(false as const),
    code: fc.constantFrom('no-leader' as const, 'not-leader' as const, 'leadership-lost' as const),
    definite: fc.boolean(),
  }),
);

/** Every kind of message: one that is left out here is a type error. */
const messages: { readonly [K in Message['kind']]: fc.Arbitrary<Message & { readonly kind: K }> } = {
  'request-vote': fc.record({
    kind: fc.constant('request-vote'),
    term: number,
    lastLogIndex: number,
    lastLogTerm: number,
  }),
  vote: fc.record({ kind: fc.constant('vote'), term: number, granted: fc.boolean() }),
  'append-entries': fc.record({
    kind: fc.constant('append-entries'),
    term: number,
    prevLogIndex: number,
    prevLogTerm: number,
    entries: fc.array(entry, { maxLength: 5 }),
    leaderCommit: number,
    round: number,
  }),
  'append-accepted': fc.record({
    kind: fc.constant('append-accepted'),
    term: number,
    matchIndex: number,
    round: number,
  }),
  'append-rejected': fc.record({
    kind: fc.constant('append-rejected'),
    term: number,
    prevLogIndex: number,
    conflictIndex: number,
    round: number,
  }),
  forward: fc.record({ kind: fc.constant('forward'), term: number, requestId: number, payload }),
  'forward-answer': fc.record({ kind: fc.constant('forward-answer'), term: number, requestId: number, answer }),
  'forward-read': fc.record({ kind: fc.constant('forward-read'), term: number, requestId: number }),
  'read-index': fc.record({
    kind: fc.constant('read-index'),
    term: number,
    requestId: number,
    index: fc.oneof(
      fc.constant(null),
      number.map((index) => Math.max(1, index)),
    ),
  }),
};

const name = fc.string({ unit: 'grapheme', maxLength: 8 });
const framed = (message: fc.Arbitrary<Message>): fc.Arbitrary<Frame> =>
  fc.record({ kind: fc.constant('message' as const), number, message });
const frame: fc.Arbitrary<Frame> = fc.oneof(
  fc.record({ kind: fc.constant('hello' as const), clusterId: name, from: name, to: name, boot: number }),
  framed(fc.oneof(...Object.values(messages))),
  fc.constant({ kind: 'ping' as const }),
  fc.constant({ kind: 'pong' as const }),
);

function joined(frames: readonly Frame[]): Uint8Array {
  return Uint8Array.from(frames.flatMap((one) => [...encodeFrame(one)]));
}

/** The stream cut at these places, taken piece by piece. */
function takenInPieces(stream: Uint8Array, cuts: readonly number[]): Frame[] {
  const reader = new FrameReader();
  const places = [0, ...cuts.map((cut) => cut % (stream.length + 1)), stream.length].toSorted((a, b) => a - b);
  return places.slice(1).flatMap((end, place) => reader.take(stream.slice(places[place], end)));
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
        expect(takenInPieces(joined(frames), cuts)).toEqual(frames);
      }),
    );
  });

  it('carry every kind of frame mixed, in whatever pieces and byte by byte', () => {
    fc.assert(
      fc.property(fc.array(frame, { maxLength: 8 }), fc.array(fc.nat(), { maxLength: 20 }), (frames, cuts) => {
        const stream = joined(frames);
        expect(takenInPieces(stream, cuts)).toEqual(frames);
        expect(takenInPieces(stream, [...stream.keys()])).toEqual(frames);
      }),
    );
  });

  it('are given as soon as their last byte is there, and not before', () => {
    const stream = joined([{ kind: 'ping' }, { kind: 'pong' }]);
    const reader = new FrameReader();
    const given = [...stream].map((byte) => reader.take(Uint8Array.of(byte)).map(({ kind }) => kind));
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
        const reader = new FrameReader();
        if (length > bytes.length - 8 && length <= 16 * 1024 * 1024) {
          expect(reader.take(bytes)).toEqual([]);
          if (length < 100_000) expect(() => reader.take(new Uint8Array(length))).toThrow(malformed);
        } else {
          expect(() => reader.take(bytes)).toThrow(malformed);
        }
      }),
      { numRuns: 1000 },
    );
  });

  it.each([0, 16 * 1024 * 1024 + 1, 0xffffffff])(
    'are malformed with a length of %i, told from the header',
    (length) => {
      const header = new ByteWriter().u32(length).u32(0).finish();
      expect(() => new FrameReader().take(header)).toThrow(malformed);
      const reader = new FrameReader();
      expect(reader.take(header.slice(0, 7))).toEqual([]);
      expect(() => reader.take(header.slice(7))).toThrow(malformed);
    },
  );

  it('may be as long as 16 MiB', () => {
    const header = new ByteWriter()
      .u32(16 * 1024 * 1024)
      .u32(0)
      .finish();
    expect(new FrameReader().take(header)).toEqual([]);
  });

  it.each([
    ['an unknown kind', new ByteWriter().u8(4)],
    ['bytes left over', new ByteWriter().u8(2).u8(0)],
    ['another version of the protocol', new ByteWriter().u8(0).u32(2).string('c').string('a').string('b').u53(1)],
    ['an unknown kind of message', new ByteWriter().u8(1).u53(1).u8(9).u53(1)],
    ['a message that is cut off', new ByteWriter().u8(1).u53(1).u8(7).u53(1)],
    ['a flag that is neither', new ByteWriter().u8(1).u53(1).u8(1).u53(1).u8(2)],
    ['an unknown code of an answer', new ByteWriter().u8(1).u53(1).u8(6).u53(1).u53(1).u8(0).u8(3).u8(0)],
  ])('are malformed with %s, whatever their checksum says', (_what, body) => {
    expect(() => new FrameReader().take(sealed(body))).toThrow(malformed);
  });
});
