import { uniformInt } from 'pure-rand/distribution/uniformInt';
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus';
import { assert } from './assert.ts';

/** The randomness port. Every choice of a run is drawn from one seed through it. */
export interface Random {
  /** A uniform integer in [low, high], both included. */
  integer(low: number, high: number): number;
  /** A uniform number in [0, 1) with 32 bits of it random. */
  fraction(): number;
  /** One of `items`, which must not be empty. */
  pick<T>(items: readonly T[]): T;
  /** A new array of the same items in random order. */
  shuffle<T>(items: readonly T[]): T[];
  /** An independent stream named `label`: the same seed and labels give the same stream, whatever else is drawn. */
  fork(label: string): Random;
}

/** A stream drawn from `seed`, a 32-bit unsigned integer. */
export function seededRandom(seed: number): Random {
  assert(Number.isInteger(seed) && seed >= 0 && seed <= 0xffffffff, `a seed is a 32-bit unsigned integer, not ${seed}`);
  const generator = xoroshiro128plus(seed | 0);
  const integer = (low: number, high: number): number => uniformInt(generator, low, high);
  return {
    integer,
    fraction: () => integer(0, 0xffffffff) / 0x1_0000_0000,
    pick: (items) => {
      assert(items.length > 0, 'pick needs at least one item');
      return items[integer(0, items.length - 1)] as (typeof items)[number];
    },
    shuffle: (items) => {
      const shuffled = [...items];
      for (let i = shuffled.length - 1; i > 0; i--) {
        const j = integer(0, i);
        const held = shuffled[i] as (typeof shuffled)[number];
        shuffled[i] = shuffled[j] as (typeof shuffled)[number];
        shuffled[j] = held;
      }
      return shuffled;
    },
    fork: (label) => seededRandom(hashLabel(seed, label)),
  };
}

/** FNV-1a over the label, started from the seed: only to spread streams apart, not for security. */
function hashLabel(seed: number, label: string): number {
  let hash = (0x811c9dc5 ^ seed) >>> 0;
  for (let i = 0; i < label.length; i++) hash = Math.imul(hash ^ label.charCodeAt(i), 0x01000193) >>> 0;
  return hash;
}
