/**
 * What our Raft library does in the long run: three processes on one machine, messages of 100 bytes, a state machine of
 * constant size.
 *
 *   npm run build && node bench/raft/long-run.mjs [--messages 1000000] [--behind 200000] [--seconds 10]
 *
 * 1. Memory of each node every tenth of the messages, with compaction: it must stay flat. The heap is what is left after a
 *    collection.
 * 2. How long a node takes to start that holds all the messages, none of them compacted.
 * 3. How long a follower takes to catch up that was stopped for `--behind` messages, so that it needs a snapshot, and what
 *    that costs the clients meanwhile, beside the same clients before.
 */
import { mkdirSync, mkdtempSync, rmSync, statSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { leaderOf, startMembers, until } from './clusters.mjs';
import { startLoad } from './load.mjs';
import { raftClient } from './raft-client.mjs';

const { values } = parseArgs({
  options: {
    messages: { type: 'string', default: '1000000' },
    behind: { type: 'string', default: '200000' },
    seconds: { type: 'string', default: '10' },
  },
});
const messages = Number(values.messages);
const behind = Number(values.behind);
const baselineSeconds = Number(values.seconds);
const compaction = { snapshotEvery: 50_000, keptEntries: 5000 };
const ids = ['n1', 'n2', 'n3'];
const longMs = 30 * 60_000;

// On the file system of the checkout, which git ignores there.
const runs = join(import.meta.dirname, '../../runs');
mkdirSync(runs, { recursive: true });
const directory = mkdtempSync(join(runs, 'bench-raft-long-'));
try {
  await memoryWhileRunning();
  await restartOfWholeLog();
  await catchingUp();
} finally {
  rmSync(directory, { recursive: true, force: true });
}

async function memoryWhileRunning() {
  print(
    `memory over ${messages} messages, compacted every ${compaction.snapshotEvery}; MiB of RSS / heap / buffers, and of disk`,
  );
  const members = await startMembers(join(directory, 'memory'), ids, compaction);
  const leader = members[await leaderOf(members)];
  const load = await startLoad(raftClient, [addressOf(leader)], 256, Buffer.alloc(100, 'x'));
  load.begin();
  for (let mark = messages / 10; mark <= messages; mark += messages / 10) {
    await Promise.race([reached(leader, mark), load.broken]);
    const columns = [];
    for (const member of members) columns.push(`${member.id} ${await memoryOf(member)}`);
    print(`${String(mark).padStart(8)}: ${columns.join('   ')}`);
  }
  const { rate } = load.end();
  await load.stop();
  const { count } = await leader.status();
  for (const member of members) await reached(member, count);
  const states = await Promise.all(members.map(({ status }) => status()));
  const same = states.every(({ count, hash }) => count === states[0].count && hash === states[0].hash);
  print(`${Math.round(rate)} messages/s with 256 clients; the three state machines ${same ? 'agree' : 'DIFFER'}\n`);
  await Promise.all(members.map(({ stop }) => stop()));
}

async function restartOfWholeLog() {
  const [member] = await startMembers(join(directory, 'restart'), ['n1'], null);
  await leaderOf([member]);
  const load = await startLoad(raftClient, [addressOf(member)], 256, Buffer.alloc(100, 'x'));
  await Promise.race([reached(member, messages), load.broken]);
  await load.stop();
  const before = await member.status();
  await member.stop();
  const startedMs = performance.now();
  const again = await member.restart();
  await reached(again, before.count);
  const appliedMs = performance.now() - startedMs;
  const after = await again.status();
  print(
    `start of a node that holds ${before.count} messages, none compacted: ${seconds(again.startMs)} until it has started,`,
  );
  const same = after.count === before.count && after.hash === before.hash;
  print(
    `${seconds(appliedMs)} from the start of its process until all are applied again; its state ${same ? 'is the same' : 'DIFFERS'}`,
  );
  print(`its memory, MiB of RSS / heap / buffers, and of disk: ${await memoryOf(again)}\n`);
  await again.stop();
}

async function catchingUp() {
  const members = await startMembers(join(directory, 'catch-up'), ids, compaction);
  const leaderAt = await leaderOf(members);
  const leader = members[leaderAt];
  const followers = members.filter((_, at) => at !== leaderAt);
  const load = await startLoad(raftClient, [addressOf(leader)], 64, Buffer.alloc(100, 'x'));
  const during = (work) => Promise.race([work, load.broken]);
  await during(sleep(3000));

  load.begin();
  await during(sleep(baselineSeconds * 1000));
  const before = load.end();

  await followers[0].stop();
  const { count } = await leader.status();
  load.begin();
  await during(reached(leader, count + behind));
  const without = load.end();

  const { count: due } = await leader.status();
  load.begin();
  const startedMs = performance.now();
  const again = await followers[0].restart();
  await during(reached(again, due));
  const caughtUpMs = performance.now() - startedMs;
  const meanwhile = load.end();
  await load.stop();

  print(`a follower ${behind} messages behind has caught up ${seconds(caughtUpMs)} after the start of its process`);
  for (const [when, { rate, p50Ms, p99Ms, failed }] of Object.entries({ before, without, meanwhile })) {
    print(
      `${when.padStart(9)}: ${Math.round(rate)} messages/s, p50 ${p50Ms.toFixed(1)} ms, p99 ${p99Ms.toFixed(1)} ms, ${failed} failed`,
    );
  }
  await Promise.all([leader, followers[1], again].map(({ stop }) => stop()));
}

function reached(member, count) {
  return until(`${count} messages`, async () => ((await member.status()).count >= count ? true : null), longMs);
}

async function memoryOf(member) {
  const { memory } = await member.status({ collected: true });
  const disk = await diskBytes(member.path);
  return [memory.rss, memory.heapUsed, memory.arrayBuffers, disk]
    .map((bytes) => (bytes / 2 ** 20).toFixed(0))
    .join(' / ');
}

async function diskBytes(path) {
  const entries = await readdir(path, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile()).map(({ parentPath, name }) => join(parentPath, name));
  return files.reduce((sum, file) => sum + (statSync(file, { throwIfNoEntry: false })?.size ?? 0), 0);
}

function addressOf({ clientPort }) {
  return { host: '127.0.0.1', port: clientPort };
}

function seconds(ms) {
  return `${(ms / 1000).toFixed(2)} s`;
}

function print(line) {
  process.stdout.write(`${line}\n`);
}
