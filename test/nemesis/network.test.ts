import { describe, expect, it } from 'vitest';
import { sleep } from '../../src/base/clock.ts';
import type { NetworkFaults } from '../../src/cluster/cluster.ts';
import type { SimCluster } from '../../src/cluster/sim/sim-cluster.ts';
import { completeOptions } from '../../src/controller/options.ts';
import { createSimulation } from '../../src/controller/simulation.ts';
import type { Fault } from '../../src/nemesis/nemesis.ts';
import { kindNamed } from '../../src/nemesis/spec.ts';
import { withParts } from './with-parts.ts';

const usual = { delayMs: 50, percent: 20, kilobytes: 32 };

async function hurt(
  target: Readonly<Record<string, unknown>>,
  scenario: (fault: Fault, cluster: SimCluster) => Promise<void>,
  network: (real: NetworkFaults) => NetworkFaults = (real) => real,
): Promise<void> {
  const simulation = createSimulation(completeOptions({ backend: 'sim', nodeCount: 3 }, 4), { traced: false });
  const cluster = withParts(simulation, { network: network(simulation.network) });
  await simulation.drive(simulation.start());
  const fault = kindNamed('network').aim({ nodes: ['n1'], ...usual, ...target }, cluster);
  await simulation.drive(scenario(fault, simulation));
}

describe.each(['delay', 'loss', 'duplicate', 'reorder', 'bandwidth'])('%s', (fault) => {
  it('is seen by echoes, before the counters are asked', () =>
    hurt({ fault }, async ({ inject, heal }) => {
      expect(await inject('fault')).toMatchObject({ effective: true });
      const { effective, evidence } = await heal('fault');
      expect([effective, evidence.join()]).toEqual([true, expect.not.stringContaining('only these counters')]);
    }));

  it('has no effect where the network does nothing, whatever is sent', () =>
    hurt(
      { fault },
      async ({ inject, heal }, { clock }) => {
        expect(await inject('fault')).toMatchObject({ effective: false });
        await sleep(clock, 2000);
        expect(await heal('fault')).toMatchObject({ effective: false });
      },
      (real) => ({ ...real, degrade: async () => {}, restore: async () => {} }),
    ));

  it('has no effect where only its own echoes are affected', () =>
    hurt({ fault }, async ({ inject, heal }, cluster) => {
      await Promise.all(cluster.nodes.map((node) => cluster.kill(node)));
      const { observed } = await inject('fault').then(() => heal('fault'));
      expect(observed['affected']).toBe(0);
    }));

  it('is looked for on a link that can be reached', () =>
    hurt({ fault }, async ({ inject }, cluster) => {
      await cluster.cut('cut', [
        { from: 'n1', to: 'n2' },
        { from: 'n2', to: 'n1' },
      ]);
      const { effective, evidence } = await inject('fault');
      expect([effective, evidence[1]]).toEqual([true, expect.stringContaining('n1→n3')]);
    }));
});

it('accepts what is too small for echoes by the counters of the nodes\u2019 own messages, and says so', () =>
  hurt({ fault: 'delay', delayMs: 0.05 }, async ({ inject, heal }, { clock }) => {
    expect(await inject('fault')).toMatchObject({ effective: false });
    await sleep(clock, 3000);
    const { effective, evidence } = await heal('fault');
    expect([effective, evidence[1]]).toEqual([true, expect.stringContaining('only these counters')]);
  }));

it('leaves those that are not hit a quorum, where they are one', () =>
  hurt({ fault: 'loss' }, async ({ leavesQuorum }) => expect(leavesQuorum).toBe(true)));
