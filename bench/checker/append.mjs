/**
 * How fast list-append histories are judged, witnesses included, beside what Elle needs of the same histories.
 *
 *   npm run build && node bench/checker/append.mjs [--large] [--rounds 5]
 *
 * The histories are made by generate-append.mjs of the corpus (RAFT_CHAOS_CORPUS, or ../shared/corpus beside the checkout),
 * and each is judged in a process of its own. Elle's figures (commit 0b49a46, Java 17, two cores, 2026-11-23, reading excluded) were
 * measured elsewhere; they are the corpus's. Reading is told apart. `--large` adds a million transactions, once from an
 * array of operations, and once by the command `raft-chaos check`, which judges them as it reads, its start-up included;
 * beside it stands what reading alone takes.
 */
import { execFileSync, fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { checkListAppend } from '../../dist/checker/index.js';
import { readHistory, takeHistory } from '../../dist/history/read-file.js';

const root = join(import.meta.dirname, '../..');
const generator = join(process.env['RAFT_CHAOS_CORPUS'] ?? join(root, '../shared/corpus'), 'generate-append.mjs');

const elle = {
  serializable: { first: 12.7, later: 7.2, found: 'valid' },
  snapshot: { first: 13.4, later: 5.1, found: '206 G2-item, 259 G2-item-realtime' },
  million: { first: 94, later: null, found: 'valid; 15.7 GB' },
};

const say = (line) => process.stdout.write(`${line}\n`);
const seconds = (ms) => (ms / 1000).toFixed(2);

/** Times the work, on the clock and on the processors, garbage collection included. */
function timed(work) {
  const [cpu, start] = [process.cpuUsage(), performance.now()];
  const result = work();
  const { user, system } = process.cpuUsage(cpu);
  return { result, wallMs: performance.now() - start, cpuMs: (user + system) / 1000 };
}

/** A component of so many transactions, each of which did not see the next one's append. */
function ring(count) {
  return Array.from({ length: count }, (_, at) => {
    const value = (read) => [
      ['append', at, 1],
      ['r', (at + 1) % count, read],
    ];
    const operation = { process: at % 20, f: 'txn' };
    return [
      { ...operation, index: 2 * at, type: 'invoke', value: value(null) },
      { ...operation, index: 2 * at + 1, type: 'ok', value: value([]) },
    ];
  }).flat();
}

/** Takes a history and keeps none of it. */
function passOver(path) {
  let count = 0;
  takeHistory(path, 'auto', say, ({ operations }) => {
    for (const _ of operations) count++;
  });
  return count;
}

/** What one process measures. */
async function measure({ kind, path, rounds, count }) {
  if (kind === 'reading') return { cpuMs: timed(() => passOver(path)).cpuMs };
  if (kind === 'command') {
    const { runCommandLine } = await import('../../dist/cli/program.js');
    const status = await runCommandLine(['check', path]);
    const { userCPUTime, systemCPUTime, maxRSS } = process.resourceUsage();
    const cpuMs = (userCPUTime + systemCPUTime) / 1000;
    return { status, wallMs: performance.now(), cpuMs, peakMb: Math.round(maxRSS / 1000) };
  }
  const read = timed(() => (kind === 'ring' ? ring(count) : readHistory(path).operations));
  const checks = [];
  let last;
  for (let round = 0; round < rounds; round++) {
    last = timed(() => checkListAppend(read.result));
    checks.push({ wallMs: last.wallMs, cpuMs: last.cpuMs });
  }
  return { readMs: read.wallMs, checks, ...told(last.result) };
}

function told({ valid, reason, stats }) {
  const peakMb = Math.round(process.resourceUsage().maxRSS / 1000);
  return { valid, reason, largest: stats.largestComponent, peakMb };
}

async function inOwnProcess(job) {
  const child = fork(import.meta.filename, ['--child'], {
    execArgv: ['--max-old-space-size=3000'],
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
  child.send(job);
  const [measured] = await once(child, 'message');
  await once(child, 'exit');
  return measured;
}

function print(name, { readMs, checks, valid, reason, peakMb, largest }, reference) {
  const [first] = checks;
  const later = checks.slice(1).toSorted((a, b) => a.wallMs - b.wallMs);
  const best = later[0] ?? first;
  say(`\n${name}: ${valid === true ? 'valid' : reason}; largest component ${largest}`);
  say(
    `  reading ${seconds(readMs)} s; first check ${seconds(first.wallMs)} s (processors ${seconds(first.cpuMs)} s); peak memory ${peakMb} MB`,
  );
  if (later.length > 0)
    say(`  later checks, the best of ${later.length}: ${seconds(best.wallMs)} s (processors ${seconds(best.cpuMs)} s)`);
  if (reference === undefined) return;
  const theirs = reference.later ?? reference.first;
  const runs =
    reference.later === null ? `${reference.first} s` : `first ${reference.first} s, later ${reference.later} s`;
  say(
    `  Elle: ${runs} (${reference.found}): ${(theirs / (best.wallMs / 1000)).toFixed(1)} times as long as the best here`,
  );
}

async function main() {
  const { values } = parseArgs({
    options: { large: { type: 'boolean', default: false }, rounds: { type: 'string', default: '5' } },
  });
  const rounds = Number(values.rounds) + 1;
  const directory = mkdtempSync(join(tmpdir(), 'raft-chaos-append-'));
  const generated = (name, ...words) => {
    const path = join(directory, name);
    execFileSync('sh', ['-c', `"$@" > "${path}"`, 'sh', process.execPath, generator, ...words], {
      stdio: ['ignore', 'ignore', 'inherit'],
    });
    return path;
  };
  try {
    const serializable = generated('serializable.jsonl', '100000', '20');
    const snapshot = generated('snapshot.jsonl', '100000', '20', '--isolation', 'snapshot');
    print('100,000 transactions, serializable', await inOwnProcess({ path: serializable, rounds }), elle.serializable);
    print('100,000 transactions, snapshot isolation', await inOwnProcess({ path: snapshot, rounds }), elle.snapshot);
    print('10,000 transactions in one circle', await inOwnProcess({ kind: 'ring', count: 10_000, rounds: 3 }));
    if (!values.large) return;
    const million = generated('million.jsonl', '1000000', '20');
    print('1,000,000 transactions, serializable', await inOwnProcess({ path: million, rounds: 2 }), elle.million);
    const reading = await inOwnProcess({ kind: 'reading', path: million });
    const command = await inOwnProcess({ kind: 'command', path: million });
    say(
      `\nraft-chaos check of the same, in all: exit status ${command.status} after ${seconds(command.wallMs)} s ` +
        `(processors ${seconds(command.cpuMs)} s, of which reading alone takes ${seconds(reading.cpuMs)} s); peak memory ${command.peakMb} MB`,
    );
  } finally {
    rmSync(directory, { recursive: true });
  }
}

if (process.argv.includes('--child')) {
  process.once('message', async (job) => process.send(await measure(job), () => process.disconnect()));
} else {
  await main();
}
