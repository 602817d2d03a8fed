import { closeSync, existsSync, openSync, readdirSync, readFileSync, readSync } from 'node:fs';
import { join } from 'node:path';
import { StringDecoder } from 'node:string_decoder';
import { asChaosError, UsageError } from '../base/errors.ts';
import type { LogPattern, NodeLog } from '../checker/log-patterns.ts';
import { runFiles } from './run-folder.ts';

const logFiles: readonly string[] = ['stdout.log', 'stderr.log'];

/** What the nodes of a stored run printed. Read line by line, when they are asked for. */
export function readNodeLogs(folder: string): NodeLog[] {
  const nodes = join(folder, runFiles.nodes);
  if (!existsSync(nodes)) return [];
  return readdirSync(nodes)
    .sort()
    .flatMap((node) => logFiles.map((source) => ({ node, source, path: join(nodes, node, source) })))
    .filter(({ path }) => existsSync(path))
    .map(({ node, source, path }) => ({ node, source, lines: linesOf(path) }));
}

const chunkBytes = 1 << 20;

function* linesOf(path: string): Generator<string> {
  const file = openSync(path, 'r');
  try {
    const decoder = new StringDecoder('utf8');
    const chunk = Buffer.alloc(chunkBytes);
    let rest = '';
    for (let count = readSync(file, chunk); count > 0; count = readSync(file, chunk)) {
      const lines = (rest + decoder.write(chunk.subarray(0, count))).split('\n');
      rest = lines.pop() ?? '';
      yield* lines;
    }
    if (rest !== '') yield rest;
  } finally {
    closeSync(file);
  }
}

/** Patterns that a user keeps in a file: a JSON list of `{"kind","pattern","except"}`. Throws a UsageError. */
export function readLogPatterns(path: string): LogPattern[] {
  try {
    const patterns: unknown = JSON.parse(readFileSync(path, 'utf8'));
    if (Array.isArray(patterns) && patterns.length > 0) return patterns.map(asPattern);
    throw new Error('expected a list of patterns');
  } catch (thrown) {
    throw new UsageError('bad-patterns', asChaosError(thrown, `${path} is no file of log patterns`).message, {
      remedy: 'It is to hold a JSON list such as [{"kind": "crash", "pattern": "^panic:", "except": "recovered"}].',
      cause: thrown,
    });
  }
}

function asPattern(pattern: unknown): LogPattern {
  const { kind, pattern: text, except } = (pattern ?? {}) as Readonly<Record<string, unknown>>;
  if (typeof kind !== 'string' || typeof text !== 'string' || !['string', 'undefined'].includes(typeof except)) {
    throw new Error(`expected {"kind","pattern","except"}, all strings, found ${JSON.stringify(pattern)}`);
  }
  for (const expression of [text, except]) if (typeof expression === 'string') new RegExp(expression, 'u');
  return { kind, pattern: text, ...(typeof except === 'string' ? { except } : {}) };
}
