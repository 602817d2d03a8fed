/**
 * How fast the simulation is, and what it keeps in memory: five nodes, 200 operations a second, every fault there is.
 *
 *   npm run build && node bench/sim/throughput.mjs
 *
 * Prints simulated over real time for runs of a minute, the first of which also compiles the code; their events a second
 * beside what the event queue alone does with empty events on this machine; and the memory of a run of ten minutes, in a
 * process of its own. Histories are written as text and dropped; no trace is kept.
 */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { Interrupt } from '../../dist/base/interrupt.js';
import { EventQueue } from '../../dist/base/memory/event-queue.js';
import { memoryWorld } from '../../dist/base/memory/world.js';
import { seededRandom } from '../../dist/base/random.js';
import { SimCluster } from '../../dist/cluster/sim.js';
import { executeRun } from '../../dist/controller/run.js';
import { HistoryWriter } from '../../dist/history/writer.js';
import { nemesisKinds } from '../../dist/nemesis/spec.js';

const nodes = ['n1', 'n2', 'n3', 'n4', 'n5'];

async function simulate(seed, minutes) {
  const options = {
    backend: 'docker',
    system: 'raft',
    nodes,
    workload: 'broadcast',
    nemeses: nemesisKinds.map(({ name }) => name),
    timeLimitMs: minutes * 60_000,
    rate: 200,
    concurrency: 10,
    opTimeoutMs: 5000,
    recoveryTimeoutMs: 30_000,
    bug: null,
    seed,
  };
  const world = memoryWorld(seed);
  const cluster = new SimCluster({ runId: `bench ${seed}`, nodes, bug: null, seed }, world);
  const run = { writer: null, historyBytes: 0 };
  const sink = {
    append: (text) => {
      run.historyBytes += text.length;
    },
    close: () => {},
  };
  const startedMs = performance.now();
  const ended = executeRun({
    options,
    cluster,
    interrupt: new Interrupt(),
    record: (operation) => run.writer?.append(operation),
    enter: () => {},
    begun: ({ originNs }) => {
      run.writer = new HistoryWriter(sink, cluster.clock, originNs);
    },
  });
  await world.clock.drive(ended);
  const realS = (performance.now() - startedMs) / 1000;
  const invocations = run.writer.operations.filter(({ type }) => type === 'invoke').length;
  return { ...run, world, cluster, invocations, realS, simulatedS: world.clock.nowNs() / 1e9 };
}

/** Events a second of the queue with as many events waiting as the simulation has, each of which does nothing. */
function bareQueueRate() {
  const queue = new EventQueue();
  const random = seededRandom(1);
  const count = 2_000_000;
  for (let i = 0; i < 128; i++) queue.push(random.integer(0, 1e6), null, () => {});
  const startedMs = performance.now();
  for (let i = 0; i < count; i++) {
    const event = queue.pop();
    event.action();
    queue.push(event.timeNs + random.integer(50_000, 500_000), null, () => {});
  }
  return count / ((performance.now() - startedMs) / 1000);
}

async function printSpeed() {
  const bare = bareQueueRate();
  print(`faults: ${nemesisKinds.map(({ name }) => name).join(', ')}`);
  print(`bare event queue: ${Math.round(bare)} events/s`);
  for (let seed = 1; seed <= 5; seed++) {
    const { world, invocations, realS, simulatedS } = await simulate(seed, 1);
    const rate = world.clock.eventCount / realS;
    print(
      `seed ${seed}: ${simulatedS.toFixed(0)} s in ${realS.toFixed(2)} s = ${(simulatedS / realS).toFixed(1)} times real time, ` +
        `${invocations} operations, ${Math.round(rate)} events/s = ${((100 * rate) / bare).toFixed(1)} % of the bare queue`,
    );
  }
}

/** In a process with `--expose-gc`: what is left in the heap is what the run holds, not what has not been collected. */
async function printMemory() {
  globalThis.gc();
  const heapBefore = process.memoryUsage().heapUsed;
  const { cluster, invocations, historyBytes, realS, simulatedS } = await simulate(1, 10);
  globalThis.gc();
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  print(
    `ten minutes: ${(simulatedS / realS).toFixed(1)} times real time, ${invocations} operations, ` +
      `peak RSS ${(process.resourceUsage().maxRSS / 1024).toFixed(0)} MiB; held at the end by the run of ${cluster.nodes.length} nodes: ` +
      `${Math.round((heapUsed - heapBefore) / invocations)} bytes of heap and ${Math.round(arrayBuffers / invocations)} of buffers ` +
      `an operation, for ${Math.round(historyBytes / invocations)} bytes of history`,
  );
}

function print(line) {
  process.stdout.write(`${line}\n`);
}

if (process.argv[2] === 'memory') {
  await printMemory();
} else {
  await printSpeed();
  await once(fork(import.meta.filename, ['memory'], { execArgv: ['--expose-gc'] }), 'exit');
}
