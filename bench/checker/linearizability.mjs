/**
 * How long the linearizability checker takes, beside Porcupine on the same histories in the same run.
 *
 *   npm run build && node bench/checker/linearizability.mjs [--rounds 5] [--only WORD] [--corpus ../shared/corpus]
 *
 * Each history is checked in a process of its own, some times over: `first` includes compiling the code, `best` is what a
 * program that judges many histories gets. Reading the file is not counted, and stands in a column of its own. Porcupine
 * (`bench/checker/porcupine`, built here with Go where there is one, over the Go module proxy) is given the same operations
 * and 20 seconds (where it gave up on a tenth of the operations, it is not asked). Without Go its figures are those that the corpus's README reports of another day: worth a glance only.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs';
import { loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';

const root = join(import.meta.dirname, '../..');
const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '5' },
    only: { type: 'string', default: '' },
    corpus: { type: 'string', default: process.env['RAFT_CHAOS_CORPUS'] || join(root, '../shared/corpus') },
    child: { type: 'string' },
    model: { type: 'string' },
  },
});
const rounds = Number(values.rounds);
const timeoutSeconds = 20;

/** What is made by the corpus's generator; `published`: Porcupine's milliseconds in the corpus's README. */
const generated = [
  { words: 'register-unique 1000 10', model: 'cas-register', published: 54 },
  { words: 'register-unique 1000 100', model: 'cas-register', published: null },
  { words: 'register-unique 1000000 30', model: 'cas-register', published: null, rounds: 2, unaided: true },
  { words: 'queue 10000 5', model: 'fifo-queue', published: null },
  { words: 'queue 1000000 5', model: 'fifo-queue', published: null, rounds: 2, unaided: true },
  { words: 'cas 1000 10', model: 'cas-register', published: 14 },
  { words: 'cas 1000 20', model: 'cas-register', published: 19_000 },
  { words: 'cas 1000 30', model: 'cas-register', published: null },
  { words: 'cas 10000 10', model: 'cas-register', published: 356 },
  { words: 'cas 1000 10 --bad', model: 'cas-register', published: 360 },
  { words: 'cas 2000 10 --crash 0.02', model: 'cas-register', published: 42 },
  { words: 'kv 10000 20 --keys 100', model: 'cas-register', published: 22 },
  { words: 'kv 100000 20 --keys 100', model: 'cas-register', published: 194 },
];

if (values.child === undefined) compare();
else await check(values.child, values.model);

/** In a process of its own: prints the figures of one history. */
async function check(path, modelName) {
  const { readHistory } = await import(join(root, 'dist/history/read-file.js'));
  const { checkLinearizability } = await import(join(root, 'dist/checker/linearizability/check.js'));
  const { modelNamed } = await import(join(root, 'dist/checker/linearizability/models.js'));
  const readMs = performance.now();
  const { operations } = readHistory(path);
  const begunMs = performance.now();
  const times = [];
  let valid;
  for (let round = 0; round < rounds; round++) {
    const startedMs = performance.now();
    ({ valid } = checkLinearizability(operations, modelNamed(modelName)));
    times.push(performance.now() - startedMs);
  }
  const figures = { read: begunMs - readMs, first: times[0], best: Math.min(...times), verdict: String(valid) };
  process.stdout.write(`${JSON.stringify(figures)}\n`);
}

function compare() {
  const folder = mkdtempSync(join(tmpdir(), 'raft-chaos-bench-'));
  const porcupine = buildPorcupine(folder);
  print(`load of the machine: ${loadavg()[0].toFixed(1)}; Node ${process.version}; milliseconds`);
  if (porcupine === null) print('no Go toolchain: of Porcupine only what the corpus reports of another day (*)');
  print(row('history', 'verdict', 'read', 'first', 'best', 'Porcupine first', 'best', 'ours/its first', 'best/best'));
  for (const one of generated.filter(({ words }) => words.includes(values.only))) {
    const path = join(folder, `${one.words.replaceAll(' ', '_')}.jsonl`);
    run(
      process.execPath,
      ['--max-old-space-size=8000', `${values.corpus}/generate.mjs`, ...one.words.split(' ')],
      path,
    );
    const ours = measure(path, one.model, one.rounds ?? rounds);
    const its = one.unaided ? { gaveUp: true } : theirs(porcupine, path, one);
    print(rowOf(one.words, ours, its));
    rmSync(path);
  }
  if (existsSync(`${values.corpus}/manifest.jsonl`) && 'porcupine corpus'.includes(values.only))
    compareCorpus(porcupine, folder);
  rmSync(folder, { recursive: true });
}

