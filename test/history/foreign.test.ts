import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { UsageError } from '../../src/base/errors.ts';
import type { HistoryFormat } from '../../src/history/format.ts';
import { readHistory } from '../../src/history/read-file.ts';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'raft-chaos-foreign-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function read(text: string | Uint8Array, format: HistoryFormat | 'auto' = 'auto') {
  const path = join(folder, 'history');
  writeFileSync(path, text);
  return readHistory(path, format);
}

const invokeAndOk = [
  { index: 0, type: 'invoke', process: 3, f: 'write', value: 1 },
  { index: 1, type: 'ok', process: 3, f: 'write', value: 1 },
];

describe('Jepsen EDN', () => {
  it.each([
    ['a vector', '[{:type :invoke, :process 3, :f :write, :value 1}\n {:type :ok, :process 3, :f :write, :value 1}]'],
    [
      'a list, with comments',
      '; x\n({:type :invoke :process 3 :f :write :value 1} ; y\n{:type :ok :process 3 :f :write :value 1})',
    ],
    ['one a line', '{:type :invoke, :process 3, :f :write, :value 1}\n{:type :ok, :process 3, :f :write, :value 1}\n'],
    [
      'names as strings',
      '[{"type" "invoke" "process" 3 "f" "write" "value" 1}{"type" "ok" "process" 3 "f" "write" "value" 1}]',
    ],
    [
      'records',
      '#jepsen.history.Op{:index 0, :type :invoke, :process 3, :f :write, :value 1}\n#jepsen.history.Op{:index 1, :type :ok, :process 3, :f :write, :value 1}',
    ],
  ])('%s', (_, text) => {
    expect(read(text)).toEqual({ format: 'edn', operations: invokeAndOk, warnings: [] });
  });

  it('keeps times, errors, nodes and longs, and notes of the nemesis and of clients', () => {
    const { operations } = read(`
      [{:type :info, :process :nemesis, :f :start, :value nil, :time 5}
       {:type :invoke, :process 0, :f :write, :value 9007199254740993, :time 6, :node "n1"}
       {:type :info, :process 0, :f :write, :value 9007199254740993, :time 7, :error :timeout}
       {:type :info, :process 0, :f :crash}
       {:type :invoke, :process 1, :f :cas, :value [1 2]}
       {:type :fail, :process 1, :f :cas, :value [1 2], :error [:not-found "no such lease"]}]`);
    expect(operations).toEqual([
      { index: 0, time: 5, type: 'info', process: 'nemesis', f: 'start', value: null },
      { index: 1, time: 6, type: 'invoke', process: 0, f: 'write', value: 9007199254740993n, node: 'n1' },
      {
        index: 2,
        time: 7,
        type: 'info',
        process: 0,
        f: 'write',
        value: 9007199254740993n,
        error: { code: 'timeout', message: 'timeout' },
      },
      { index: 3, type: 'info', process: 0, f: 'crash' },
      { index: 4, type: 'invoke', process: 1, f: 'cas', value: [1, 2] },
      {
        index: 5,
        type: 'fail',
        process: 1,
        f: 'cas',
        value: [1, 2],
        error: { code: 'not-found', message: 'no such lease' },
      },
    ]);
  });

  it('takes operations without :process for one client, and without :f for transactions', () => {
    const { operations } = read('{:type :invoke :value [[:r 0 nil]]}\n{:type :ok :value [[:r 0 1]]}');
    expect(operations.map(({ process, f }) => [process, f])).toEqual([
      [0, 'txn'],
      [0, 'txn'],
    ]);
  });

  it('leaves out a time that goes backwards, and what the file breaks off within, with warnings', () => {
    const { operations, warnings } = read(
      '[{:type :invoke :process 0 :f :read :time 9}\n{:type :invoke :process 1 :f :read :time 8}\n{:type :ok :process 0 :f :re',
    );
    expect(operations.map(({ time }) => time)).toEqual([9, undefined]);
    expect(warnings).toEqual([
      expect.stringContaining('the file ends within what begins at line 3, column 1'),
      expect.stringContaining('the times of 1 operations go backwards'),
    ]);
  });

  it('counts operations by their place, whatever their index, with a warning', () => {
    const { operations, warnings } = read(
      '{:index 7, :type :invoke, :process 3, :f :write, :value 1}\n{:index 9, :type :ok, :process 3, :f :write, :value 1}',
    );
    expect(operations).toEqual(invokeAndOk);
    expect(warnings).toEqual([expect.stringContaining('the first that differs: 7 is operation 0')]);
  });

  it('tells the key of an independent workload from its value', () => {
    const { operations } = read(`
      [{:type :invoke :process 0 :f :write :value [5 1]} {:type :invoke :process 1 :f :read :value [5 nil]}
       {:type :ok :process 0 :f :write :value [5 1]} {:type :ok :process 1 :f :read :value [5 1]}
       {:type :invoke :process 0 :f :cas :value ["k" [1 2]]} {:type :info :process 0 :f :cas :value ["k" [1 2]]}]`);
    expect(operations.map(({ key, value }) => [key, value])).toEqual([
      [5, 1],
      [5, null],
      [5, 1],
      [5, 1],
      ['k', [1, 2]],
      ['k', [1, 2]],
    ]);
  });

  it.each([
    ['a cas of a register without key', '[{:type :invoke :process 0 :f :cas :value [1 2]}]', [1, 2]],
    [
      'a transaction of two parts',
      '[{:type :invoke :process 0 :f :txn :value [[:r 0 nil] [:r 1 nil]]}]',
      [
        ['r', 0, null],
        ['r', 1, null],
      ],
    ],
  ])('does not take for one %s', (_, text, value) => {
    expect(read(text).operations).toMatchObject([{ value }]);
    expect(read(text).operations[0]).not.toHaveProperty('key');
  });

  it.each([
    ['[{:type :invoke :process 0 :f :read}\n 7]', 'line 2, column 2: expected an operation, a map, found 7'],
    ['{:type :invoked :process 0 :f :read}', 'line 1, column 1: :type: expected :invoke'],
    ['{:type :ok :process -1 :f :read}', ':process: expected an integer from 0 on, or :nemesis, found -1'],
    ['{:type :invoke :process 0 :f 3}', ':f: expected a name, found 3'],
    ['{:type :invoke :process 0 :f :read :time "x"}', ':time: expected nanoseconds'],
    ['{:type :ok :process 0 :f :read}', 'process 0 completes "read" (ok), but has nothing under way'],
    [
      '{:type :invoke :process 0 :f :read}\n{:type :invoke :process 0 :f :read}',
      'while its "read" of line 1 is under way',
    ],
    ['{:type :invoke\n :process}', 'line 1, column 1: a map needs a value for each key'],
    ['[{:type :invoke)]', 'line 1, column 16: expected the end of the map that begins at line 1, column 2, found )'],
    ['[{:type', 'the file ends within what begins at line 1, column 2'],
  ])('%j is refused with its place', (text, problem) => {
    expect(() => read(text, 'edn')).toThrow(UsageError);
    expect(() => read(text, 'edn')).toThrow(problem);
    expect(() => read(text, 'edn')).toThrow(join(folder, 'history'));
  });

  it('names the line of bytes that are no UTF-8', () => {
    const bytes = Buffer.concat([
      Buffer.from('[{:type :invoke :process 0 :f :read}\n"'),
      Buffer.from([0xff]),
      Buffer.from('"]'),
    ]);
    expect(() => read(bytes)).toThrow('line 2: not UTF-8');
  });

  it('reads one line of any length piece by piece', () => {
    const pair = '{:type :invoke, :process 0, :f :read, :value nil} {:type :ok, :process 0, :f :read, :value "é€"} ';
    const { operations } = read(`[${pair.repeat(30_000)}]`);
    expect(operations).toHaveLength(60_000);
    expect(operations.every(({ type, value }) => value === (type === 'ok' ? 'é€' : null))).toBe(true);
  });
});

