import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { promised, sleep } from '../../src/base/clock.ts';
import type { ApiResponse } from '../../src/base/requests.ts';
import type { Cluster, NodeCrash } from '../../src/cluster/cluster.ts';
import { dockerCluster } from '../../src/cluster/docker/docker-cluster.ts';
import { connectEngine } from '../../src/cluster/docker/engine.ts';
import { nodeStatus } from '../../src/cluster/status.ts';
import { defaultTiming } from '../../src/raft/timers.ts';
import { needsDocker } from '../support/needs.ts';
import { containerOf, killContainer, leftovers, newRunId, processesOf, say, until } from './docker-support.ts';

/** What only Docker shows of pauses, kills and crashes; the rest is in the conformance suite. */
describe.skipIf(!(await needsDocker()))('processes in Docker', { timeout: 60_000 }, () => {
  const runId = newRunId();
  const nodes = ['n1', 'n2', 'n3'];
  const crashes: NodeCrash[] = [];
  let cluster: Cluster;

  beforeAll(async () => {
    cluster = dockerCluster({ runId, nodes, bug: null, seed: 3, timing: defaultTiming, compaction: null }, { say });
    cluster.onCrash((crash) => crashes.push(crash));
    await cluster.start();
  }, 120_000);
  afterAll(() => cluster.stop(), 30_000);
  beforeEach(() => {
    crashes.length = 0;
  });
  const crashOf = (node: string) =>
    until(`a crash of ${node}`, 10_000, async () => crashes.find((crash) => crash.node === node) ?? null);
  const answers = (node: string) => until(`${node} answers`, 20_000, () => nodeStatus(cluster, node, 500));

  it('has the kernel say that a node is stopped or frozen, beside the engine that paused it', async () => {
    await cluster.pause('n1', 'signal');
    expect((await cluster.observe('n1')).detail).toBe('T (stopped)');
    expect((await (await containerOf(runId, 'n1', 'node')).inspect()).State.Paused).toBe(false);
    await cluster.resume('n1');
    await cluster.pause('n1', 'freezer');
    expect((await cluster.observe('n1')).detail).toMatch(/^frozen: [DS] \(/);
    expect((await (await containerOf(runId, 'n1', 'node')).inspect()).State.Paused).toBe(true);
    await cluster.resume('n1');
    expect((await cluster.observe('n1')).detail).toMatch(/^[RSD] \(/);
    expect((await (await containerOf(runId, 'n1', 'node')).inspect()).State.Paused).toBe(false);
  });

  it('stops every process of the node, and none of the agent', async () => {
    const container = await containerOf(runId, 'n1', 'node');
    const second = await container.exec({ Cmd: ['node', '-e', 'setInterval(() => {}, 50)'] });
    await second.start({ Detach: true });
    const states = async () => {
      const { Processes } = await container.top({ ps_args: '-eo pid,stat' });
      return Processes.map(([, state = '']) => state.slice(0, 1));
    };
    await until('both processes', 5_000, async () => ((await states()).length === 2 ? true : null));
    await cluster.pause('n1', 'signal');
    expect(await states()).toEqual(['T', 'T']);
    expect(await cluster.observe('n1')).toMatchObject({ state: 'paused' });
    await cluster.resume('n1');
    expect(await states()).not.toContain('T');
    await cluster.kill('n1');
    await cluster.restart('n1');
    expect(await states()).toHaveLength(1);
  });

  it.each([
    ['SIGKILL', 137],
    ['SIGTERM', 143],
  ])('reports a node that %s ended, with its code and what it printed', async (signal, exitCode) => {
    await (await containerOf(runId, 'n2', 'node')).kill({ signal });
    expect(await crashOf('n2')).toEqual({ node: 'n2', exitCode, output: expect.stringContaining('n2 is ready, boot') });
    expect((await cluster.observe('n2')).detail).toBe(`exited with ${exitCode}`);
    await cluster.healAll();
    expect((await cluster.observe('n2')).state).toBe('running');
    await answers('n2');
    expect(crashes).toHaveLength(1);
  });

  it('reports a node that somebody else killed while it was paused, and starts it again unpaused', async () => {
    await cluster.pause('n3', 'freezer');
    await killContainer(runId, 'n3');
    await crashOf('n3');
    await cluster.healAll();
    await answers('n3');
    expect(crashes).toHaveLength(1);
  });

  it('reports a node that an asked kill came too late for, and resolves the kill', async () => {
    // Whichever is first: a node that ended with another code than a kill's was not ended by the kill.
    const container = await containerOf(runId, 'n1', 'node');
    for (let round = 0; round < 3; round++) {
      crashes.length = 0;
      await Promise.all([container.kill({ signal: 'SIGTERM' }).catch(() => undefined), cluster.kill('n1')]);
      const { detail } = await cluster.observe('n1');
      await sleep(cluster.clock, 300);
      expect(crashes.map(({ exitCode }) => `exited with ${exitCode}`)).toEqual(
        detail === 'exited with 137' ? [] : [detail],
      );
      await cluster.restart('n1');
      await answers('n1');
    }
  });

  it('reports a node that the kernel ended for lack of memory', async () => {
    const container = await containerOf(runId, 'n2', 'node');
    const limit = 96 * 2 ** 20;
    await container.update({ Memory: limit, MemorySwap: limit });
    const message = 'x'.repeat(60_000);
    for (let sent = 0; crashes.length === 0 && sent < 3_000; sent += 8) {
      await Promise.allSettled(
        Array.from({ length: 8 }, (_, place) =>
          promised<ApiResponse>(cluster.clock, (done) => {
            const body = { message: `${sent + place} ${message}` };
            cluster.call('n2', { method: 'POST', path: '/broadcast', body }, 1_000, done);
          }),
        ),
      );
    }
    expect(await crashOf('n2')).toMatchObject({ exitCode: 137, output: expect.stringContaining('out of memory') });
  });

  it('says that the agent is lost, not that the node crashed, where the agent was killed', async () => {
    await killContainer(runId, 'n3', 'agent');
    await until('the node is dead', 10_000, async () =>
      (await (await containerOf(runId, 'n3', 'node')).inspect()).State.Running ? null : true,
    );
    await expect(cluster.observe('n3')).rejects.toMatchObject({ code: 'agent-lost' });
    await sleep(cluster.clock, 300);
    expect(crashes).toEqual([]);
  });

  it('leaves neither things in the engine nor processes when stopped', async () => {
    expect(processesOf(runId).map(({ command }) => command)).toEqual([expect.stringContaining('watchdog.js')]);
    await cluster.stop();
    expect(processesOf(runId)).toEqual([]);
    expect(await leftovers((await connectEngine()).docker, runId)).toEqual([]);
  });
});
