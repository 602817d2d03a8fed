import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { UsageError } from '../../src/base/errors.ts';
import type { HistoryFormat } from '../../src/history/format.ts';
import { type ReadFile, readHistory } from '../../src/history/read-file.ts';

// A failing run prints its seed and the shrunk damage; `RAFT_CHAOS_TEST_SEED` runs it again, and `RAFT_CHAOS_FUZZ_RUNS` more.
const seed = Number(process.env['RAFT_CHAOS_TEST_SEED'] ?? Date.now() % 2 ** 31);
const numRuns = Number(process.env['RAFT_CHAOS_FUZZ_RUNS'] ?? 200);

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'raft-chaos-fuzz-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const pairs = 12;

const texts: Readonly<
  Record<
    string,
    { readonly format: HistoryFormat; readonly line: (at: number) => string; readonly around?: [string, string] }
  >
> = {
  'our JSONL': {
    format: 'jsonl',
    line: (at) =>
      `{"index":${at},"time":${at * 1000},"type":"${at % 2 === 0 ? 'invoke' : 'ok'}","process":0,"f":"write","value":["é\\"${at}",9007199254740993]}\n`,
  },
  'EDN, one form a line': {
    format: 'edn',
    line: (at) =>
      `{:index ${at}, :time ${at * 1000}, :type :${at % 2 === 0 ? 'invoke' : 'ok'}, :process 0, :f :write, :value ["é\\"${at}" #{1} \\a]} ; note\n`,
  },
  'EDN, one vector': {
    format: 'edn',
    line: (at) =>
      `#jepsen.history.Op{:type :${at % 2 === 0 ? 'invoke' : 'ok'} :process 0 :f :write :value {:a [${at} nil], "b" 1e3}} #_ skipped\n`,
    around: ['[', ']\n'],
  },
  'JSON, one array': {
    format: 'json',
    line: (at) =>
      `${at === 0 ? '' : ','}{"type":"${at % 2 === 0 ? 'invoke' : 'ok'}","process":0,"f":"write","value":["é\\"}${at}",null,9007199254740993]}\n`,
    around: ['[', ']\n'],
  },
  "Porcupine's logs": {
    format: 'porcupine',
    line: (at) => `INFO  jepsen.util - 0\t:${at % 2 === 0 ? 'invoke' : 'ok'}\t:cas\t[${at} 0]\n`,
  },
  "Porcupine's key-value": {
    format: 'porcupine',
    line: (at) => `{:process 0, :type :${at % 2 === 0 ? 'invoke' : 'ok'}, :f :append, :key "k", :value "x ${at} y"}\n`,
  },
};

function textOf(name: string): Buffer {
  const { line, around: [before, after] = ['', ''] } = texts[name] as (typeof texts)[string];
  return Buffer.from(`${before}${Array.from({ length: 2 * pairs }, (_, at) => line(at)).join('')}${after}`);
}

/** The history, or the error that says where it is wrong; anything else that is thrown is a fault of the reader's. */
function read(bytes: Uint8Array, format: HistoryFormat | 'auto'): ReadFile | UsageError {
  const path = join(folder, 'history');
  writeFileSync(path, bytes);
  try {
    return readHistory(path, format);
  } catch (thrown) {
    if (!(thrown instanceof UsageError)) throw thrown;
    expect(thrown.message).toContain(path);
    expect(thrown.remedy).toBeTruthy();
    return thrown;
  }
}

const property = <T>(damage: fc.Arbitrary<T>, judge: (damage: T) => void): void => {
  fc.assert(fc.property(damage, judge), { seed, numRuns });
};

describe.each(Object.keys(texts))(`%s (seed ${seed})`, (name) => {
  const whole = textOf(name);
  const { format } = texts[name] as (typeof texts)[string];

  it('is read as it is, and its format is known', () => {
    const found = read(whole, 'auto');
    expect(found).toMatchObject({ format, warnings: [] });
    expect((found as ReadFile).operations).toHaveLength(2 * pairs);
  });

  it('cut short anywhere, gives what stands before, and never loses an operation silently', () => {
    const all = (read(whole, format) as ReadFile).operations;
    property(fc.nat(whole.length), (length) => {
      const found = read(whole.subarray(0, length), format);
      if (found instanceof UsageError) return;
      expect(found.operations).toEqual(all.slice(0, found.operations.length));
      // Every line that is whole is read; what is cut off within is told of, or is a whole form without its line's end.
      const lines = whole.subarray(0, length).toString('latin1').split('\n').length - 1;
      expect(found.operations.length).toBeGreaterThanOrEqual(Math.min(lines, 2 * pairs));
      expect(found.operations.length).toBeLessThanOrEqual(lines + 1);
    });
  });

  it('with bits that flipped, is read or refused with its place', () => {
    property(fc.array(fc.tuple(fc.nat(whole.length - 1), fc.nat(7)), { minLength: 1, maxLength: 4 }), (flips) => {
      const damaged = Buffer.from(whole);
      for (const [at, bit] of flips) damaged[at] = (damaged[at] as number) ^ (1 << bit);
      for (const asked of [format, 'auto'] as const) {
        const found = read(damaged, asked);
        if (found instanceof UsageError) continue;
        expect(found.operations.length).toBeGreaterThan(0);
        expect(found.operations.map(({ index }) => index)).toEqual(found.operations.map((_, at) => at));
      }
    });
  });

  it('with pieces that were put elsewhere, is read or refused', () => {
    property(fc.tuple(fc.nat(whole.length), fc.nat(whole.length), fc.nat(whole.length)), (cuts) => {
      const [a, b, c] = cuts.toSorted((x, y) => x - y) as [number, number, number];
      const moved = Buffer.concat([
        whole.subarray(0, a),
        whole.subarray(b, c),
        whole.subarray(a, b),
        whole.subarray(c),
      ]);
      read(moved, format);
      read(moved, 'auto');
    });
  });
});

describe('any bytes', () => {
  it.each(['jsonl', 'edn', 'porcupine', 'auto'] as const)(`as %s are read or refused (seed ${seed})`, (format) => {
    property(fc.uint8Array({ maxLength: 200 }), (bytes) => void read(bytes, format));
    const alphabet = fc.constantFrom(
      ...'{}[]()":\\#_^;, \n\t09aE.-+'.split(''),
      ':type',
      ':invoke',
      '"f"',
      'nil',
      '##Inf',
      '#_',
    );
    property(fc.array(alphabet, { maxLength: 80 }), (parts) => void read(Buffer.from(parts.join('')), format));
  });
});

describe('nesting', () => {
  const deep = (open: string, close: string): string => open.repeat(100_000) + close.repeat(100_000);

  it.each([
    ['jsonl', `{"index":0,"type":"invoke","process":0,"f":"w","value":${deep('[', ']')}}\n`],
    [
      'jsonl',
      `{"index":0,"type":"invoke","process":0,"f":"w","value":${'{"a":'.repeat(100_000)}1${'}'.repeat(100_001)}\n`,
    ],
    ['edn', `{:type :invoke, :process 0, :f :w, :value ${deep('[', ']')}}\n`],
    ['edn', `{:type :invoke, :process 0, :f :w, :value ${'#t '.repeat(100_000)}1}\n`],
    ['porcupine', `INFO  jepsen.util - 0\t:invoke\t:w\t${deep('(', ')')}\n`],
  ] as const)('of a value in %s is refused where it is too deep', (format, text) => {
    const found = read(Buffer.from(text), format);
    expect(found).toBeInstanceOf(UsageError);
    expect((found as UsageError).message).toMatch(/line 1.*nested more than 1000 deep/s);
  });
});
