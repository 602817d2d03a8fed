import { describe, expect, it } from 'vitest';
import { UsageError } from '../../src/base/errors.ts';
import { seededRandom } from '../../src/base/random.ts';
import type { ClockFaults, Cluster } from '../../src/cluster/cluster.ts';
import { nodeStatus } from '../../src/cluster/status.ts';
import { completeOptions } from '../../src/controller/options.ts';
import { createSimulation } from '../../src/controller/simulation.ts';
import type { Fault } from '../../src/nemesis/nemesis.ts';
import { createNemesis, kindNamed } from '../../src/nemesis/spec.ts';
import { withParts } from './with-parts.ts';

type Change = Parameters<ClockFaults['set']>[1];

/** A started cluster of one, and a fault of its clock. `clocks`: in the place of those it has. */
async function hurt(
  changes: readonly Change[],
  scenario: (fault: Fault, cluster: Cluster) => Promise<void>,
  clocks?: ClockFaults,
): Promise<void> {
  const simulation = createSimulation(completeOptions({ backend: 'sim', nodeCount: 1, nemeses: [] }, 4), {
    traced: false,
  });
  const cluster = withParts(simulation, clocks === undefined ? {} : { clocks });
  await simulation.drive(simulation.start());
  await simulation.drive(scenario(kindNamed('clock').aim({ nodes: ['n1'], changes }, cluster), simulation));
}

/** Takes every order, and does nothing. */
const idle: ClockFaults = { set: async () => {} };
const smallest: readonly Change[] = [{ rate: 1.05 }, { rate: 1 / 1.05 }, { jumpMs: 100 }, { jumpMs: -100 }];

describe('a wrong clock', () => {
  it.each([...smallest, { rate: 2 }, { jumpMs: 3_600_000 }])('%j is seen while it is wrong', (change) =>
    hurt([change], async (fault) => {
      expect(await fault.inject('fault')).toMatchObject({ effective: true });
      expect(await fault.heal('fault')).toMatchObject({ effective: false });
    }),
  );

  it.each(smallest)('%j is not seen where it is not made', (change) =>
    hurt([change], async (fault) => expect(await fault.inject('fault')).toMatchObject({ effective: false }), idle),
  );

  it.each([{ rate: 1 }, { rate: 1.001 }, { jumpMs: 0 }, { jumpMs: 1 }, {}])(
    '%j is no effect, though it is as asked',
    (change) =>
      hurt([change], async (fault) => expect(await fault.inject('fault')).toMatchObject({ effective: false })),
  );

  it('jumps back by exactly as much', () =>
    hurt([{ jumpMs: 123 }], async (fault, cluster) => {
      const aheadMs = async (): Promise<number> => {
        const status = await nodeStatus(cluster, 'n1', 1000);
        return (status?.wallMs ?? 0) - Math.floor((status?.nowNs ?? 0) / 1e6);
      };
      const before = await aheadMs();
      await fault.inject('fault');
      expect(await aheadMs()).toBe(before + 123);
      await fault.heal('fault');
      expect(await aheadMs()).toBe(before);
    }));
});

it.each(['jump=0', 'jump=1ms', 'jump=99ms', 'rate=1', 'rate=1.04'])('refuses %s, which nobody could see', (option) => {
  const make = () => createNemesis(`clock:${option}`, { random: seededRandom(1), nodes: ['n1'] });
  expect(make).toThrow(UsageError);
});

it.each(['jump=100ms', 'rate=1.05'])('takes %s', (option) => {
  expect(createNemesis(`clock:${option}`, { random: seededRandom(1), nodes: ['n1'] }).name).toBe('clock');
});
