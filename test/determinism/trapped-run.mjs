// Makes a simulated run, compiled, in a process in which real time, randomness and I/O throw while the simulation is driven;
// prints the SHA-256 of its history. With `leak` a node of the simulation asks for the real time: the trap must close.
import { createHash } from 'node:crypto';
import fs from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import net from 'node:net';

const dist = new URL('../../dist/', import.meta.url);
const { createSimulation } = await import(new URL('controller/simulation.js', dist));
const { completeOptions } = await import(new URL('controller/options.js', dist));
const { executeRun } = await import(new URL('controller/run.js', dist));
const { HistoryWriter } = await import(new URL('history/writer.js', dist));
const { Interrupt } = await import(new URL('base/interrupt.js', dist));

const [seed, nemeses, leak] = process.argv.slice(2);
const options = completeOptions({ backend: 'sim', nemeses: nemeses.split(','), timeLimitMs: 20_000 }, Number(seed));
const hash = createHash('sha256');
const cluster = createSimulation(options, { traced: true });

const traps = [];
function trap(owner, name) {
  const real = owner[name];
  owner[name] = () => {
    throw new Error(`${name} was called inside the simulation`);
  };
  traps.push(() => {
    owner[name] = real;
  });
}
trap(Date, 'now');
trap(Math, 'random');
trap(performance, 'now');
trap(process, 'hrtime');
for (const name of ['setTimeout', 'setInterval', 'queueMicrotask', 'fetch']) trap(globalThis, name);
for (const name of ['openSync', 'writeSync', 'readFileSync', 'writeFileSync', 'open', 'readFile', 'mkdirSync'])
  trap(fs, name);
for (const name of ['connect', 'createServer', 'createConnection']) trap(net, name);
const RealDate = Date;
globalThis.Date = new Proxy(RealDate, {
  construct: (target, words) => {
    if (words.length === 0) throw new Error('Date was made inside the simulation');
    return new target(...words);
  },
});
syncBuiltinESMExports();

let failure = null;
try {
  let writer = null;
  if (leak === 'leak') cluster.clock.setTimer(5_000, () => Date.now());
  await cluster.drive(
    executeRun({
      options,
      cluster,
      interrupt: new Interrupt(),
      record: (operation) => writer?.append(operation),
      enter: () => {},
      begun: ({ originNs }) => {
        const sink = { append: (line) => void hash.update(line), close: () => {} };
        writer = new HistoryWriter(sink, cluster.clock, originNs);
      },
    }),
  );
} catch (error) {
  failure = error;
} finally {
  for (const release of traps) release();
  globalThis.Date = RealDate;
  syncBuiltinESMExports();
}
if (failure === null) process.stdout.write(`${hash.digest('hex')}\n`);
else {
  process.stdout.write(`${failure.message}\n`);
  process.exitCode = 1;
}
