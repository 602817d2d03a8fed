import { describe, expect, it } from 'vitest';
import { sleep } from '../../src/base/clock.ts';
import type { Cluster, Link } from '../../src/cluster/cluster.ts';
import { nodeStatus } from '../../src/cluster/status.ts';
import { kindNamed } from '../../src/nemesis/spec.ts';
import {
  callNode,
  codeOf,
  named,
  status,
  until,
  untilAnswers,
  untilBroadcast,
  untilDelivered,
} from './conformance-steps.ts';

type Part = 'network' | 'power' | 'disks' | 'clocks';
const parts: readonly (readonly [nemesis: string, part: Part])[] = [
  ['network', 'network'],
  ['power', 'power'],
  ['disk', 'disks'],
  ['clock', 'clocks'],
];

/**
 * What a cluster does that can be hurt in more ways than by cuts, pauses and kills; one that cannot says so. Part of the
 * conformance suite, on the same cluster, which each scenario leaves whole.
 */
export function faultConformance(subject: () => Cluster): void {
  /** Skipped where the cluster has no such part: which it has is a test of its own. */
  const scenario = <P extends Part>(
    title: string,
    part: P,
    body: (faults: NonNullable<Cluster[P]>, cluster: Cluster) => Promise<void>,
  ): void => {
    it(title, (context) => {
      const cluster = subject();
      const faults = cluster[part];
      if (faults === null) return context.skip(`the backend ${cluster.backend} has no ${part}`);
      return cluster.drive(body(faults as NonNullable<Cluster[P]>, cluster));
    });
  };

  it('can be hurt in these ways beside cuts, pauses and kills, and the nemeses know', () => {
    const cluster = subject();
    const has = parts.filter(([, part]) => cluster[part] !== null).map(([nemesis]) => nemesis);
    expect(has).toEqual(cluster.backend === 'sim' ? parts.map(([nemesis]) => nemesis) : []);
    const injectable = parts.filter(([nemesis]) => kindNamed(nemesis).isInjectable(cluster));
    expect(injectable.map(([nemesis]) => nemesis)).toEqual(has);
  });

  describe('degraded links', () => {
    scenario(
      'delay, lose, repeat and reorder what is sent over them, and are whole again',
      'network',
      async (network, cluster) => {
        const [from, to] = named(cluster.nodes);
        const link: Link = { from, to };
        const whole = await network.echo(link, 50, 64);
        expect(whole).toMatchObject({ sent: 50, answered: 50, repeated: 0, overtaken: 0 });

        await network.degrade('slow', [link], { delay: { kind: 'constant', ns: 20e6 } });
        const slow = await network.echo(link, 50, 64);
        expect(slow).toMatchObject({ answered: 50, repeated: 0, overtaken: 0 });
        // Two medians of what the network takes by itself differ a little.
        expect((slow.medianMs ?? 0) - (whole.medianMs ?? 0)).toBeGreaterThan(19);
        await network.restore('slow');

        await network.degrade('lossy', [link], { lossRatio: 0.5 });
        const lossy = await network.echo(link, 50, 64);
        expect(lossy.answered).toBeGreaterThan(5);
        expect(lossy.answered).toBeLessThan(45);
        await network.restore('lossy');

        await network.degrade('echoing', [link], { duplicateRatio: 0.5 });
        expect((await network.echo(link, 50, 64)).repeated).toBeGreaterThan(5);
        await network.restore('echoing');

        await network.degrade('confused', [link], { reorderRatio: 0.5 });
        expect((await network.echo(link, 50, 64)).overtaken).toBeGreaterThan(5);
        expect(await network.traffic(link)).toMatchObject({
          lost: expect.any(Number),
          duplicated: expect.any(Number),
          reordered: expect.any(Number),
        });
        await cluster.healAll();
        const healed = await network.echo(link, 50, 64);
        expect(healed).toMatchObject({ sent: 50, answered: 50, repeated: 0, overtaken: 0 });
      },
    );
  });

  describe('power', () => {
    scenario('takes what was not synced, and nothing that was acknowledged', 'power', async (power, cluster) => {
      const { nodes } = cluster;
      const [node, other] = named(nodes);
      await untilBroadcast(cluster, node, 'before the power went');
      const { starts } = await cluster.observe(node);
      await Promise.all(nodes.map((each) => power.cut(each)));
      expect(await cluster.observe(node)).toMatchObject({
        state: 'dead',
        pid: null,
        detail: 'power off',
        connection: 'timeout',
      });
      expect(await cluster.probe()).toEqual([]);
      expect(await codeOf(callNode(cluster, node, status, 500))).toBe('timeout');
      await power.cut(node);
      await Promise.all(nodes.map((each) => cluster.restart(each)));
      for (const each of nodes) await untilAnswers(cluster, each);
      expect((await cluster.observe(node)).starts).toBe(starts + 1);
      await untilBroadcast(cluster, other, 'after it came back');
      for (const each of nodes) await untilDelivered(cluster, each, ['before the power went', 'after it came back']);
      await until(cluster, 'all links are open', async () => (await cluster.probe()).length === 20);
    });

    scenario('is taken from killed and from paused nodes too', 'power', async (power, cluster) => {
      const { nodes } = cluster;
      const [killed, paused] = named(nodes);
      await cluster.kill(killed);
      await cluster.pause(paused, 'signal');
      expect((await cluster.observe(killed)).connection).toBe('refused');
      for (const node of [killed, paused]) {
        await power.cut(node);
        expect(await cluster.observe(node)).toMatchObject({
          state: 'dead',
          detail: 'power off',
          connection: 'timeout',
        });
        await cluster.resume(node);
        await cluster.restart(node);
        await untilAnswers(cluster, node);
      }
    });
  });

  describe('disks', () => {
    scenario('that refuse end a node, which is no crash; mended, it starts again', 'disks', async (disks, cluster) => {
      for (const impairment of [
        { kind: 'full' },
        { kind: 'error', code: 'EIO', ratio: 1, operations: ['write', 'fdatasync'] },
      ] as const) {
        const [node, other] = named(cluster.nodes);
        const refusals = async () => {
          const { refused } = await disks.counters(node);
          return refused.ENOSPC + refused.EIO;
        };
        const before = await refusals();
        await disks.impair('broken', node, impairment);
        await untilBroadcast(cluster, other, `while the disk is ${impairment.kind}`);
        await until(cluster, 'the node ends', async () => (await cluster.observe(node)).state === 'dead');
        expect(await disks.lastWords(node)).toMatch(impairment.kind === 'full' ? /ENOSPC/ : /EIO/);
        expect(await refusals()).toBeGreaterThan(before);
        await disks.mend('broken');
        await cluster.restart(node);
        await untilAnswers(cluster, node);
        await untilDelivered(cluster, node, [`while the disk is ${impairment.kind}`]);
      }
    });

    scenario('that are slow slow the node down', 'disks', async (disks, cluster) => {
      const [node] = named(cluster.nodes);
      await disks.impair('slow', node, {
        kind: 'slow',
        operations: ['fdatasync'],
        extra: { kind: 'constant', ns: 50e6 },
      });
      await untilBroadcast(cluster, node, 'slowly');
      await untilDelivered(cluster, node, ['slowly']);
      await until(cluster, 'a slow sync is done', async () => (await disks.counters(node)).slowed > 0);
      const { slowed, slowedNs } = await disks.counters(node);
      expect(slowedNs).toBeGreaterThanOrEqual(slowed * 50e6);
      await cluster.healAll();
      expect(await cluster.observe(node)).toMatchObject({ state: 'running' });
    });

    scenario(
      'that hand out a flipped bit keep a node from starting until it is turned back',
      'disks',
      async (disks, cluster) => {
        const [node] = named(cluster.nodes);
        await cluster.kill(node);
        expect(await disks.flipBit('rot', node, 0.5, 3)).toMatchObject({ bit: 3 });
        await cluster.restart(node);
        await until(cluster, 'the node refuses', async () => (await cluster.observe(node)).state === 'dead');
        expect(await disks.lastWords(node)).toMatch(/cannot start.*offset/);
        await disks.mend('rot');
        await cluster.restart(node);
        await untilAnswers(cluster, node);
        await untilDelivered(cluster, node, ['slowly']);
      },
    );
  });

  describe('clocks', () => {
    scenario('drift and jump as they are set', 'clocks', async (clocks, cluster) => {
      const { clock } = cluster;
      const [node] = named(cluster.nodes);
      const look = async () => {
        const trueNs = clock.nowNs();
        const status = await nodeStatus(cluster, node, 2000);
        return { trueNs, nowNs: status?.nowNs ?? 0, wallMs: status?.wallMs ?? 0 };
      };
      const rate = async () => {
        const before = await look();
        await sleep(clock, 2000);
        const after = await look();
        return (after.nowNs - before.nowNs) / (after.trueNs - before.trueNs);
      };
      expect(await rate()).toBeCloseTo(1, 2);
      await clocks.set(node, { rate: 1.5 });
      expect(await rate()).toBeCloseTo(1.5, 2);
      const before = await look();
      await clocks.set(node, { rate: 1, jumpMs: -60_000 });
      const after = await look();
      expect(after.wallMs - before.wallMs).toBeLessThan(-59_000);
      expect(after.nowNs).toBeGreaterThanOrEqual(before.nowNs);
      await clocks.set(node, { jumpMs: 60_000 });
      expect(await rate()).toBeCloseTo(1, 2);
      await untilBroadcast(cluster, node, 'with its clock put right');
    });
  });
}
