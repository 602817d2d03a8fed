import { expect, it } from 'vitest';
import { completeOptions, type GivenOptions } from '../../src/controller/options.ts';
import { simulateRun } from '../../src/controller/simulation.ts';

/** Runs of swarms that once showed a bug, with what it was. What shows each without luck stands where its subject is tested. */
const found: readonly (readonly [what: string, seed: number, given: GivenOptions])[] = [
  [
    'a node answered a change twice, and died of it, when the word of the leader was lost and the entry was not',
    77,
    {
      backend: 'sim',
      workload: 'register',
      nemeses: [
        'network:target=majority:delay=200ms:percent=50:bandwidth=8:every=2:for=1.6',
        'disk:delay=20ms:every=8:for=6.4',
        'clock:target=minority:fault=drift:rate=1.5:jump=1s:every=12:for=9.6',
      ],
      rate: 50,
      concurrency: { count: 20 },
      electionTimeoutMs: [80, 160],
      heartbeatIntervalMs: 20,
      linkLatencyUs: [10, 50],
      syncLatencyUs: [500, 30_000],
    },
  ],
  [
    'a snapshot from the leader took the place of the one before while the state machine was yet to be given that',
    61_645,
    {
      backend: 'sim',
      workload: 'register',
      nemeses: ['partition:shape=halves:every=3:for=2.4'],
      timeLimitMs: 6000,
      rate: 400,
      concurrency: { count: 20 },
      electionTimeoutMs: [80, 160],
      heartbeatIntervalMs: 20,
      snapshotEvery: 10,
      linkLatencyUs: [50, 500],
      syncLatencyUs: [500, 30_000],
    },
  ],
];

it.each(found)('%s (seed %i)', async (_what, seed, given) => {
  const { results } = await simulateRun(completeOptions(given, seed));
  expect(results.anomalies).toEqual([]);
  expect(results.valid, results.summary).toBe(true);
});
