import { expect, it } from 'vitest';
import { sleep } from '../../src/base/clock.ts';
import { completeOptions } from '../../src/controller/options.ts';
import { createSimulation } from '../../src/controller/simulation.ts';
import { callNode, untilAnswers, untilBroadcast, untilDelivered } from './conformance-steps.ts';

it.each(['killed', 'paused', 'running'])('takes what was not synced from a node that is %s', async (state) => {
  let lost = 0;
  for (let seed = 1; seed <= 5; seed++) {
    const cluster = createSimulation(completeOptions({ backend: 'sim', nodeCount: 3 }, seed), { traced: false });
    const { power, disks } = cluster;
    const scenario = async (): Promise<void> => {
      await cluster.start();
      await untilBroadcast(cluster, 'n1', 'acknowledged');
      const extra = { kind: 'constant', ns: 10e9 } as const;
      await disks.impair('slow', 'n1', { kind: 'slow', operations: ['fdatasync'], extra });
      const request = { method: 'POST', path: '/broadcast', body: { message: 'not synced on n1' } } as const;
      await callNode(cluster, 'n2', request, 2000);
      await sleep(cluster.clock, 100);
      const before = await disks.counters('n1');
      expect([before.lostWrites, before.tornWrites]).toEqual([0, 0]);
      if (state === 'killed') await cluster.kill('n1');
      if (state === 'paused') await cluster.pause('n1', 'signal');
      await power.cut('n1');
      const { lostWrites, tornWrites } = await disks.counters('n1');
      lost += lostWrites + tornWrites;
      await power.cut('n1');
      expect(await disks.counters('n1')).toMatchObject({ lostWrites, tornWrites });
      await disks.mend('slow');
      await cluster.restart('n1');
      await untilAnswers(cluster, 'n1');
      await untilDelivered(cluster, 'n1', ['acknowledged', 'not synced on n1']);
    };
    await cluster.drive(scenario());
  }
  expect(lost).toBeGreaterThan(0);
});
