import { readdirSync } from 'node:fs';
import { dirname, resolve, sep } from 'node:path';
import { describe, expect, it } from 'vitest';
import { importedFiles, sourceOf } from './support/modules.ts';

const source = resolve(import.meta.dirname, '../src');

/** From the lowest up: a file may import from its own layer and from those before it. */
const layers = [
  'base',
  'history',
  'checker',
  'raft',
  'node',
  'model',
  'cluster',
  'nemesis',
  'workload',
  'controller',
  'report',
  'cli',
];

/** Folders whose code has no world: it is given everything and returns everything. */
const pure = ['raft/protocol', 'checker', 'model', 'base/*', 'history/*'];
/** Threads are the world's; so is whoever serves a page. */
const impure = ['history/read-file.ts', 'history/file-sink.ts', 'model/parallel/', 'model/explorer/'];

const files = readdirSync(source, { recursive: true, encoding: 'utf8' })
  .filter((name) => name.endsWith('.ts'))
  .map((name) => name.split(sep).join('/'));

function isPure(file: string): boolean {
  if (impure.some((name) => file === name || (name.endsWith('/') && file.startsWith(name)))) return false;
  return pure.some((folder) =>
    folder.endsWith('/*') ? dirname(file) === folder.slice(0, -2) : file.startsWith(`${folder}/`),
  );
}

describe('layers', () => {
  it('has files in known layers only', () => {
    const strangers = files.filter((file) => file.includes('/') && !layers.includes(file.split('/')[0] ?? ''));
    expect(strangers).toEqual([]);
  });

  it('imports downwards only', () => {
    const upwards: string[] = [];
    for (const file of files.filter((name) => name.includes('/'))) {
      const from = layers.indexOf(file.split('/')[0] ?? '');
      for (const imported of importedFiles(file)) {
        if (layers.indexOf(imported.split('/')[0] ?? '') > from) upwards.push(`${file} imports ${imported}`);
      }
    }
    expect(upwards).toEqual([]);
  });

  it('lets only what simulates know of the world in memory', () => {
    const knowing = files.filter((file) => importedFiles(file).some((imported) => imported.startsWith('base/memory/')));
    expect(knowing.filter((file) => !/^(base\/memory|cluster\/sim)\//.test(file))).toEqual([]);
    expect(knowing).toContain('cluster/sim/sim-cluster.ts');
  });

  it('has no cycles between files', () => {
    const done = new Set<string>();
    const visit = (file: string, path: string[]): void => {
      if (path.includes(file)) throw new Error(`cycle: ${[...path.slice(path.indexOf(file)), file].join(' -> ')}`);
      if (done.has(file)) return;
      for (const next of importedFiles(file)) visit(next, [...path, file]);
      done.add(file);
    };
    for (const file of files) visit(file, []);
  });
});

describe('purity', () => {
  const bans: readonly [what: string, pattern: RegExp][] = [
    ['a node: import', /from 'node:/],
    ['the clock', /\bDate\b|\bperformance\.|process\.hrtime/],
    ['a timer', /\bset(Timeout|Interval|Immediate)\b|queueMicrotask/],
    ['randomness of its own', /Math\.random|crypto\./],
  ];
  const promises: [string, RegExp] = ['a promise', /\bPromise\b|\basync\b|\bawait\b/];

  it.each(files.filter(isPure))('%s', (file) => {
    const text = sourceOf(file);
    const banned = file.startsWith('base/') ? bans : [...bans, promises];
    expect(banned.filter(([, pattern]) => pattern.test(text)).map(([what]) => what)).toEqual([]);
  });

  it('sees each ban when it is broken', () => {
    const samples = ["import x from 'node:fs'", 'Date.now()', 'setTimeout(f)', 'Math.random()', 'await x'];
    for (const sample of samples) {
      expect([...bans, promises].filter(([, pattern]) => pattern.test(sample))).toHaveLength(1);
    }
  });
});
