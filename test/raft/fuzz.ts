import fc from 'fast-check';
import { putU32 } from '../../src/base/bytes.ts';
import { crc32c } from '../../src/base/crc32c.ts';
import { ChaosError } from '../../src/base/errors.ts';
import type { Random } from '../../src/base/random.ts';
import { encodeFrame, type Frame, FrameReader } from '../../src/raft/transport/frames.ts';
import { maxFrameBytes } from '../../src/raft/transport/limits.ts';
import { frame } from './messages.ts';

/** How many frames are fuzzed: RAFT_CHAOS_FUZZ, or enough to see what is badly wrong. */
export const fuzzCount = Number(process.env['RAFT_CHAOS_FUZZ'] ?? 50_000);

export const headerBytes = 8;

/** Valid frames of every kind, as bytes. */
export function validFrames(count: number, seed: number): Uint8Array[] {
  return fc.sample(frame, { numRuns: count, seed }).map(encodeFrame);
}

type Mutation = (bytes: Uint8Array, random: Random) => Uint8Array;

/** Numbers at which decoders go wrong. */
const telling = [
  0,
  1,
  2,
  0x7f,
  0x80,
  0xff,
  0xffff,
  0x7fff_ffff,
  0x8000_0000,
  0xffff_ffff,
  maxFrameBytes,
  maxFrameBytes + 1,
];

const mutations: readonly Mutation[] = [
  function flipBits(bytes, random) {
    const mutant = bytes.slice();
    for (let flips = random.integer(1, 3); flips > 0; flips--) {
      const at = random.integer(0, mutant.length - 1);
      mutant[at] = (mutant[at] as number) ^ (1 << random.integer(0, 7));
    }
    return mutant;
  },
  function setByte(bytes, random) {
    const mutant = bytes.slice();
    mutant[random.integer(0, mutant.length - 1)] = random.pick(telling);
    return mutant;
  },
  function setWord(bytes, random) {
    const mutant = bytes.slice();
    if (mutant.length >= 4) putU32(mutant, random.integer(0, mutant.length - 4), random.pick(telling));
    return mutant;
  },
  function cutOut(bytes, random) {
    const [start, end] = rangeIn(bytes, random);
    return joined(bytes.subarray(0, start), bytes.subarray(end));
  },
  function repeat(bytes, random) {
    const [start, end] = rangeIn(bytes, random);
    return joined(bytes.subarray(0, end), bytes.subarray(start));
  },
  function insert(bytes, random) {
    const at = random.integer(0, bytes.length);
    return joined(bytes.subarray(0, at), randomBytes(random, random.integer(1, 12)), bytes.subarray(at));
  },
];

/** Changes the bytes at one or a few places, by chance not at all. */
export function mutated(bytes: Uint8Array, random: Random): Uint8Array {
  let mutant = bytes;
  for (let times = random.integer(1, 3); times > 0 && mutant.length > 0; times--) {
    mutant = random.pick(mutations)(mutant, random);
  }
  return mutant;
}

/** The frame with one to three bits of its body flipped, which its checksum shows for certain. */
export function flipped(frame: Uint8Array, random: Random): Uint8Array {
  const mutant = frame.slice();
  const bits = new Set([1, 2, 3].map(() => random.integer(8 * headerBytes, 8 * frame.length - 1)));
  for (const bit of bits) mutant[bit >> 3] = (mutant[bit >> 3] as number) ^ (1 << (bit & 7));
  return mutant;
}

/** The body behind its own length and checksum. */
export function sealed(body: Uint8Array): Uint8Array {
  const bytes = joined(new Uint8Array(headerBytes), body);
  putU32(bytes, 0, body.length);
  putU32(bytes, 4, crc32c(body));
  return bytes;
}

export function randomBytes(random: Random, count: number): Uint8Array {
  return Uint8Array.from({ length: count }, () => random.integer(0, 255));
}

/** The stream in pieces of any lengths, often one. */
export function pieces(stream: Uint8Array, random: Random): Uint8Array[] {
  const parts: Uint8Array[] = [];
  let at = 0;
  while (at < stream.length) {
    const end = random.integer(1, 4) === 1 ? random.integer(at + 1, stream.length) : stream.length;
    parts.push(stream.subarray(at, end));
    at = end;
  }
  return parts;
}

/** What a reader makes of a stream: the frames before the end or a bad one. Any other error is thrown. */
export function read(stream: readonly Uint8Array[]): { readonly frames: Frame[]; readonly malformed: string | null } {
  const reader = new FrameReader(maxFrameBytes);
  const frames: Frame[] = [];
  try {
    for (const piece of stream) {
      reader.push(piece);
      for (let one = reader.next(); one !== null; one = reader.next()) frames.push(one);
    }
    return { frames, malformed: null };
  } catch (error) {
    if (!(error instanceof ChaosError) || error.code !== 'malformed') throw error;
    return { frames, malformed: error.message };
  }
}

export function joined(...parts: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

export function same(a: Uint8Array, b: Uint8Array): boolean {
  return Buffer.compare(a, b) === 0;
}

function rangeIn(bytes: Uint8Array, random: Random): [start: number, end: number] {
  const start = random.integer(0, bytes.length - 1);
  return [start, random.integer(start + 1, bytes.length)];
}
