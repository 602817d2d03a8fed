import { expect, it } from 'vitest';
import { UsageError } from '../../src/base/errors.ts';
import { seededRandom } from '../../src/base/random.ts';
import type { SimCluster } from '../../src/cluster/sim/sim-cluster.ts';
import { findLeader } from '../../src/cluster/status.ts';
import { completeOptions } from '../../src/controller/options.ts';
import { createSimulation } from '../../src/controller/simulation.ts';
import { createNemesis, kindNamed } from '../../src/nemesis/spec.ts';
import { untilBroadcast } from '../cluster/conformance-steps.ts';

async function hurt(scenario: (leader: string, others: string[], cluster: SimCluster) => Promise<void>): Promise<void> {
  const cluster = createSimulation(completeOptions({ backend: 'sim', nodeCount: 3 }, 4), { traced: false });
  const run = async (): Promise<void> => {
    await cluster.start();
    await untilBroadcast(cluster, 'n1', 'before');
    const leader = (await findLeader(cluster, 1000)) ?? '';
    await scenario(
      leader,
      cluster.nodes.filter((node) => node !== leader),
      cluster,
    );
  };
  await cluster.drive(run());
}

it('hands the leadership from node to node, as others see', () =>
  hurt(async (leader, [heir = '', next = ''], cluster) => {
    const { inject, heal, leavesQuorum, hit } = kindNamed('transfer').aim({ nodes: [heir, next, leader] }, cluster);
    expect([leavesQuorum, hit]).toEqual([true, []]);
    const { effective, evidence } = await inject('fault');
    expect([effective, evidence.length]).toEqual([true, 3]);
    expect(evidence[0]).toMatch(new RegExp(`^${leader} leads term 1; then, as n\\d says, ${heir} leads term 2$`));
    expect(await findLeader(cluster, 1000)).toBe(leader);
    expect(await heal('fault')).toMatchObject({ effective: false });
  }));

it('has no effect where the heir leads already, or is dead', () =>
  hurt(async (leader, [heir = ''], cluster) => {
    const transferTo = (node: string) =>
      kindNamed('transfer')
        .aim({ nodes: [node] }, cluster)
        .inject('fault');
    expect(await transferTo(leader)).toMatchObject({ effective: false });
    await cluster.kill(heir);
    const { effective, evidence } = await transferTo(heir);
    expect([effective, evidence.join()]).toEqual([false, expect.stringContaining('was asked in vain')]);
    await untilBroadcast(cluster, leader, 'the leader goes on');
  }));

it('chooses another than the leader, and nobody twice in a row', () =>
  hurt(async (leader, _others, cluster) => {
    const nemesis = createNemesis('transfer:hops=20', { random: seededRandom(1), nodes: cluster.nodes });
    const heirs = (await nemesis.choose(cluster))['nodes'] as string[];
    expect(heirs).toHaveLength(20);
    for (const [place, heir] of heirs.entries()) expect(heir).not.toBe(heirs[place - 1] ?? leader);
  }));

it.each(['hops=0', 'hops=x'])('refuses %s', (option) => {
  const make = () => createNemesis(`transfer:${option}`, { random: seededRandom(1), nodes: ['n1', 'n2'] });
  expect(make).toThrow(UsageError);
});

it('refuses one node alone', () => {
  expect(() => createNemesis('transfer', { random: seededRandom(1), nodes: ['n1'] })).toThrow('one node alone');
});
