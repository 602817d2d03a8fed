import { afterAll, describe, expect, it } from 'vitest';
import { ByteWriter } from '../../src/base/bytes.ts';
import { type Random, seededRandom } from '../../src/base/random.ts';
import { encodeFrame, FrameReader } from '../../src/raft/transport/frames.ts';
import { maxFrameBytes } from '../../src/raft/transport/limits.ts';
import {
  fuzzCount,
  headerBytes,
  joined,
  mutated,
  pieces,
  randomBytes,
  read,
  same,
  sealed,
  validFrames,
} from './fuzz.ts';

const SEED = 20;
const originals = validFrames(5000, SEED);
const tallies: string[] = [];

/** Fuzzes so many times; what is found wrong is told with the bytes, which come again with the seed. */
function fuzz(what: string, count: number, one: (random: Random, tally: Tally) => void): void {
  const random = seededRandom(SEED).fork(what);
  const tally = new Tally();
  const startMs = performance.now();
  for (let round = 0; round < count; round++) one(random, tally);
  const seconds = ((performance.now() - startMs) / 1000).toFixed(1);
  tallies.push(
    `${what}: ${tally.accepted} accepted, ${tally.refused} refused, ${tally.incomplete} incomplete, ${seconds} s`,
  );
}

class Tally {
  accepted = 0;
  refused = 0;
  incomplete = 0;

  add({ frames, malformed }: ReturnType<typeof read>): void {
    if (frames.length > 0) this.accepted++;
    else if (malformed !== null) this.refused++;
    else this.incomplete++;
  }
}

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');

afterAll(() => {
  if (process.env['RAFT_CHAOS_FUZZ'] !== undefined) process.stdout.write(`${tallies.join('\n')}\n`);
});

describe('fuzzed frames', () => {
  it('are never accepted with a checksum that is not theirs', () => {
    fuzz('mutated', Math.ceil(fuzzCount * 0.4), (random, tally) => {
      const original = random.pick(originals);
      const stream = mutated(original, random);
      const result = read(pieces(stream, random));
      tally.add(result);
      // What a mutation has left whole, because it is behind the frame or has undone itself, is no mutant.
      const taken = joined(...result.frames.map(encodeFrame));
      if (taken.length > 0 && !same(taken, original) && !same(taken, joined(original, original))) {
        expect.fail(`${hex(stream)} was accepted, made of ${hex(original)}`);
      }
    });
  });

  it('are accepted with their checksum only where they are what would be written for what is read', () => {
    fuzz('mutated and sealed', Math.ceil(fuzzCount * 0.5), (random, tally) => {
      const original = random.pick(originals);
      const stream = sealed(mutated(original.subarray(headerBytes), random));
      const result = read(pieces(stream, random));
      tally.add(result);
      const taken = joined(...result.frames.map(encodeFrame));
      if (taken.length > 0 && !same(taken, stream)) expect.fail(`${hex(stream)} is read as ${hex(taken)}`);
    });
  });

  it('are read alike in whatever pieces they come', () => {
    fuzz('streams in pieces', Math.ceil(fuzzCount * 0.05), (random, tally) => {
      const bad = random.integer(1, 2) === 1 ? mutated(random.pick(originals), random) : new Uint8Array(0);
      const stream = joined(random.pick(originals), random.pick(originals), bad, random.pick(originals));
      const whole = read([stream]);
      tally.add(whole);
      const inPieces = read(pieces(stream, random));
      const byteByByte = read([...stream].map((byte) => Uint8Array.of(byte)));
      if (JSON.stringify(inPieces) !== JSON.stringify(whole)) expect.fail(`${hex(stream)} in pieces`);
      if (JSON.stringify(byteByByte) !== JSON.stringify(whole)) expect.fail(`${hex(stream)} byte by byte`);
    });
  });

  it('are refused where they are just any bytes, sealed or not', () => {
    fuzz('random bytes', Math.ceil(fuzzCount * 0.05), (random, tally) => {
      const body = randomBytes(random, random.integer(0, 200));
      const stream = random.integer(1, 2) === 1 ? body : sealed(body);
      const result = read(pieces(stream, random));
      tally.add(result);
      const taken = joined(...result.frames.map(encodeFrame));
      if (taken.length > 0 && !same(taken, stream)) expect.fail(`${hex(stream)} is read as ${hex(taken)}`);
    });
  });
});

describe('a reader', () => {
  it('makes no room for a frame that is only announced', () => {
    const before = process.memoryUsage().arrayBuffers;
    const header = new ByteWriter().u32(maxFrameBytes).u32(0).finish();
    const readers = Array.from({ length: 1000 }, () => {
      const reader = new FrameReader(maxFrameBytes);
      for (const piece of [header.slice(), new Uint8Array(1), new Uint8Array(100)]) {
        reader.push(piece);
        expect(reader.next()).toBeNull();
      }
      return reader;
    });
    expect(readers).toHaveLength(1000);
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(8 * 1024 * 1024);
  });

  it('puts a long frame of small pieces together in little more than its own room', () => {
    const long = encodeFrame({
      kind: 'message',
      number: 1,
      message: { kind: 'forward', term: 1, asked: [ask(new Uint8Array(4 * 1024 * 1024))] },
    });
    const reader = new FrameReader(maxFrameBytes);
    let taken = 0;
    for (let at = 0; at < long.length; at += 3) {
      reader.push(long.slice(at, at + 3));
      if (reader.next() !== null) taken += 1;
    }
    expect(taken).toBe(1);
  });
});

const ask = (payload: Uint8Array) => ({ requestId: 1, request: { type: 'broadcast', payload, stamp: null } }) as const;
