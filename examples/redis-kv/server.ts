/**
 * A replicated store that speaks the protocol of Redis: one node of it. Build the package (`npm run build`), then start
 * three of these, each with another name, directory and address for clients, and talk to any with redis-cli:
 *
 *   node dist/examples/redis-kv/server.js --id n1 --data /tmp/kv/n1 --listen 127.0.0.1:6381 \
 *     --peers n1=127.0.0.1:7381,n2=127.0.0.1:7382,n3=127.0.0.1:7383
 *
 * See README.md beside this file.
 */
import { createServer } from 'node:net';
import { type Compaction, defaultTiming, Raft, type RaftConfig } from 'raft-chaos/raft';
import { type Service, serveClient } from './connection.ts';
import { infoReply } from './info.ts';
import { StoreMachine } from './machine.ts';
import { Replica } from './replica.ts';
import { BadSettings, type Settings, settingsFrom, usage } from './settings.ts';

async function main(): Promise<void> {
  const settings = settingsFrom(process.argv.slice(2), process.env);
  const machine = new StoreMachine();
  const raft = new Raft(configOf(settings, machine));
  await raft.start();
  const replica = new Replica(raft, machine, { commandTimeoutMs: settings.commandTimeoutMs ?? 10_000, tickMs: 250 });
  const service: Service = { replica, info: (section) => infoReply(raft.status(), machine.store, section) };
  const server = createServer({ noDelay: true }, (socket) => serveClient(socket, service));
  const { host, port } = settings.listen;
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, resolve);
  });
  say(`${settings.id} is ready: clients on ${host}:${port}, peers on ${settings.peers[settings.id]}`);
  const stop = (): void => {
    server.close();
    replica.stop();
    raft.stop().then(() => process.exit(0), fail);
  };
  process.once('SIGTERM', stop);
  process.once('SIGINT', stop);
}

function configOf(settings: Settings, machine: StoreMachine): RaftConfig {
  const { id, peers, dataDirectory, electionTimeoutMs, heartbeatIntervalMs, snapshotEvery } = settings;
  return {
    self: id,
    peers,
    path: dataDirectory,
    clusterId: 'redis-kv',
    stateMachine: machine,
    params: {
      electionTimeoutMs: electionTimeoutMs ?? defaultTiming.electionTimeoutMs,
      heartbeatIntervalMs: heartbeatIntervalMs ?? defaultTiming.heartbeatIntervalMs,
    },
    ...(snapshotEvery === null ? {} : { compaction: compactionOf(snapshotEvery) }),
    onNotice: say,
    onFailure: fail,
  };
}

function compactionOf(snapshotEvery: number | 'never'): Compaction | null {
  if (snapshotEvery === 'never') return null;
  return { snapshotEvery, keptEntries: Math.floor(snapshotEvery / 5) };
}

function say(line: string): void {
  console.log(`${new Date().toISOString()} ${line}`);
}

function fail(error: unknown): void {
  if (error instanceof BadSettings) console.error(`${error.message}\n${usage}`);
  else say(`stopped: ${error instanceof Error ? error.message : error}`);
  process.exit(error instanceof BadSettings ? 2 : 1);
}

main().catch(fail);
