import { cp, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import type Docker from 'dockerode';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { promised, sleep } from '../../src/base/clock.ts';
import { type ChaosError, UsageError } from '../../src/base/errors.ts';
import type { ApiRequest, ApiResponse } from '../../src/base/requests.ts';
import type { Cluster, ClusterFacts, Link } from '../../src/cluster/cluster.ts';
import { builtDirectory } from '../../src/cluster/docker/build-context.ts';
import { cleanDocker } from '../../src/cluster/docker/clean.ts';
import { dockerCluster } from '../../src/cluster/docker/docker-cluster.ts';
import { dockerDoctor } from '../../src/cluster/docker/doctor.ts';
import { connectEngine } from '../../src/cluster/docker/engine.ts';
import { labelNames } from '../../src/cluster/docker/labels.ts';
import type { NodeStatus } from '../../src/node/client-api.ts';
import { defaultTiming } from '../../src/raft/timers.ts';
import { buildProgram } from '../support/build.ts';
import { needsDocker } from '../support/needs.ts';
import { leftovers, newRunId, say, until } from './docker-support.ts';

const nodes = ['n1', 'n2', 'n3'];

function makeCluster(
  runId: string,
  environment: NodeJS.ProcessEnv = {},
  distDirectory = builtDirectory,
  told: (line: string) => void = say,
): Cluster {
  return dockerCluster(
    { runId, nodes, bug: null, seed: 7, timing: defaultTiming, compaction: null },
    { say: told, environment: { ...process.env, ...environment }, distDirectory },
  );
}

function call(cluster: Cluster, node: string, request: ApiRequest): Promise<ApiResponse> {
  return promised(cluster.clock, (done) => cluster.call(node, request, 2_000, done));
}

const links: Link[] = nodes.flatMap((from) => nodes.filter((to) => to !== from).map((to) => ({ from, to })));
const names = (some: readonly Link[]) => some.map(({ from, to }) => `${from}>${to}`).sort();
const allBut = (...cut: string[]) => names(links).filter((name) => !cut.includes(name));

/** The steps of a build that failed are images without a name. */
async function removeWithDescendants(docker: Docker, id: string): Promise<void> {
  const all = await docker.listImages({ all: true });
  for (const { Id } of all.filter(({ ParentId }) => ParentId === id)) await removeWithDescendants(docker, Id);
  // Removing the last child removes its nameless parents with it.
  await docker
    .getImage(id)
    .remove({ force: true })
    .catch(() => undefined);
}

describe.skipIf(!(await needsDocker()))('clusters in Docker', { timeout: 60_000 }, () => {
  let docker: Docker;
  beforeAll(async () => {
    await buildProgram();
    docker = (await connectEngine()).docker;
  }, 60_000);

  describe('a running cluster', () => {
    const runId = newRunId();
    let cluster: Cluster;
    let facts: ClusterFacts;

    beforeAll(async () => {
      cluster = makeCluster(runId);
      facts = await cluster.start();
    }, 120_000);
    afterAll(() => cluster.stop(), 30_000);

    it('says what it runs on', () => {
      expect(facts).toMatchObject({ backend: 'docker', nodeVersion: expect.stringMatching(/^v\d+\./) });
      expect(Object.keys(facts['addresses'] as object)).toEqual(nodes);
      expect(JSON.stringify(facts['images'])).toMatch(/raft-chaos-node:[0-9a-f]{16}","id":"sha256:/);
    });

    it('has nodes that answer under their own names', async () => {
      for (const node of nodes) {
        const { status, body } = await call(cluster, node, { method: 'GET', path: '/status' });
        expect(status).toBe(200);
        expect((body as NodeStatus).node).toBe(node);
      }
    });

    it('gives the nodes no capability that the agents have', async () => {
      const found = await docker.listContainers({ filters: { label: [`${labelNames.run}=${runId}`] } });
      const added = await Promise.all(
        found.map(async ({ Id, Labels }) => {
          const { HostConfig } = await docker.getContainer(Id).inspect();
          return `${Labels[labelNames.role]}: ${HostConfig.CapAdd ?? 'none'} ${HostConfig.Privileged}`;
        }),
      );
      expect(new Set(added)).toEqual(new Set(['agent: NET_ADMIN,SYS_PTRACE false', 'node: none false']));
    });

    it('lets every probe through while nothing is cut', async () => {
      expect(names(await cluster.probe())).toEqual(names(links));
      expect(await cluster.dropped()).toEqual([]);
    });

    it('drops what goes over a cut link, in its direction only', async () => {
      await cluster.cut('one-way', [{ from: 'n1', to: 'n2' }]);
      expect(names(await cluster.probe())).toEqual(allBut('n1>n2'));
      const dropped = await cluster.dropped();
      expect(names(dropped)).toEqual(['n1>n2']);
      expect(dropped[0]?.packets).toBeGreaterThan(0);
      await cluster.heal('one-way');
      expect(names(await cluster.probe())).toEqual(names(links));
      expect(await cluster.dropped()).toEqual([]);
    });

    it('adds up the cuts of several faults, and keeps counting where one is healed', async () => {
      await cluster.cut('a', [
        { from: 'n1', to: 'n2' },
        { from: 'n2', to: 'n1' },
      ]);
      await cluster.probe();
      const before = await cluster.dropped();
      await cluster.cut('b', [
        { from: 'n2', to: 'n1' },
        { from: 'n3', to: 'n1' },
      ]);
      expect(names(await cluster.probe())).toEqual(allBut('n1>n2', 'n2>n1', 'n3>n1'));
      await cluster.heal('a');
      expect(names(await cluster.probe())).toEqual(allBut('n2>n1', 'n3>n1'));
      const after = await cluster.dropped();
      expect(names(after)).toEqual(['n2>n1', 'n3>n1']);
      const count = (counts: typeof after) => counts.find(({ from }) => from === 'n2')?.packets ?? 0;
      // Two more probes sent six packets each: a count that had begun anew would lack those before.
      expect(count(after)).toBeGreaterThanOrEqual(count(before) + 10);
      await cluster.healAll();
      expect(names(await cluster.probe())).toEqual(names(links));
    });

    it('elects another leader when the leader is cut off, and works again after the heal', async () => {
      const leaderOf = async (asked: readonly string[]) => {
        for (const node of asked) {
          const status = (await call(cluster, node, { method: 'GET', path: '/status' })).body as NodeStatus;
          if (status.role === 'leader') return node;
        }
        return null;
      };
      const old = await until('a leader', 10_000, () => leaderOf(nodes));
      const others = nodes.filter((node) => node !== old);
      await cluster.cut(
        'isolate',
        links.filter(({ from, to }) => from === old || to === old),
      );
      await until('another leader', 10_000, () => leaderOf(others));
      await cluster.healAll();
      const message = 'after the heal';
      const sent = await until('an acknowledged broadcast', 10_000, async () => {
        const response = await call(cluster, old, { method: 'POST', path: '/broadcast', body: { message } });
        return response.status === 200 ? response.body : null;
      });
      expect(sent).toMatchObject({ message });
    });

    it('runs beside another without either noticing', async () => {
      const other = makeCluster(newRunId());
      try {
        const otherFacts = await other.start();
        expect(otherFacts['subnet']).not.toEqual(facts['subnet']);
        await other.cut('all', links);
        expect(await other.probe()).toEqual([]);
        expect(names(await cluster.probe())).toEqual(names(links));
      } finally {
        await other.stop();
      }
      expect(names(await cluster.probe())).toEqual(names(links));
    });

    it('is left alone by a cleaning while its controller lives', async () => {
      const { removed, kept } = await cleanDocker();
      expect(removed.filter(({ run }) => run === runId)).toEqual([]);
      expect(kept.find(({ run }) => run === runId)?.reason).toContain(`process ${process.pid}`);
      expect(names(await cluster.probe())).toEqual(names(links));
    });

    it('refuses the subnet that it has to another', async () => {
      const subnet = String(facts['subnet']);
      const other = makeCluster(newRunId(), { RAFT_CHAOS_SUBNET: subnet });
      await expect(other.start()).rejects.toMatchObject({
        code: 'address-range-taken',
        message: expect.stringContaining(runId),
      });
      await other.stop();
    });

    it('hands over what the nodes left, also of a dead one', async () => {
      const [n3] = await docker.listContainers({
        filters: { label: [`${labelNames.run}=${runId}`, `${labelNames.node}=n3`, `${labelNames.role}=node`] },
      });
      await docker.getContainer(n3?.Id ?? '').kill();
      const directory = await mkdtemp(join(tmpdir(), 'raft-chaos-test-'));
      try {
        await cluster.collect(directory);
        for (const node of nodes) {
          expect(await readFile(join(directory, node, 'stdout.log'), 'utf8')).toContain('is ready');
          const trace = await readFile(join(directory, node, 'trace.jsonl'), 'utf8');
          expect(JSON.parse(trace.slice(0, trace.indexOf('\n')))).toMatchObject({ event: 'start', node });
          expect(await readdir(join(directory, node, 'data'))).not.toHaveLength(0);
        }
      } finally {
        await rm(directory, { recursive: true });
      }
    });

    it('leaves nothing when stopped, and may be stopped again', async () => {
      expect(await leftovers(docker, runId)).toHaveLength(7);
      await cluster.stop();
      expect(await leftovers(docker, runId)).toEqual([]);
      await cluster.stop();
      const afterwards = call(cluster, 'n1', { method: 'GET', path: '/status' });
      await expect(afterwards).rejects.toMatchObject({ code: 'connection-refused' });
    });
  });

  describe('a start that cannot succeed', () => {
    it.each([
      ['10.9.0.0', /not an IPv4 range/],
      ['10.9.0.5/28', /not an IPv4 range/],
      ['10.9.0.0/30', /no room for 3 nodes/],
    ])('refuses the subnet %s', async (subnet, message) => {
      const cluster = makeCluster(newRunId(), { RAFT_CHAOS_SUBNET: subnet });
      const failure = await cluster.start().catch((error: unknown) => error);
      expect(failure).toBeInstanceOf(UsageError);
      expect(failure).toMatchObject({ code: 'bad-subnet', message: expect.stringMatching(message) });
      await cluster.stop();
    });

    it('names the base image that cannot be had', async () => {
      const cluster = makeCluster(newRunId(), { RAFT_CHAOS_BASE_IMAGE: 'localhost:1/no/such:image' });
      await expect(cluster.start()).rejects.toMatchObject({
        code: 'no-base-image',
        message: expect.stringContaining('localhost:1/no/such:image'),
        remedy: expect.stringContaining('RAFT_CHAOS_BASE_IMAGE'),
      });
      await cluster.stop();
    });

    it('tells why an image cannot be built, and leaves no container of the attempt', async () => {
      const empty = 'raft-chaos-test:empty';
      const archive = Readable.from([Buffer.alloc(1024)]);
      (await docker.importImage(archive as unknown as string, { repo: 'raft-chaos-test', tag: 'empty' })).resume();
      await until('the empty image', 5_000, () => docker.getImage(empty).inspect());
      const containers = async () => (await docker.listContainers({ all: true })).length;
      const before = await containers();
      try {
        const cluster = makeCluster(newRunId(), { RAFT_CHAOS_BASE_IMAGE: empty });
        await expect(cluster.start()).rejects.toMatchObject({
          code: 'image-build-failed',
          message: expect.stringContaining('/bin/sh'),
        });
        await cluster.stop();
        await until('no more containers than before', 5_000, async () =>
          (await containers()) <= before ? true : null,
        );
      } finally {
        await removeWithDescendants(docker, (await docker.getImage(empty).inspect()).Id);
      }
    });

    it('tells what a node printed that ended at once, and still hands it over', async () => {
      const runId = newRunId();
      const said: string[] = [];
      const directory = await mkdtemp(join(tmpdir(), 'raft-chaos-test-'));
      try {
        await cp(builtDirectory, join(directory, 'dist'), { recursive: true });
        await writeFile(join(directory, 'dist/node/main.js'), "console.log('no such disk'); process.exit(3);");
        const cluster = makeCluster(runId, {}, join(directory, 'dist'), (line) => said.push(line));
        const error = (await cluster.start().catch((thrown: unknown) => thrown)) as ChaosError;
        expect(error).toMatchObject({ code: 'node-not-up', message: expect.stringContaining('no such disk') });
        // The first to have ended; the others may not have printed yet.
        const [node = ''] = error.message.split(' ');
        await cluster.collect(join(directory, 'nodes'));
        expect(await readFile(join(directory, 'nodes', node, 'stdout.log'), 'utf8')).toBe('no such disk\n');
        await cluster.stop();
        expect(await leftovers(docker, runId)).toEqual([]);
      } finally {
        await rm(directory, { recursive: true });
        const broken = said.map((line) => /^building the image (\S+)/.exec(line)?.[1] ?? '');
        for (const reference of broken) await docker.getImage(reference).remove({ force: true });
      }
    });

    it('leaves nothing when it is stopped at any moment of it', async () => {
      for (const afterMs of [0, 100, 300, 600, 900]) {
        const runId = newRunId();
        const cluster = makeCluster(runId);
        const start = cluster.start().then(
          () => 'started',
          (error: { code: string }) => error.code,
        );
        await sleep(cluster.clock, afterMs);
        await cluster.stop();
        expect(await leftovers(docker, runId)).toEqual([]);
        expect(['stopped', 'agent-lost', 'started']).toContain(await start);
        expect(await leftovers(docker, runId)).toEqual([]);
      }
    });
  });

  it('finds nothing amiss with this machine, and leaves nothing of the examination', async () => {
    const checks = await dockerDoctor({ say });
    expect(checks.filter(({ ok }) => !ok)).toEqual([]);
    expect(checks.map(({ name }) => name)).toContain('partitions (nft)');
    const left = await docker.listNetworks({ filters: { label: [labelNames.run] } });
    expect(left.filter((network) => network.Name.includes('doctor'))).toEqual([]);
  });
});