describe("Jepsen's operations in JSON", () => {
  const invoke = '{"type": "invoke", "process": 3, "f": "write", "value": 1}';
  const ok = '{"type": "ok", "process": 3, "f": "write", "value": 1}';

  it.each([
    ['an array', `[${invoke}, ${ok}]`],
    ['an array over several lines', `\ufeff\n [\n${invoke.replaceAll(', ', ',\n  ')}\n,\n${ok}\n]\n`],
    ['objects over several lines', `${invoke.replaceAll(', ', ',\n  ')}\n${ok}`],
  ])('%s', (_, text) => {
    expect(read(text)).toEqual({ format: 'json', operations: invokeAndOk, warnings: [] });
  });

  it('may have indices of their own, errors of any kind, longs, brackets in strings, and no process or f', () => {
    const { format, operations, warnings } = read(
      '{"index": 10, "type": "invoke", "value": [["append", "]}\\"{", 9007199254740993]]}\n{"index": 12, "type": "info", "value": null, "error": "timeout"}\n',
    );
    expect(format).toBe('json');
    expect(operations).toEqual([
      { index: 0, type: 'invoke', process: 0, f: 'txn', value: [['append', ']}"{', 9007199254740993n]] },
      { index: 1, type: 'info', process: 0, f: 'txn', value: null, error: { code: 'timeout', message: 'timeout' } },
    ]);
    expect(warnings).toEqual([expect.stringContaining('10 is operation 0')]);
  });

  it('leave out what the file breaks off within, with a warning', () => {
    const { operations, warnings } = read(`[${invoke},\n${ok.slice(0, -4)}`);
    expect(operations).toHaveLength(1);
    expect(warnings).toEqual([expect.stringContaining('the file ends within what begins at line 2, column 1')]);
    expect(read(`[${invoke},\n${ok}`).warnings).toEqual([expect.stringContaining('line 1, column 1')]);
  });

  it.each([
    [`[${invoke},\n 7]`, 'line 2, column 2: expected an operation, an object, found 7]'],
    [`[${invoke}\n${ok}]`, 'line 2, column 1: expected a comma or ] after an operation, found {"type": "ok", "pro'],
    [`[${invoke},]`, 'expected an operation, an object, found ]'],
    [`[${invoke}] ${ok}`, 'expected nothing after the array, found {'],
    ['[{"type": "invoke",\n  "process": 0 "f": "read"}]', 'line 2, column 16: not JSON'],
    ['[{"type": "invoked", "process": 0, "f": "read"}]', 'line 1, column 2: :type: expected :invoke'],
    [`[${ok}]`, 'process 3 completes "write" (ok), but has nothing under way'],
    [`[{"value": ${'['.repeat(1001)}${']'.repeat(1001)}}]`, 'nested more than 1000 deep'],
    ['7', 'expected an operation, an object, or an array of them, found 7'],
  ])('%j is refused with its place', (text, problem) => {
    expect(() => read(text, 'json')).toThrow(UsageError);
    expect(() => read(text, 'json')).toThrow(problem);
    expect(() => read(text, 'json')).toThrow(join(folder, 'history'));
  });

  it('reads one line of any length piece by piece', () => {
    const pair = '{"type":"invoke","process":0,"f":"é\\\\"},{"type":"ok","process":0,"f":"é\\\\"}';
    const { operations } = read(`[${Array(30_000).fill(pair).join(',')}]`);
    expect(operations).toHaveLength(60_000);
  });
});

