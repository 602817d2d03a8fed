/**
 * How fast histories are read, and in what memory.
 *
 *   npm run build && node bench/checker/reading.mjs [operations]
 *
 * Writes a history of so many operations (a million unless given; two lines each) to the temporary directory, as JSONL and as
 * Jepsen's EDN, and reads each in a process of its own. Beside it stands a bare loop over the same JSONL: the file in pieces
 * of a megabyte, JSON.parse a line, nothing kept or checked. Prints seconds, the ratio, and the most memory that was taken.
 */
import { spawnSync } from 'node:child_process';
import { closeSync, mkdtempSync, openSync, readSync, rmSync, statSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { readHistory } from '../../dist/history/read-file.js';

const rounds = 3;

function* lines(operations, format) {
  let time = 0;
  for (let i = 0; i < operations; i++) {
    const process = i % 10;
    const [f, key, node] = [i % 3 === 0 ? 'write' : 'read', `k${i % 50}`, `n${(process % 5) + 1}`];
    const invocation = { index: 2 * i, time, type: 'invoke', process, f, key, value: f === 'write' ? i : null, node };
    const completion = { ...invocation, index: 2 * i + 1, time: time + 2345, type: 'ok', value: i };
    for (const operation of [invocation, completion]) yield format(operation);
    time += 1_234_567;
  }
}

const json = (operation) => `${JSON.stringify(operation)}\n`;

const edn = ({ index, time, type, process, f, key, value, node }) =>
  `{:index ${index}, :time ${time}, :type :${type}, :process ${process}, :f :${f}, :key "${key}", :value ${value ?? 'nil'}, :node "${node}"}\n`;

function write(path, operations, format) {
  const file = openSync(path, 'w');
  let batch = '';
  for (const line of lines(operations, format)) {
    batch += line;
    if (batch.length < 1 << 20) continue;
    writeSync(file, batch);
    batch = '';
  }
  writeSync(file, batch);
  closeSync(file);
}

function bareLoop(path) {
  const file = openSync(path, 'r');
  const chunk = Buffer.alloc(1 << 20);
  let rest = '';
  let count = 0;
  for (let size = readSync(file, chunk); size > 0; size = readSync(file, chunk)) {
    const texts = (rest + chunk.toString('utf8', 0, size)).split('\n');
    rest = texts.pop() ?? '';
    for (const text of texts) if (JSON.parse(text).index >= 0) count++;
  }
  closeSync(file);
  return count;
}

const readers = { 'bare JSON.parse': bareLoop, readHistory: (path) => readHistory(path).operations.length };

/** One measurement, in a process of its own. */
function measure(reader, path) {
  const startedMs = performance.now();
  const count = readers[reader](path);
  const seconds = (performance.now() - startedMs) / 1000;
  process.stdout.write(JSON.stringify({ count, seconds, maxRssMb: process.resourceUsage().maxRSS / 1024 }));
}

function measured(reader, path) {
  const runs = Array.from({ length: rounds }, () => {
    const { stdout, stderr, status } = spawnSync(process.execPath, [fileURLToPath(import.meta.url), reader, path]);
    if (status !== 0) throw new Error(String(stderr));
    return JSON.parse(String(stdout));
  });
  return runs.reduce((best, run) => (run.seconds < best.seconds ? run : best));
}

function compare(operations) {
  const folder = mkdtempSync(join(tmpdir(), 'raft-chaos-reading-'));
  try {
    const paths = { jsonl: join(folder, 'history.jsonl'), edn: join(folder, 'history.edn') };
    write(paths.jsonl, operations, json);
    write(paths.edn, operations, edn);
    const bare = measured('bare JSON.parse', paths.jsonl);
    const say = (title, { count, seconds, maxRssMb }, path) =>
      process.stdout.write(
        `${title.padEnd(28)} ${seconds.toFixed(2).padStart(6)} s  ${(seconds / bare.seconds).toFixed(2).padStart(5)} of the bare loop  ` +
          `${Math.round(maxRssMb)} MB at most  (${count} lines, ${Math.round(statSync(path).size / 1e6)} MB)\n`,
      );
    process.stdout.write(`${operations} operations, the best of ${rounds} runs, Node ${process.version}\n`);
    say('bare JSON.parse, JSONL', bare, paths.jsonl);
    say('readHistory, JSONL', measured('readHistory', paths.jsonl), paths.jsonl);
    say('readHistory, EDN', measured('readHistory', paths.edn), paths.edn);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

const [first, path] = process.argv.slice(2);
if (path === undefined) compare(Number(first ?? 1_000_000));
else measure(first, path);
