/**
 * Our Raft library beside etcd 3.4, in turns on the same machine and disk: three processes each, every message durable on
 * a majority (real fdatasync) before it is answered, 100 bytes a message.
 *
 *   apt-get install --no-install-recommends etcd-server
 *   npm run build && node bench/raft/compare.mjs [--rounds 3] [--seconds 5] [--clients 1,64]
 *
 * Both are reached over sockets, by a generator in a process of its own, whose share of the processors is told: etcd by gRPC
 * (Put of a 100-byte value, etcd-client.mjs), ours by a length-prefixed protocol (broadcast of 100 bytes, server.mjs). Each
 * client has one connection and one request in flight. All clients are at the leader, or they are spread over the nodes.
 * etcd also keeps its keys in a B+ tree on the disk, which it syncs ten times a second; our state machine counts and hashes.
 * Only one of the two runs at a time, on new data in each round; a figure is the median of the rounds. The bare disk is
 * measured in every round too: one small write with its fdatasync.
 */
import { fork } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { startEtcd, startRaft } from './clusters.mjs';
import { bareDisk, machineSeconds, median, processorSeconds } from './machine.mjs';

const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '3' },
    seconds: { type: 'string', default: '5' },
    clients: { type: 'string', default: '1,64' },
  },
});
const rounds = Number(values.rounds);
const seconds = Number(values.seconds);
const clientCounts = values.clients.split(',').map(Number);
const placements = ['leader', 'spread'];
const systems = [
  { name: 'etcd', start: startEtcd },
  { name: 'raft-chaos', start: startRaft },
];
// On the file system of the checkout, which git ignores there.
const runs = join(import.meta.dirname, '../../runs');
mkdirSync(runs, { recursive: true });
const directory = mkdtempSync(join(runs, 'bench-raft-'));

const measured = [];
const disk = { appendMs: [], overwriteMs: [] };
try {
  for (let round = 0; round < rounds; round++) {
    const bare = bareDisk(directory, 300);
    for (const way of ['appendMs', 'overwriteMs']) disk[way].push(...bare[way]);
    for (const system of round % 2 === 0 ? systems : systems.toReversed()) await measureSystem(system, round);
  }
} finally {
  rmSync(directory, { recursive: true, force: true });
}
report();

async function measureSystem({ name, start }, round) {
  const own = join(directory, `${name}-${round}`);
  mkdirSync(own);
  const cluster = await start(own);
  try {
    // Both as they are when they have run for a while: the first seconds of ours would be those of a compiler.
    await measure(name, cluster.pids, cluster.placements.spread, Math.max(...clientCounts), {
      warmUpSeconds: 4,
      seconds: 0,
    });
    for (const clients of clientCounts) {
      for (const placement of placements) {
        const result = await measure(name, cluster.pids, cluster.placements[placement], clients, {
          warmUpSeconds: 1,
          seconds,
        });
        measured.push({ name, clients, placement, ...result });
        process.stderr.write(`round ${round + 1}: ${name}, ${clients} at ${placement}: ${Math.round(result.rate)}/s\n`);
      }
    }
  } finally {
    await cluster.stop();
    rmSync(own, { recursive: true, force: true });
  }
}

/** One run of the generator, with the processor time of it, of the servers and of all else on the machine meanwhile. */
function measure(system, pids, addresses, clients, lasting) {
  const settings = { system, addresses, clients, bytes: 100, ...lasting };
  const generator = fork(join(import.meta.dirname, 'generator.mjs'), [JSON.stringify(settings)]);
  const spent = () => {
    const ofServers = pids.map(processorSeconds).reduce((sum, each) => sum + each, 0);
    return { servers: ofServers, generator: processorSeconds(generator.pid), machine: machineSeconds() };
  };
  return new Promise((resolve, reject) => {
    let before = null;
    let result = null;
    generator.on('message', (message) => {
      if (message.kind === 'begin') {
        before = spent();
        return;
      }
      const after = spent();
      const serversS = after.servers - before.servers;
      const generatorS = after.generator - before.generator;
      const othersS = Math.max(0, after.machine - before.machine - serversS - generatorS);
      const serversUs = (1e6 * serversS) / message.measured.operations;
      result = { ...message.measured, serversS, serversUs, generatorS, othersS };
    });
    generator.on('exit', () => (result === null ? reject(new Error(`the load of ${system} broke`)) : resolve(result)));
  });
}

function report() {
  print(
    `${availableParallelism()} processors, the median of ${rounds} rounds of ${seconds} s, in turns; messages of 100 bytes\n`,
  );
  for (const [way, timesMs] of [
    ['at the end of a growing file', disk.appendMs],
    ['inside a file', disk.overwriteMs],
  ]) {
    const sorted = timesMs.toSorted((a, b) => a - b);
    const p99 = sorted[Math.floor(0.99 * sorted.length)];
    print(`bare disk: write and fdatasync ${way}: p50 ${median(sorted).toFixed(2)} ms, p99 ${p99.toFixed(2)} ms`);
  }
  print(
    '\n| clients | at | system | operations/s | p50, ms | p99, ms | servers, processor s | a message, µs | generator, s | others, s | failed |',
  );
  print('| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |');
  for (const clients of clientCounts) for (const placement of placements) reportCase(clients, placement);
  print('');
  for (const clients of clientCounts) for (const placement of placements) reportRatio(clients, placement);
}

function reportCase(clients, placement) {
  for (const { name } of systems) {
    const of = (figure) => medianOf(name, clients, placement, figure);
    const latencies = [of('p50Ms'), of('p99Ms')].map((ms) => ms.toFixed(2));
    const [servers, generator, others] = [of('serversS'), of('generatorS'), of('othersS')].map((s) => s.toFixed(2));
    const processors = [servers, Math.round(of('serversUs')), generator, others];
    const row = [clients, placement, name, Math.round(of('rate')), ...latencies, ...processors, of('failed')];
    print(`| ${row.join(' | ')} |`);
  }
}

function reportRatio(clients, placement) {
  const ratio = (figure) => {
    const [etcd, ours] = systems.map(({ name }) => medianOf(name, clients, placement, figure));
    return (ours / etcd).toFixed(2);
  };
  const figures = `operations/s ${ratio('rate')}, p50 ${ratio('p50Ms')}, p99 ${ratio('p99Ms')}`;
  print(`ours to etcd's, ${clients} at ${placement}: ${figures}`);
}

function medianOf(name, clients, placement, figure) {
  const cases = measured.filter((it) => it.name === name && it.clients === clients && it.placement === placement);
  return median(cases.map((it) => it[figure]));
}

function print(line) {
  process.stdout.write(`${line}\n`);
}