describe('logs as Porcupine has them', () => {
  const line = (text: string) => `INFO  jepsen.util - ${text.replaceAll(' | ', '\t')}\n`;

  it('reads every kind of line', () => {
    const text = [
      '0 | :invoke | :read | nil',
      '1 | :invoke | :cas | [3 0]',
      '0 | :ok | :read | 4',
      '1 | :fail | :cas | [3 0]',
      '2 | :invoke | :write | 2',
      '2 | :info | :write | :timed-out',
      '3 | :invoke | :read | nil',
      '3 | :fail | :read | :timed-out',
      ':nemesis | :info | :start | "cut off {:n1 #{:n2}}"',
    ];
    const { operations, format, warnings } = read(`${text.map(line).join('')}WARN  other.thing - hello\n`);
    expect(format).toBe('porcupine');
    expect(operations.map(({ process, type, f, value, error }) => [process, type, f, value, error?.code])).toEqual([
      [0, 'invoke', 'read', null, undefined],
      [1, 'invoke', 'cas', [3, 0], undefined],
      [0, 'ok', 'read', 4, undefined],
      [1, 'fail', 'cas', [3, 0], undefined],
      [2, 'invoke', 'write', 2, undefined],
      [2, 'info', 'write', undefined, 'timed-out'],
      [3, 'invoke', 'read', null, undefined],
      [3, 'fail', 'read', undefined, 'timed-out'],
      ['nemesis', 'info', 'start', '"cut off {:n1 #{:n2}}"', undefined],
    ]);
    expect(warnings).toEqual([expect.stringContaining('1 lines are no operations')]);
  });

  it.each([
    [line('0 | :invoke'), 'line 1: expected process, :type, :f and value'],
    [line('0 | :invoke | :read | nil') + line('x | :ok | :read | 1'), 'line 2: expected a process number'],
    [
      line('0 | :invoke | :read | nil') + line('0 | :okay | :read | 1'),
      'expected :invoke, :ok, :fail or :info, found :okay',
    ],
    [line('0 | :invoke | :write | [1'), 'expected a value, found [1'],
    [line('0 | :ok | :read | 1'), 'has nothing under way'],
    ['nothing of the kind\n', 'no line of the file is an operation'],
  ])('%j is refused with its line', (text, problem) => {
    expect(() => read(text, 'porcupine')).toThrow(UsageError);
    expect(() => read(text, 'porcupine')).toThrow(problem);
  });

  it('reads its key-value files', () => {
    const { operations, format } = read(
      '{:process 0, :type :invoke, :f :append, :key "k", :value "x"}\n{:process 0, :type :ok, :f :append, :key "k", :value "x"}\n',
    );
    expect(format).toBe('porcupine');
    expect(operations).toMatchObject([{ key: 'k', value: 'x', f: 'append' }, { type: 'ok' }]);
  });
});

describe('the format', () => {
  it('is told by how a file begins', () => {
    expect(read('{"index":0,"type":"invoke","process":0,"f":"read"}\n').format).toBe('jsonl');
    expect(read('').format).toBe('jsonl');
    expect(read('\n; all is well\n[]').format).toBe('edn');
  });

  it('may be named, and is then held to', () => {
    expect(() => read('[{:type :invoke :process 0 :f :read}]', 'jsonl')).toThrow('not JSON');
    expect(() => read('[{"index":0}]', 'jsonl')).toThrow('line 1: expected an object');
  });
});
