import { type ChildProcess, spawn } from 'node:child_process';
import { rmSync } from 'node:fs';
import { connect, createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type Docker from 'dockerode';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { cleanDocker } from '../../src/cluster/docker/clean.ts';
import { dockerCluster } from '../../src/cluster/docker/docker-cluster.ts';
import { connectEngine } from '../../src/cluster/docker/engine.ts';
import { nodeStatus } from '../../src/cluster/status.ts';
import { defaultTiming } from '../../src/raft/timers.ts';
import { needsDocker } from '../support/needs.ts';
import { leftovers, newRunId, processesOf, say, until } from './docker-support.ts';

const program = join(import.meta.dirname, '../support/docker-controller.mjs');
/** How often a controller is killed, at the moments below in turn. */
const kills = Number(process.env['RAFT_CHAOS_KILLS'] || 4);
const goneWithinMs = 10_000;

interface Controller {
  readonly runId: string;
  readonly started: Promise<void>;
  readonly child: ChildProcess;
}

/** A controller in a process group of its own, as a shell makes one for each command. */
function startController(then: 'faults' | 'nothing' = 'faults', engine = process.env['DOCKER_HOST']): Controller {
  const runId = newRunId();
  const child = spawn(process.execPath, [program, runId, then], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { ...process.env, DOCKER_HOST: engine },
    detached: true,
  });
  return { runId, child, started: new Promise((resolve) => child.stdout.once('data', () => resolve())) };
}

const sleep = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms));

