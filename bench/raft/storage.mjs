/**
 * How fast the storage is on this machine's disk.
 *
 *   npm run build && node bench/raft/storage.mjs [directory]
 *
 * Prints how long a log of a million entries of 100 bytes takes to be read back, groups of one entry and of 512, and what
 * stays in memory; group commits a second, one after the other, beside bare writes of as many bytes with fdatasync; and
 * what the checksum does. The directory is made, in the temporary one unless it is given, and removed.
 */
import { closeSync, fdatasync, mkdtempSync, openSync, readdirSync, rmSync, statSync, write } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { crc32c } from '../../dist/base/crc32c.js';
import { realClock } from '../../dist/base/real/clock.js';
import { realDisk } from '../../dist/base/real/disk.js';
import { FileStorage } from '../../dist/raft/storage/file-storage.js';

const root = mkdtempSync(join(process.argv[2] ?? tmpdir(), 'raft-chaos-storage-'));
const payload = new Uint8Array(100).fill(120);
const entry = () => ({ kind: 'message', term: 1, payload, stamp: null });

const say = (line) => process.stdout.write(`${line}\n`);

const promised = (call) =>
  new Promise((resolve, reject) => call((outcome) => (outcome.ok ? resolve(outcome.value) : reject(outcome.error))));

async function opened(directory, durable = () => {}) {
  const storage = new FileStorage(realClock(), realDisk(root), directory);
  const failed = (error) => {
    throw error;
  };
  const recovered = await promised((done) => storage.open({ durable: (number) => durable(number), failed }, done));
  return { storage, recovered };
}

const secondsOf = async (work) => {
  const startedMs = performance.now();
  await work();
  return (performance.now() - startedMs) / 1000;
};

const writeOf = (number, count) => {
  const entries = Array.from({ length: count }, entry);
  return { write: number, term: 1, votedFor: 'a', restartAfter: null, truncateFrom: null, entries };
};

/** A log of so many writes, given together: they are committed in groups of a megabyte. */
async function fill(directory, writes, entriesPerWrite) {
  let resolve;
  const all = new Promise((done) => {
    resolve = done;
  });
  const { storage } = await opened(directory, (number) => number === writes && resolve());
  for (let number = 1; number <= writes; number++) storage.append(writeOf(number, entriesPerWrite));
  const seconds = await secondsOf(() => all);
  await promised((done) => storage.close(done));
  return seconds;
}

async function startUp(title, writes, entriesPerWrite) {
  const seconds = await fill(title, writes, entriesPerWrite);
  const names = readdirSync(join(root, title)).filter((name) => name.endsWith('.wal'));
  const megabytes = names.reduce((sum, name) => sum + statSync(join(root, title, name)).size, 0) / 1e6;
  say(`written, ${title}: ${megabytes.toFixed(0)} MB in ${names.length} files, ${seconds.toFixed(2)} s`);
  for (let round = 0; round < 3; round++) {
    globalThis.gc?.();
    let found;
    const took = await secondsOf(async () => {
      found = await opened(title);
    });
    globalThis.gc?.();
    const { heapUsed, arrayBuffers } = process.memoryUsage();
    const memory = `heap ${(heapUsed / 1e6).toFixed(0)} MB, buffers ${(arrayBuffers / 1e6).toFixed(0)} MB`;
    say(`started, ${title}: ${found.recovered.durable.entries.length} entries in ${took.toFixed(2)} s (${memory})`);
    await promised((done) => found.storage.close(done));
  }
}

async function commits(count) {
  let durable = () => {};
  const { storage } = await opened('commits', () => durable());
  const each = (number) =>
    new Promise((resolve) => {
      durable = resolve;
      storage.append(writeOf(number, 1));
    });
  const seconds = await secondsOf(async () => {
    for (let number = 1; number <= count; number++) await each(number);
  });
  await promised((done) => storage.close(done));
  return count / seconds;
}

async function bareSyncs(count) {
  const file = openSync(join(root, 'bare'), 'w');
  const bytes = new Uint8Array(180).fill(1);
  const each = (at) =>
    new Promise((resolve) => write(file, bytes, 0, bytes.length, at * bytes.length, () => fdatasync(file, resolve)));
  const seconds = await secondsOf(async () => {
    for (let at = 0; at < count; at++) await each(at);
  });
  closeSync(file);
  return count / seconds;
}

function checksum() {
  const bytes = new Uint8Array(64 * 1024 * 1024).fill(7);
  const rates = [];
  for (let round = 0; round < 5; round++) {
    const startedMs = performance.now();
    for (let at = 0; at < bytes.length; at += 496) crc32c(bytes, at, Math.min(bytes.length, at + 496));
    rates.push(bytes.length / 1000 / (performance.now() - startedMs));
  }
  return Math.max(...rates);
}

try {
  say(`checksum: ${checksum().toFixed(0)} MB/s, in pieces of 496 bytes`);
  for (let round = 0; round < 3; round++) {
    const [bare, logged] = [await bareSyncs(2000), await commits(2000)];
    say(`group commits: ${logged.toFixed(0)}/s; bare write and fdatasync: ${bare.toFixed(0)}/s`);
  }
  await startUp('a-million-writes', 1_000_000, 1);
  await startUp('writes-of-512', 1954, 512);
} finally {
  rmSync(root, { recursive: true });
}
