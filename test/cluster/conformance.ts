import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { sleep } from '../../src/base/clock.ts';
import type { Cluster, ClusterFacts, NodeCrash, PauseMethod } from '../../src/cluster/cluster.ts';
import { nodeStatus } from '../../src/cluster/status.ts';
import { faultConformance } from './conformance-faults.ts';
import { membershipConformance } from './conformance-membership.ts';
import {
  allLinks,
  between,
  callNode,
  codeOf,
  everyOrder,
  named,
  namesOf,
  pauseMethods,
  status,
  until,
  untilAnswers,
  untilBroadcast,
  untilDelivered,
} from './conformance-steps.ts';

/** A cluster under test that has not been started. */
export interface ClusterSubject {
  readonly cluster: Cluster;
  /** Ends a node's process by a way that the cluster has not been asked for. */
  crash(node: string): Promise<void>;
}

/**
 * What every cluster does, whatever stands behind it. `make` is to give a cluster of five nodes or more; the tests use
 * one of them after the other, and each leaves it whole.
 */
export function clusterConformance(name: string, make: () => ClusterSubject): void {
  describe(`${name} as a cluster`, () => {
    let subject: ClusterSubject;
    let cluster: Cluster;
    let facts: ClusterFacts;
    let nodes: readonly string[];
    const crashes: NodeCrash[] = [];
    const scenario = (title: string, body: () => Promise<void>): void => {
      it(title, () => cluster.drive(body()));
    };

    beforeAll(async () => {
      subject = make();
      ({ cluster } = subject);
      ({ nodes } = cluster);
      expect(nodes.length).toBeGreaterThanOrEqual(5);
      cluster.onCrash((crash) => crashes.push(crash));
      facts = await cluster.drive(cluster.start());
    });
    afterAll(() => cluster.drive(cluster.stop()));

    scenario('has nodes that answer, each under its own name, once it is started', async () => {
      expect(facts).toBeTypeOf('object');
      for (const node of nodes) expect(await nodeStatus(cluster, node, 2_000)).toMatchObject({ node, boot: 1 });
    });

    scenario('sees every node running at first', async () => {
      for (const node of nodes) {
        expect(await cluster.observe(node)).toEqual({
          state: 'running',
          detail: expect.stringMatching(/./),
          pid: expect.any(Number),
          starts: 1,
          connection: 'accepted',
        });
      }
    });

    scenario('cuts a link, sees it cut, and heals it', async () => {
      const [a, b] = named(nodes);
      expect(await cluster.dropped()).toEqual([]);
      expect(namesOf(await cluster.probe())).toEqual(namesOf(allLinks(nodes)));
      await cluster.cut('both ways', between(a, b));
      expect(namesOf(await cluster.probe())).toEqual(
        namesOf(allLinks(nodes)).filter((link) => !namesOf(between(a, b)).includes(link)),
      );
      const dropped = await cluster.dropped();
      expect(namesOf(dropped)).toEqual(namesOf(between(a, b)));
      for (const { packets } of dropped) expect(packets).toBeGreaterThan(0);
      await cluster.heal('both ways');
      expect(namesOf(await cluster.probe())).toEqual(namesOf(allLinks(nodes)));
      expect(await cluster.dropped()).toEqual([]);
    });

    scenario('keeps a link cut as long as one fault has it cut', async () => {
      const [a, b, c] = named(nodes);
      await cluster.cut('one', [...between(a, b), ...between(b, c)]);
      await cluster.cut('two', between(a, b));
      await cluster.heal('one');
      expect(namesOf(await cluster.dropped())).toEqual(namesOf(between(a, b)));
      await cluster.heal('none that is known');
      await cluster.healAll();
      expect(namesOf(await cluster.probe())).toEqual(namesOf(allLinks(nodes)));
    });

    for (const how of pauseMethods) {
      scenario(
        `pauses a node by ${how}: it lives, its kernel accepts, nobody answers until it is resumed`,
        async () => {
          const [node] = named(nodes);
          const before = await cluster.observe(node);
          await cluster.pause(node, how);
          const paused = await cluster.observe(node);
          expect(paused).toMatchObject({
            state: 'paused',
            pid: before.pid,
            starts: before.starts,
            connection: 'accepted',
          });
          expect(paused.detail).not.toEqual(before.detail);
          await expect(callNode(cluster, node, status, 300)).rejects.toMatchObject({ code: 'timeout' });
          await cluster.resume(node);
          expect(await cluster.observe(node)).toMatchObject({
            state: 'running',
            pid: before.pid,
            starts: before.starts,
          });
          expect(await untilAnswers(cluster, node)).toMatchObject({ boot: before.starts });
        },
      );

      scenario(`kills a node that is paused by ${how}, and the next life is not paused`, async () => {
        const [, node] = named(nodes);
        const { starts } = await cluster.observe(node);
        await cluster.pause(node, how);
        await cluster.kill(node);
        expect(await cluster.observe(node)).toMatchObject({ state: 'dead', pid: null, connection: 'refused' });
        await cluster.restart(node);
        expect(await cluster.observe(node)).toMatchObject({ state: 'running', starts: starts + 1 });
        expect(await untilAnswers(cluster, node)).toMatchObject({ boot: starts + 1 });
      });
    }

    for (const [first, second] of [pauseMethods, [...pauseMethods].reverse()] as [PauseMethod, PauseMethod][]) {
      scenario(`resumes a node at once that was paused by ${first} and then by ${second}`, async () => {
        const [, , node] = named(nodes);
        await cluster.pause(node, first);
        await cluster.pause(node, second);
        await cluster.pause(node, second);
        expect(await cluster.observe(node)).toMatchObject({ state: 'paused', connection: 'accepted' });
        await cluster.resume(node);
        expect(await cluster.observe(node)).toMatchObject({ state: 'running' });
        await untilAnswers(cluster, node);
      });
    }

    scenario('kills a node and starts it again with what it had written', async () => {
      const [node, other] = named(nodes);
      const message = 'written before the kill';
      await untilBroadcast(cluster, node, message);
      const before = await cluster.observe(node);
      await cluster.kill(node);
      expect(await cluster.observe(node)).toMatchObject({
        state: 'dead',
        detail: expect.stringMatching(/./),
        pid: null,
        starts: before.starts,
        connection: 'refused',
      });
      await expect(callNode(cluster, node, status, 2_000)).rejects.toMatchObject({
        code: expect.stringMatching(/^connection-(refused|lost)$/),
      });
      await untilBroadcast(cluster, other, 'written without it');
      await cluster.restart(node);
      const after = await cluster.observe(node);
      expect(after).toMatchObject({ state: 'running', starts: before.starts + 1 });
      expect(after.pid).not.toEqual(before.pid);
      expect(await untilAnswers(cluster, node)).toMatchObject({ boot: before.starts + 1 });
      await untilDelivered(cluster, node, [message, 'written without it']);
    });

    scenario('does nothing where nothing is to be done', async () => {
      const [node] = named(nodes);
      const before = await cluster.observe(node);
      await cluster.resume(node);
      await cluster.restart(node);
      expect(await cluster.observe(node)).toMatchObject({ state: 'running', pid: before.pid, starts: before.starts });
      await cluster.kill(node);
      await cluster.kill(node);
      for (const how of pauseMethods) await cluster.pause(node, how);
      await cluster.resume(node);
      expect(await cluster.observe(node)).toMatchObject({ state: 'dead', starts: before.starts });
      await cluster.restart(node);
      expect(await cluster.observe(node)).toMatchObject({ state: 'running', starts: before.starts + 1 });
    });

    scenario('obeys calls for one node in their order, without being waited for', async () => {
      const [node, , other] = named(nodes);
      const before = await Promise.all([cluster.observe(node), cluster.observe(other)]);
      const [seenPaused, seenDead] = await Promise.all([
        cluster.pause(node, 'freezer').then(() => cluster.observe(node)),
        cluster.kill(other).then(() => cluster.observe(other)),
      ]);
      expect([seenPaused.state, seenDead.state]).toEqual(['paused', 'dead']);
      await Promise.all([
        cluster.kill(node),
        cluster.restart(node),
        cluster.pause(node, 'signal'),
        cluster.kill(node),
        cluster.restart(node),
        cluster.pause(node, 'freezer'),
        cluster.resume(node),
        cluster.restart(other),
      ]);
      expect(await cluster.observe(node)).toMatchObject({ state: 'running', starts: (before[0]?.starts ?? 0) + 2 });
      expect(await cluster.observe(other)).toMatchObject({ state: 'running', starts: (before[1]?.starts ?? 0) + 1 });
      for (const each of [node, other]) await untilAnswers(cluster, each);
    });

    scenario('kills all nodes at once and starts them again, and what was acknowledged is there', async () => {
      const message = 'before all die';
      await untilBroadcast(cluster, nodes[0] as string, message);
      await Promise.all(nodes.map((node) => cluster.kill(node)));
      for (const node of nodes) expect(await cluster.observe(node)).toMatchObject({ state: 'dead', pid: null });
      await Promise.all(nodes.map((node) => cluster.restart(node)));
      for (const node of nodes) await untilAnswers(cluster, node);
      await untilBroadcast(cluster, nodes[1] as string, 'after all died');
      for (const node of nodes) await untilDelivered(cluster, node, [message, 'after all died']);
    });

    scenario('tells of an exit that nobody asked for, once, and of no other', async () => {
      expect(crashes).toEqual([]);
      const [node, other, third] = named(nodes);
      // Others die at the same time, because they shall.
      await Promise.all([subject.crash(node), cluster.kill(other), cluster.pause(third, 'signal')]);
      await until(cluster, 'a crash is told of', async () => crashes.length > 0);
      expect(await cluster.observe(node)).toMatchObject({ state: 'dead', connection: 'refused' });
      await subject.crash(third);
      await until(cluster, 'the second crash is told of', async () => crashes.length > 1);
      await cluster.healAll();
      for (const each of [node, other, third]) await untilAnswers(cluster, each);
      await sleep(cluster.clock, 500);
      expect(crashes.map((crash) => crash.node)).toEqual([node, third]);
      for (const { exitCode, output } of crashes) {
        expect(exitCode === null || Number.isInteger(exitCode)).toBe(true);
        expect(output).toContain('is ready');
      }
      crashes.length = 0;
    });

    scenario('undoes every fault at once', async () => {
      const [cut, frozen, stopped, dead, twice] = named(nodes);
      await Promise.all([
        cluster.cut('isolated', between(cut, frozen)),
        cluster.cut('again', between(cut, dead)),
        cluster.pause(frozen, 'freezer'),
        cluster.pause(stopped, 'signal'),
        cluster.kill(dead),
        cluster.pause(twice, 'freezer'),
        cluster.pause(twice, 'signal'),
      ]);
      const states = async () =>
        (await Promise.all(nodes.map((node) => cluster.observe(node)))).map(({ state }) => state);
      expect((await states()).slice(0, 5)).toEqual(['running', 'paused', 'paused', 'dead', 'paused']);
      await cluster.healAll();
      expect(new Set(await states())).toEqual(new Set(['running']));
      expect(await cluster.dropped()).toEqual([]);
      for (const node of nodes) await untilAnswers(cluster, node);
      expect(namesOf(await cluster.probe())).toEqual(namesOf(allLinks(nodes)));
      await untilBroadcast(cluster, cut, 'whole again');
      await cluster.healAll();
    });

    membershipConformance(() => cluster);

    faultConformance(() => cluster);

    it('hands over what nodes in every state left, from all their lives', async () => {
      const directory = mkdtempSync(join(tmpdir(), 'raft-chaos-test-'));
      const [running, frozen, stopped, dead] = named(nodes);
      try {
        await cluster.drive(hurt());
        await cluster.drive(cluster.collect(directory));
        for (const node of nodes) {
          const lines = readFileSync(join(directory, node, 'trace.jsonl'), 'utf8')
            .trim()
            .split('\n');
          const boots = lines.map((line) => JSON.parse(line) as { event: string; boot: number });
          const lives = boots.filter(({ event }) => event === 'start').map(({ boot }) => boot);
          expect(lives.length).toBeGreaterThan(1);
          // A life that was ended at once may have left no word, but those that did stand in their order.
          expect(lives).toEqual([...new Set(lives)].sort((one, other) => one - other));
          const printed = readFileSync(join(directory, node, 'stdout.log'), 'utf8');
          const ready = [...printed.matchAll(/is ready, boot (\d+)/g)].map(([, boot]) => Number(boot));
          expect(ready.length).toBeGreaterThan(1);
          expect(ready).toEqual(lives.filter((boot) => ready.includes(boot)));
        }
      } finally {
        rmSync(directory, { recursive: true });
        await cluster.drive(cluster.healAll());
      }

      async function hurt(): Promise<void> {
        expect(await nodeStatus(cluster, running, 2_000)).not.toBeNull();
        await cluster.pause(frozen, 'freezer');
        await cluster.pause(stopped, 'signal');
        await cluster.kill(dead);
      }
    });

    scenario('stops in whatever state its nodes are, twice if asked, and refuses everything afterwards', async () => {
      const [, frozen, stopped, dead] = named(nodes);
      await cluster.pause(frozen, 'freezer');
      await cluster.pause(stopped, 'signal');
      await cluster.kill(dead);
      await cluster.stop();
      await cluster.stop();
      expect(crashes).toEqual([]);
      expect(new Set(await Promise.all(everyOrder(cluster).map(codeOf)))).toEqual(new Set(['stopped']));
      expect(await codeOf(callNode(cluster, frozen, status, 500))).toBe('connection-refused');
    });

    it('refuses everything before it is started, and may be stopped without', async () => {
      const other = make();
      const codes = await other.cluster.drive(Promise.all(everyOrder(other.cluster).map(codeOf)));
      expect(new Set(codes)).toEqual(new Set(['not-started']));
      const early = callNode(other.cluster, other.cluster.nodes[0] as string, status, 500);
      expect(await other.cluster.drive(codeOf(early))).toBe('connection-refused');
      await other.cluster.drive(other.cluster.stop());
    });
  });
}
