import { fork, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

/** Three processes of either system on this machine, their data in `directory`. */
const host = '127.0.0.1';

export async function startEtcd(directory) {
  const members = [];
  for (const id of ['n1', 'n2', 'n3']) members.push({ id, clientPort: await freePort(), peerPort: await freePort() });
  const initial = members.map(({ id, peerPort }) => `${id}=http://${host}:${peerPort}`).join(',');
  const processes = members.map(({ id, clientPort, peerPort }) =>
    spawn(
      'etcd',
      [
        ['--name', id, '--data-dir', join(directory, id), '--log-level', 'error', '--logger', 'zap'],
        [
          '--listen-client-urls',
          `http://${host}:${clientPort}`,
          '--advertise-client-urls',
          `http://${host}:${clientPort}`,
        ],
        [
          '--listen-peer-urls',
          `http://${host}:${peerPort}`,
          '--initial-advertise-peer-urls',
          `http://${host}:${peerPort}`,
        ],
        ['--initial-cluster', initial, '--initial-cluster-state', 'new'],
      ].flat(),
      { stdio: ['ignore', 'ignore', 'inherit'] },
    ),
  );
  const status = async ({ clientPort }) => {
    const answer = await fetch(`http://${host}:${clientPort}/v3/maintenance/status`, { method: 'POST', body: '{}' });
    return await answer.json();
  };
  try {
    const leaderAt = await until('etcd has a leader', async () => {
      const found = await Promise.all(members.map(status));
      const at = found.findIndex(({ header, leader }) => header.member_id === leader);
      return at < 0 ? null : at;
    });
    return cluster(members, processes, leaderAt);
  } catch (error) {
    await Promise.all(processes.map(stopProcess));
    throw error;
  }
}

/** Compacts as often as etcd does by default (`--snapshot-count` 100000, of which 5000 entries are kept). */
export async function startRaft(directory) {
  const members = await startMembers(directory, ['n1', 'n2', 'n3'], { snapshotEvery: 100_000, keptEntries: 5000 });
  return cluster(
    members,
    members.map(({ process }) => process),
    await leaderOf(members),
  );
}

/** Members of our library that this process can ask for their status, and start again with `restart`. */
export async function startMembers(directory, ids, compaction) {
  const ports = new Map();
  for (const id of ids) ports.set(id, { client: await freePort(), peer: await freePort() });
  const peers = Object.fromEntries([...ports].map(([id, { peer }]) => [id, `${host}:${peer}`]));
  return await Promise.all(
    [...ports].map(([id, { client: clientPort }]) => {
      const path = join(directory, id);
      mkdirSync(path, { recursive: true });
      return startMember({ id, peers, path, clientPort, compaction });
    }),
  );
}

async function startMember(settings) {
  const execArgv = [...process.execArgv, '--expose-gc'];
  const child = fork(join(import.meta.dirname, 'server.mjs'), [JSON.stringify(settings)], { execArgv });
  const ended = once(child, 'exit').then(() => Promise.reject(new Error(`${settings.id} has not started`)));
  const [ready] = await Promise.race([once(child, 'message'), ended]);
  ended.catch(() => {});
  return {
    id: settings.id,
    path: settings.path,
    clientPort: settings.clientPort,
    process: child,
    startMs: ready.startMs,
    /** `collected`: with its memory after a collection. */
    status: async ({ collected = false } = {}) => {
      child.send({ collected });
      const [answer] = await once(child, 'message');
      return answer;
    },
    stop: () => stopProcess(child),
    restart: () => startMember(settings),
  };
}

export function leaderOf(members) {
  return until('a member leads', async () => {
    const found = await Promise.all(members.map(({ status }) => status()));
    const at = found.findIndex(({ role }) => role === 'leader');
    return at < 0 ? null : at;
  });
}

/** `spread`: clients in turn at each node, from a follower on, so that a single client is one of a follower. */
function cluster(members, processes, leaderAt) {
  const addresses = members.map(({ clientPort }) => ({ host, port: clientPort }));
  const followers = addresses.filter((_, at) => at !== leaderAt);
  return {
    pids: processes.map(({ pid }) => pid),
    placements: { leader: [addresses[leaderAt]], spread: [...followers, addresses[leaderAt]] },
    stop: () => Promise.all(processes.map(stopProcess)),
  };
}

async function stopProcess(process) {
  if (process.exitCode !== null || process.signalCode !== null) return;
  const ended = once(process, 'exit');
  process.kill('SIGTERM');
  const kill = setTimeout(() => process.kill('SIGKILL'), 5000);
  await ended;
  clearTimeout(kill);
}

export async function until(what, ask, withinMs = 30_000) {
  const deadlineMs = performance.now() + withinMs;
  for (;;) {
    const answer = await ask().catch(() => null);
    if (answer !== null) return answer;
    if (performance.now() > deadlineMs) throw new Error(`not within ${withinMs / 1000} s: ${what}`);
    await sleep(100);
  }
}

function freePort() {
  return new Promise((resolve) => {
    const server = createServer();
    server.listen(0, host, () => {
      const { port } = server.address();
      server.close(() => resolve(port));
    });
  });
}