describe.skipIf(!(await needsDocker()))('a controller that is killed', { timeout: 90_000 }, () => {
  let docker: Docker;
  const bystanderId = newRunId();
  const bystander = dockerCluster(
    { runId: bystanderId, nodes: ['b1'], bug: null, seed: 5, timing: defaultTiming, compaction: null },
    { say },
  );

  beforeAll(async () => {
    docker = (await connectEngine()).docker;
    // It also makes the images, so that the controllers' starts are all about containers.
    await bystander.start();
  }, 120_000);
  afterAll(() => bystander.stop(), 30_000);

  /** Waits until nothing of a run is left, and looks whether a run beside it has been let alone. */
  const expectGone = async (runId: string, what: string): Promise<void> => {
    const killedMs = Date.now();
    let left: string[] = [];
    await until(what, goneWithinMs, async () => {
      left = [...(await leftovers(docker, runId)), ...processesOf(runId).map(({ command }) => command)];
      return left.length === 0 ? true : null;
    }).catch(() => expect(left, what).toEqual([]));
    say(`${what}: nothing left after ${Date.now() - killedMs} ms`);
    expect(await leftovers(docker, bystanderId)).toHaveLength(3);
    expect(await bystander.observe('b1')).toMatchObject({ state: 'running', starts: 1, connection: 'accepted' });
    expect(await nodeStatus(bystander, 'b1', 2_000)).toMatchObject({ node: 'b1', boot: 1 });
  };

  const moments: readonly [string, (controller: Controller) => Promise<unknown>][] = [
    ['at some moment of its start', () => sleep(200 + Math.random() * 2_000)],
    [
      'when its first container is there',
      ({ runId }) =>
        until('a container', 30_000, async () => ((await leftovers(docker, runId)).length > 1 ? true : null)),
    ],
    ['as soon as its cluster is up', ({ started }) => started],
    ['amid faults', ({ started }) => started.then(() => sleep(Math.random() * 2_000))],
  ];

  it.each(Array.from({ length: kills }, (_, round) => ({ round, moment: moments[round % moments.length]?.[0] ?? '' })))(
    'leaves nothing: $moment (round $round)',
    async ({ round }) => {
      const [moment, reached] = moments[round % moments.length] as (typeof moments)[number];
      const controller = startController();
      const ended = new Promise((resolve) => controller.child.once('exit', resolve));
      await reached(controller);
      controller.child.kill('SIGKILL');
      await ended;
      await expectGone(controller.runId, `killed ${moment}`);
    },
  );

  it.each(['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGKILL'] as const)(
    'leaves nothing where its whole process group gets %s',
    async (signal) => {
      const { child, runId, started } = startController();
      await started;
      process.kill(-(child.pid as number), signal);
      await expectGone(runId, `group killed by ${signal}`);
    },
  );

  it('leaves nothing where the watchdog gets every signal that can be ignored', async () => {
    const { child, runId, started } = startController();
    await started;
    const [watchdog] = processesOf(runId).filter(({ command }) => command.includes('watchdog'));
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.kill(watchdog?.pid as number, signal);
    child.kill('SIGKILL');
    await expectGone(runId, 'watchdog signalled');
  });

  it.each([moments[1], moments[3]] as typeof moments)(
    'leaves nothing where the engine does not answer at that moment: %s',
    async (moment, reached) => {
      const socket = join(tmpdir(), `${newRunId()}.sock`);
      const engine = await engineBehind(socket);
      try {
        const controller = startController('faults', `unix://${socket}`);
        await reached(controller);
        engine.hold(3_000);
        // Time for requests to be sent that the engine carries out long after their sender's death.
        await sleep(200);
        controller.child.kill('SIGKILL');
        await expectGone(controller.runId, `killed ${moment} while the engine did not answer for 3 s`);
      } finally {
        engine.close();
        rmSync(socket, { force: true });
      }
    },
  );

  it.each(['nothing', 'faults'] as const)(
    'has a cleaning remove the rest, and nothing of others, where its watchdog was killed too, amid %s',
    async (then) => {
      const { child, runId, started } = startController(then);
      await started;
      const filters = { label: [`raft-chaos.run=${runId}`] };
      const Image = (await docker.listContainers({ filters }))[0]?.Image ?? '';
      const stranger = await docker.createContainer({ Image, Labels: { 'raft-chaos.stranger': 'yes' } });
      try {
        const ended = new Promise((resolve) => child.once('exit', resolve));
        for (const { pid } of processesOf(runId)) process.kill(pid, 'SIGKILL');
        await ended;
        if (then === 'nothing') {
          // A frozen process outlives its namespace; all others end with their agent, also without anybody to clean.
          await until('the pods are dead', goneWithinMs, async () =>
            (await docker.listContainers({ filters })).length === 0 ? true : null,
          );
        }
        const { removed, kept } = await cleanDocker();
        const ofRun = removed.filter(({ run }) => run === runId);
        expect(ofRun.length).toBeGreaterThanOrEqual(4);
        expect(ofRun.filter(({ kind }) => kind === 'network')).toHaveLength(1);
        expect(kept.map(({ run }) => run)).toContain(bystanderId);
        expect((await stranger.inspect()).Config.Labels).toMatchObject({ 'raft-chaos.stranger': 'yes' });
        await expectGone(runId, `cleaned amid ${then}`);
      } finally {
        await stranger.remove({ force: true });
      }
    },
  );
});

/** The real engine behind a socket that passes on nothing of what is asked while it holds. */
async function engineBehind(path: string): Promise<{ hold(forMs: number): void; close(): void }> {
  const real = (process.env['DOCKER_HOST'] ?? '').replace(/^unix:\/\//, '');
  let heldUntilMs = 0;
  const server: Server = createServer({ allowHalfOpen: true }, (client) => {
    const engine = connect({ path: real, allowHalfOpen: true });
    let before = Promise.resolve();
    const later = (pass: () => void) => {
      before = before.then(() => sleep(Math.max(0, heldUntilMs - Date.now()))).then(pass);
    };
    client.on('data', (piece) => later(() => void engine.write(piece)));
    client.on('end', () => later(() => void engine.end()));
    engine.pipe(client);
    client.on('error', () => later(() => void engine.destroy()));
    client.on('close', () => later(() => void engine.destroy()));
    engine.on('error', () => client.destroy()).on('close', () => client.destroy());
  });
  await new Promise<void>((resolve) => server.listen(path, resolve));
  return {
    hold: (forMs) => {
      heldUntilMs = Date.now() + forMs;
    },
    close: () => server.close(),
  };
}
