import { expect, it } from 'vitest';
import { drawOptions } from '../../src/controller/swarm/draw.ts';
import { nemesisKinds } from '../../src/nemesis/spec.ts';
import { workloads } from '../../src/workload/workloads.ts';

const seeds = Array.from({ length: 300 }, (_, seed) => seed);
const drawn = seeds.map((seed) => drawOptions({ backend: 'sim' }, seed));

it('draws the same for a seed, always', () => {
  expect(seeds.map((seed) => drawOptions({ backend: 'sim' }, seed))).toEqual(drawn);
});

it('draws every size, workload and kind of fault, and every pair of kinds', () => {
  expect(new Set(drawn.map(({ nodes }) => nodes.length))).toEqual(new Set([1, 2, 3, 4, 5, 7]));
  expect(new Set(drawn.map(({ workload }) => workload))).toEqual(new Set(workloads.map(({ name }) => name)));
  const mixes = drawn.map(({ nemeses }) => nemeses.map((spec) => spec.split(':')[0]));
  for (const { name: one } of nemesisKinds) {
    for (const { name: other } of nemesisKinds) {
      expect(
        mixes.some((mix) => mix.includes(one) && mix.includes(other)),
        `${one} and ${other}`,
      ).toBe(true);
    }
  }
  expect(drawn.every(({ nemeses }) => nemeses.length > 0)).toBe(true);
});

it('draws messages that are much faster than elections, and heartbeats that fit into them', () => {
  for (const { timing, world } of drawn) {
    const [shortestMs, longestMs] = timing.electionTimeoutMs;
    expect(10 * (world?.linkLatencyUs[1] ?? 0)).toBeLessThanOrEqual(shortestMs * 1000);
    expect(shortestMs).toBeGreaterThanOrEqual(3 * timing.heartbeatIntervalMs);
    expect(longestMs).toBeGreaterThan(shortestMs);
  }
});

it('draws only sizes that the nemeses given can hurt', () => {
  const ring = seeds.map((seed) => drawOptions({ backend: 'sim', nemeses: ['partition:shape=ring'] }, seed));
  expect(new Set(ring.map(({ nodes }) => nodes.length))).toEqual(new Set([4, 5, 7]));
});

it('leaves all else as it was where one option is given', () => {
  for (const seed of seeds.slice(0, 50)) {
    const { rate, ...others } = drawOptions({ backend: 'sim' }, seed);
    const given = drawOptions({ backend: 'sim', rate: rate + 1 }, seed);
    expect(given).toEqual({ ...others, rate: rate + 1 });
  }
});
