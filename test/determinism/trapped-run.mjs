// Makes a simulated run, compiled, in a process in which real time, randomness and I/O are trapped while the simulation is
// driven; prints the SHA-256 of its history. What is caught fails it, whatever becomes of the error that the trap throws.
// The third argument names something real that a node calls, in its own name, when it is started again.
import crypto from 'node:crypto';
import fs from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import net from 'node:net';

const dist = new URL('../../dist/', import.meta.url);
const { completeOptions } = await import(new URL('controller/options.js', dist));
const { simulateRun } = await import(new URL('controller/simulation.js', dist));

const [seed, nemeses, leak] = process.argv.slice(2);
const options = completeOptions({ backend: 'sim', nemeses: nemeses.split(','), timeLimitMs: 20_000 }, Number(seed));

const caught = [];
const releases = [];
const trapped = new Map();

function trap(owner, ...names) {
  for (const name of names) {
    const real = owner[name];
    const there = Object.getOwnPropertyDescriptor(owner, name);
    const value = (...words) => {
      // The checkers, which come after the run, may ask how long they take.
      if (!driven) return real.apply(owner, words);
      caught.push(name);
      throw new Error(`${name} is trapped`);
    };
    Object.defineProperty(owner, name, { value, configurable: true, writable: true });
    trapped.set(name, () => owner[name]());
    releases.push(() => {
      if (there === undefined) delete owner[name];
      else Object.defineProperty(owner, name, there);
    });
  }
}

let driven = true;
trap(Date, 'now');
trap(Math, 'random');
trap(performance, 'now');
trapped.set('now', () => Date.now());
trap(process, 'hrtime', 'nextTick');
trap(globalThis, 'setTimeout', 'setInterval', 'queueMicrotask', 'fetch');
trap(crypto, 'randomBytes', 'randomUUID', 'randomInt');
trap(globalThis.crypto, 'getRandomValues', 'randomUUID');
trap(fs, 'openSync', 'writeSync', 'readFileSync', 'writeFileSync', 'mkdirSync', 'open', 'readFile', 'writeFile');
trap(fs.promises, 'open', 'writeFile');
trap(net, 'connect', 'createServer', 'createConnection');
const RealDate = Date;
globalThis.Date = new Proxy(RealDate, {
  apply: () => new Date(),
  construct: (target, words) => {
    if (words.length === 0 && driven) caught.push('Date');
    return new target(...words);
  },
});
trapped.set('Date', () => new Date());
syncBuiltinESMExports();

/** A leak in a node that is started again: whoever reads its log or not, it has happened. */
function plant(cluster) {
  if (leak === undefined) return;
  const restart = cluster.restart.bind(cluster);
  cluster.restart = async (node) => {
    try {
      trapped.get(leak)();
    } catch {
      // As a node would die of it, and be taken for crashed.
    }
    return restart(node);
  };
}

const { historySha256 } = await simulateRun(options, {
  prepare: (cluster) => {
    const drive = cluster.drive.bind(cluster);
    cluster.drive = (scenario) =>
      drive(scenario).finally(() => {
        driven = false;
      });
    plant(cluster);
  },
});
for (const release of releases) release();
globalThis.Date = RealDate;
syncBuiltinESMExports();

if (caught.length === 0) process.stdout.write(`${historySha256}\n`);
else {
  process.stdout.write(`${[...new Set(caught)].join(', ')} was called inside the simulation\n`);
  process.exitCode = 1;
}
