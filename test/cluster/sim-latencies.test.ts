import { expect, it } from 'vitest';
import type { Delays } from '../../src/base/conditions.ts';
import { SimCluster } from '../../src/cluster/sim/sim-cluster.ts';
import { defaultTiming } from '../../src/raft/timers.ts';

const millisecond: Delays = { kind: 'constant', ns: 1e6 };
const heavyTailed: Delays = { kind: 'pareto', minNs: 1e6, maxNs: 1000e6 };

/** Round trips over a link of such a latency: the median, in milliseconds. */
async function medianMs(linkLatency: Delays): Promise<number | null> {
  const cluster = new SimCluster({
    ...{ runId: 'simulation', nodes: ['n1', 'n2'], bug: null, seed: 3, timing: defaultTiming, compaction: null },
    ...{ linkLatency, syncLatency: millisecond, traced: false, patienceMs: 60_000 },
  });
  await cluster.drive(cluster.start());
  return (await cluster.drive(cluster.network.echo({ from: 'n1', to: 'n2' }, 200, 64))).medianMs;
}

it('has the latencies that it is given, of any distribution', async () => {
  expect(await medianMs(millisecond)).toBe(2);
  // What is behind a late message waits for it: half of all are late where the tail is heavy.
  expect(await medianMs(heavyTailed)).toBeGreaterThan(10);
});
