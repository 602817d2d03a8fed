import { assert, unreachable } from '../assert.ts';
import type { Random } from '../random.ts';

/** How long something takes, in whole nanoseconds, drawn anew each time. No logarithms: the same bits on every engine. */
export type Delays =
  | { readonly kind: 'constant'; readonly ns: number }
  /** Both ends included. */
  | { readonly kind: 'uniform'; readonly minNs: number; readonly maxNs: number }
  /** `minNs` and an exponential of that mean beside it; what is beyond `maxNs` becomes `maxNs`. */
  | { readonly kind: 'exponential'; readonly minNs: number; readonly meanNs: number; readonly maxNs: number }
  /** A heavy tail, the bounded Pareto of alpha 1: of what takes x or more, half takes 2x or more. `minNs` is above 0. */
  | { readonly kind: 'pareto'; readonly minNs: number; readonly maxNs: number };

export function drawDelayNs(delays: Delays, random: Random): number {
  switch (delays.kind) {
    case 'constant':
      return delays.ns;
    case 'uniform':
      return random.integer(delays.minNs, delays.maxNs);
    case 'exponential':
      return Math.min(delays.maxNs, delays.minNs + Math.floor(delays.meanNs * drawExponential(random)));
    case 'pareto':
      return drawParetoNs(delays.minNs, delays.maxNs, random);
    default:
      return unreachable(delays);
  }
}

/**
 * An exponential of mean 1 from comparisons alone (von Neumann, Various techniques used in connection with random
 * digits, 1951). A uniform u begins a falling run of uniforms of odd length with probability exp(-u): then it is the
 * fraction, and the attempts that failed before are the whole part.
 */
function drawExponential(random: Random): number {
  for (let whole = 0; ; whole++) {
    const first = random.fraction();
    let length = 1;
    for (let last = first; ; length++) {
      const next = random.fraction();
      if (next >= last) break;
      last = next;
    }
    if (length % 2 === 1) return whole + first;
  }
}

/** By the inverse of the distribution, which for alpha 1 is a quotient. */
function drawParetoNs(minNs: number, maxNs: number, random: Random): number {
  assert(minNs > 0 && minNs <= maxNs, () => `a Pareto distribution from more than 0 up, not ${minNs} to ${maxNs} ns`);
  return Math.floor(minNs / (1 - random.fraction() * (1 - minNs / maxNs)));
}
