// Our model checker beside raft-lite's (Rust, stateright), in turns on the same machine: states a second, and time to the
// same depth. Needs cargo, and `npm run build`.
//
//   node bench/model/compare.mjs [--depth 10] [--rounds 5]
import { execFileSync } from 'node:child_process';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';

const { values } = parseArgs({
  options: { depth: { type: 'string', default: '10' }, rounds: { type: 'string', default: '5' } },
});
const here = import.meta.dirname;
const program = join(here, '../../dist/cli/main.js');
execFileSync('cargo', ['build', '--release', '--quiet'], { cwd: join(here, 'raft-lite'), stdio: 'inherit' });

const ours = ['node', program, 'model', 'check', '--compat', 'raft-lite', '--depth', values.depth, '--json'];
const contenders = [
  { name: 'raft-lite 0.2.7 (Rust)', command: [join(here, 'raft-lite/target/release/raft-lite-check'), values.depth] },
  { name: 'raft-chaos', command: ours },
  { name: 'raft-chaos, symmetry', command: [...ours, '--symmetry'] },
];
const measured = contenders.map(() => []);
for (let round = 0; round < Number(values.rounds); round++) {
  for (const [at, { command }] of contenders.entries()) measured[at].push(measure(command));
}

print(`depth ${values.depth}, ${availableParallelism()} cores, the median of ${values.rounds} rounds in turns\n`);
print('| | states | unique | search, s | whole process, s | processor, s | states/s | states/processor s |');
print('| --- | --- | --- | --- | --- | --- | --- | --- |');
const medians = measured.map((runs) => ({
  states: median(runs.map((run) => run.states)),
  unique: median(runs.map((run) => run.unique)),
  seconds: median(runs.map((run) => run.seconds)),
  wall: median(runs.map((run) => run.wall)),
  processor: median(runs.map((run) => run.processor)),
}));
for (const [at, { states, unique, seconds, wall, processor }] of medians.entries()) {
  const times = [seconds, wall, processor].map((time) => time.toFixed(2));
  const rates = [states / seconds, states / processor].map((rate) => Math.round(rate).toLocaleString('en'));
  print(`| ${[contenders[at].name, states, unique, ...times, ...rates].join(' | ')} |`);
}
const [rust, plain, symmetric] = medians;
const ratio = (a, b) => (a / b).toFixed(2);
print(`\nstates a second, ours to raft-lite's: ${ratio(plain.states / plain.seconds, rust.states / rust.seconds)}`);
print(
  `the same for each second of a processor: ${ratio(plain.states / plain.processor, rust.states / rust.processor)}`,
);
print(`time to the depth, ours with symmetry to raft-lite's: ${ratio(symmetric.seconds, rust.seconds)}`);
print(`the same with starting and ending the process: ${ratio(symmetric.wall, rust.wall)}`);
print(`the same without symmetry: ${ratio(plain.seconds, rust.seconds)}`);

/** What a command says of itself, with its time and that of the processors, which the shell's `times` tells. */
function measure(command) {
  const started = process.hrtime.bigint();
  const output = execFileSync('sh', ['-c', '"$@"; echo; times', 'sh', ...command], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'ignore'],
    maxBuffer: 2 ** 28,
  });
  const wall = Number(process.hrtime.bigint() - started) / 1e9;
  const lines = output.trim().split('\n');
  const processor = [...lines.at(-1).matchAll(/(\d+)m([\d.]+)s/g)].reduce(
    (sum, [, m, s]) => sum + 60 * m + Number(s),
    0,
  );
  return { ...JSON.parse(lines.slice(0, -2).join('\n')), wall, processor };
}

function median(numbers) {
  const sorted = [...numbers].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)];
}

function print(line) {
  process.stdout.write(`${line}\n`);
}