/** Porcupine's own histories: the sum over all, each judged in one process after the others as in its tests. */
function compareCorpus(porcupine, folder) {
  const entries = readFileSync(`${values.corpus}/manifest.jsonl`, 'utf8')
    .split('\n')
    .filter((line) => line.startsWith('{"file": "porcupine/'))
    .map((line) => JSON.parse(line));
  const script = `
    const { readHistory } = await import(${JSON.stringify(join(root, 'dist/history/read-file.js'))});
    const { checkLinearizability } = await import(${JSON.stringify(join(root, 'dist/checker/linearizability/check.js'))});
    const { modelNamed } = await import(${JSON.stringify(join(root, 'dist/checker/linearizability/models.js'))});
    const { writeFileSync } = await import('node:fs');
    for (const [number, { file, format, model }] of ${JSON.stringify(entries)}.entries()) {
      const { operations } = readHistory(${JSON.stringify(values.corpus)} + '/' + file, format);
      const times = [];
      let valid;
      for (let round = 0; round < ${rounds}; round++) {
        const startedMs = performance.now();
        ({ valid } = checkLinearizability(operations, modelNamed(model)));
        times.push(performance.now() - startedMs);
      }
      console.log(JSON.stringify({ first: times[0], best: Math.min(...times), verdict: String(valid) }));
      writeFileSync(${JSON.stringify(folder)} + '/' + number + '.jsonl', operations.map((one) => JSON.stringify(one)).join('\\n'));
    }`;
  const ours = lines(run(process.execPath, ['--input-type=module', '-e', script]));
  const its = entries.map(({ model }, number) =>
    theirs(porcupine, join(folder, `${number}.jsonl`), { model, published: null }),
  );
  for (const model of ['cas-register', 'kv-append']) {
    const chosen = entries.flatMap((entry, number) => (entry.model === model ? [number] : []));
    const sum = (figures, which) => chosen.reduce((total, number) => total + (figures[number][which] ?? Number.NaN), 0);
    const most = Math.max(...chosen.map((number) => ours[number].first));
    const total = {
      read: Number.NaN,
      first: sum(ours, 'first'),
      best: sum(ours, 'best'),
      verdict: `at most ${most.toFixed(0)}`,
    };
    print(
      rowOf(`${chosen.length} of Porcupine's, ${model}`, total, { first: sum(its, 'first'), best: sum(its, 'best') }),
    );
  }
}

function measure(path, model, times) {
  const words = [
    '--max-old-space-size=8000',
    import.meta.filename,
    '--child',
    path,
    '--model',
    model,
    '--rounds',
    `${times}`,
  ];
  return lines(run(process.execPath, words))[0];
}

function buildPorcupine(folder) {
  const binary = join(folder, 'porcupine');
  const { status } = spawnSync('go', ['build', '-o', binary, '.'], { cwd: join(import.meta.dirname, 'porcupine') });
  return status === 0 ? binary : null;
}

function theirs(porcupine, path, { model, published }) {
  if (porcupine === null) return { published };
  const [figures] = lines(run(porcupine, [model, '3', `${timeoutSeconds}`, path]));
  return { ...figures, gaveUp: figures.verdict === 'Unknown' };
}

function run(command, words, into) {
  const stdout = into === undefined ? 'pipe' : openSync(into, 'w');
  const done = spawnSync(command, words, { encoding: 'utf8', stdio: ['ignore', stdout, 'pipe'], maxBuffer: 1 << 28 });
  if (done.status !== 0) throw new Error(`${command} ${words.join(' ').slice(0, 200)}: ${done.stderr}`);
  return done.stdout ?? '';
}

function lines(text) {
  return text
    .split('\n')
    .filter((line) => line.startsWith('{'))
    .map((line) => JSON.parse(line));
}

function rowOf(name, ours, its) {
  const first = its.gaveUp
    ? `over ${timeoutSeconds} s`
    : number(its.first ?? its.published, its.first === undefined ? '*' : '');
  const ratio = (mine, other) => (its.gaveUp || !(other > 0) ? '' : (mine / other).toFixed(2));
  return row(
    name,
    ours.verdict,
    number(ours.read),
    number(ours.first),
    number(ours.best),
    first,
    its.gaveUp ? '' : number(its.best),
    ratio(ours.first, its.first ?? its.published),
    ratio(ours.best, its.best),
  );
}

function number(value, mark = '') {
  return Number.isFinite(value) ? `${value.toFixed(value < 10 ? 1 : 0)}${mark}` : '';
}

function row(name, ...cells) {
  return `${name.padEnd(32)}${cells.map((cell) => `${cell}`.padStart(16)).join('')}`;
}

function print(text) {
  process.stdout.write(`${text}\n`);
}
