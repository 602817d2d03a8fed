import { unreachable } from '../assert.ts';
import type { Delays } from '../conditions.ts';
import type { Random } from '../random.ts';
import { invariant } from './invariant.ts';

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
  invariant(
    minNs > 0 && minNs <= maxNs,
    () => `a Pareto distribution from more than 0 up, not ${minNs} to ${maxNs} ns`,
  );
  return Math.floor(minNs / (1 - random.fraction() * (1 - minNs / maxNs)));
}
