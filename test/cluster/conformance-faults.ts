import { describe, expect, it } from 'vitest';
import { sleep } from '../../src/base/clock.ts';
import type { Cluster, Link } from '../../src/cluster/cluster.ts';
import { nodeStatus } from '../../src/cluster/status.ts';
import { kindNamed } from '../../src/nemesis/spec.ts';
import { named, until, untilAnswers, untilBroadcast, untilDelivered } from './conformance-steps.ts';

/**
 * What a cluster does that can be hurt in more ways than by cuts, pauses and kills; one that cannot says so. Part of the
 * conformance suite, on the same cluster, which each scenario leaves whole.
 */
export function faultConformance(subject: () => Cluster): void {
  const scenario = (title: string, body: (cluster: Cluster) => Promise<void>): void => {
    it(title, () => {
      const cluster = subject();
      return cluster.drive(body(cluster));
    });
  };

  describe('degraded links', () => {
    scenario('delay, lose, repeat and reorder what is sent over them, and are whole again', async (cluster) => {
      const { network } = cluster;
      expect(kindNamed('network').isInjectable(cluster)).toBe(network !== null);
      if (network === null) return;
      const [from, to] = named(cluster.nodes);
      const link: Link = { from, to };
      const whole = await network.echo(link, 50);
      expect(whole).toMatchObject({ sent: 50, answered: 50, repeated: 0, overtaken: 0 });

      await network.degrade('slow', [link], { delay: { kind: 'constant', ns: 20e6 } });
      const slow = await network.echo(link, 50);
      expect(slow).toMatchObject({ answered: 50, repeated: 0, overtaken: 0 });
      expect((slow.medianMs ?? 0) - (whole.medianMs ?? 0)).toBeGreaterThanOrEqual(20);
      await network.restore('slow');

      await network.degrade('lossy', [link], { lossRatio: 0.5 });
      const lossy = await network.echo(link, 50);
      expect(lossy.answered).toBeGreaterThan(5);
      expect(lossy.answered).toBeLessThan(45);
      await network.restore('lossy');

      await network.degrade('echoing', [link], { duplicateRatio: 0.5 });
      expect((await network.echo(link, 50)).repeated).toBeGreaterThan(5);
      await network.restore('echoing');

      await network.degrade('confused', [link], { reorderRatio: 0.5 });
      expect((await network.echo(link, 50)).overtaken).toBeGreaterThan(5);
      expect(await network.traffic(link)).toMatchObject({
        lost: expect.any(Number),
        duplicated: expect.any(Number),
        reordered: expect.any(Number),
      });
      await cluster.healAll();
      const healed = await network.echo(link, 50);
      expect(healed).toMatchObject({ sent: 50, answered: 50, repeated: 0, overtaken: 0 });
    });
  });

  describe('power', () => {
    scenario('takes what was not synced, and nothing that was acknowledged', async (cluster) => {
      const { power, nodes } = cluster;
      expect(kindNamed('power').isInjectable(cluster)).toBe(power !== null);
      if (power === null) return;
      const [node, other] = named(nodes);
      await untilBroadcast(cluster, node, 'before the power went');
      const { starts } = await cluster.observe(node);
      await Promise.all(nodes.map((each) => power.cut(each)));
      expect(await cluster.observe(node)).toMatchObject({ state: 'dead', pid: null, detail: 'power off' });
      await power.cut(node);
      await Promise.all(nodes.map((each) => cluster.restart(each)));
      for (const each of nodes) await untilAnswers(cluster, each);
      expect((await cluster.observe(node)).starts).toBe(starts + 1);
      await untilBroadcast(cluster, other, 'after it came back');
      for (const each of nodes) await untilDelivered(cluster, each, ['before the power went', 'after it came back']);
    });
  });

  describe('disks', () => {
    scenario('that refuse end a node, which is no crash; mended, it starts again', async (cluster) => {
      const { disks } = cluster;
      expect(kindNamed('disk').isInjectable(cluster)).toBe(disks !== null);
      if (disks === null) return;
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

    scenario('that are slow slow the node down', async (cluster) => {
      const { disks } = cluster;
      if (disks === null) return;
      const [node] = named(cluster.nodes);
      await disks.impair('slow', node, {
        kind: 'slow',
        operations: ['fdatasync'],
        extra: { kind: 'constant', ns: 50e6 },
      });
      await untilBroadcast(cluster, node, 'slowly');
      await untilDelivered(cluster, node, ['slowly']);
      const { slowed, slowedNs } = await disks.counters(node);
      expect(slowed).toBeGreaterThan(0);
      expect(slowedNs).toBe(slowed * 50e6);
      await cluster.healAll();
      expect(await cluster.observe(node)).toMatchObject({ state: 'running' });
    });

    scenario('that hand out a flipped bit keep a node from starting until it is turned back', async (cluster) => {
      const { disks } = cluster;
      if (disks === null) return;
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
    });
  });

  describe('clocks', () => {
    scenario('drift and jump as they are set', async (cluster) => {
      const { clocks, clock } = cluster;
      expect(kindNamed('clock').isInjectable(cluster)).toBe(clocks !== null);
      if (clocks === null) return;
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
