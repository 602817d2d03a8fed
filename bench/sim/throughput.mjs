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
import { seededRandom } from '../../dist/base/random.js';
import { completeOptions } from '../../dist/controller/options.js';
import { executeRun } from '../../dist/controller/run.js';
import { createSimulation } from '../../dist/controller/simulation.js';
import { HistoryWriter } from '../../dist/history/writer.js';
import { nemesisKinds } from '../../dist/nemesis/spec.js';

const nemeses = nemesisKinds.map(({ name }) => name);

async function simulate(seed, minutes) {
  const options = completeOptions({ backend: 'sim', nemeses, rate: 200, timeLimitMs: minutes * 60_000 }, seed);
  const cluster = createSimulation(options, { traced: false });
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
  await cluster.drive(ended);
  const realS = (performance.now() - startedMs) / 1000;
  const invocations = run.writer.operations.filter(({ type }) => type === 'invoke').length;
  return { ...run, cluster, invocations, realS, simulatedS: cluster.clock.nowNs() / 1e9 };
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
  print(`faults: ${nemeses.join(', ')}`);
  print(`bare event queue: ${Math.round(bare)} events/s`);
  for (let seed = 1; seed <= 5; seed++) {
    const { cluster, invocations, realS, simulatedS } = await simulate(seed, 1);
    const rate = cluster.clock.eventCount / realS;
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
