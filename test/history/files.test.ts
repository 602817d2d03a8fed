import { appendFileSync, existsSync, mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import type { Clock } from '../../src/base/clock.ts';
import { virtualClock } from '../../src/base/memory/clock.ts';
import { FileSink } from '../../src/history/file-sink.ts';
import type { NewOperation, Operation } from '../../src/history/operation.ts';
import { readHistory, takeHistory } from '../../src/history/read-file.ts';
import { formatOperation, HistoryWriter } from '../../src/history/writer.ts';

let folder: string;
let path: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'history-'));
  path = join(folder, 'history.jsonl');
});
afterEach(() => rmSync(folder, { recursive: true }));

function invocation(process: number, value: unknown): NewOperation {
  return { type: 'invoke', process, f: 'broadcast', value };
}

/** A clock that shows what it is told to. */
function clockAt(times: number[]): Clock {
  return { ...virtualClock(), nowNs: () => times.shift() ?? 0 };
}

describe('the writer', () => {
  test('gives index and time, writes lines, and keeps the operations', () => {
    const lines: string[] = [];
    const sink = { append: (text: string) => void lines.push(text), close: vi.fn() };
    const writer = new HistoryWriter(sink, clockAt([1005, 1007]), 1000);
    expect(writer.append({ ...invocation(0, 'a'), node: 'n1' })).toMatchObject({ index: 0, time: 5 });
    writer.append({ type: 'ok', process: 0, f: 'broadcast', value: { message: 'a', position: 1 }, node: 'n1' });
    writer.close();
    expect(lines).toEqual([
      '{"index":0,"time":5,"type":"invoke","process":0,"f":"broadcast","value":"a","node":"n1"}\n',
      '{"index":1,"time":7,"type":"ok","process":0,"f":"broadcast","value":{"message":"a","position":1},"node":"n1"}\n',
    ]);
    expect(writer.operations.map(({ index, time }) => [index, time])).toEqual([
      [0, 5],
      [1, 7],
    ]);
    expect(sink.close).toHaveBeenCalledOnce();
  });

  test('time never goes backwards', () => {
    const sink = { append: () => undefined, close: () => undefined };
    const writer = new HistoryWriter(sink, clockAt([990, 1010, 1005]), 1000);
    for (let process = 0; process < 3; process++) writer.append(invocation(process, 'a'));
    expect(writer.operations.map(({ time }) => time)).toEqual([0, 10, 10]);
  });
});

describe('the file', () => {
  test('what was written is what is read', () => {
    const clock = clockAt([1, 2, 3, 4]);
    const writer = new HistoryWriter(new FileSink(path), clock, 0);
    writer.append({ ...invocation(0, 'naïve ✓ 𝕏 "quoted"\n'), key: 'k' });
    writer.append({ type: 'info', process: 0, f: 'broadcast', error: { code: 'timeout', message: 'no answer' } });
    writer.append({ type: 'invoke', process: 'nemesis', f: 'start-kill', value: { fault: 'kill-1' } });
    writer.close();
    expect(readHistory(path)).toEqual({ format: 'jsonl', operations: writer.operations, warnings: [] });
  });

  test('a turn of the event loop is written at its end, without a close', async () => {
    const sink = new FileSink(path);
    sink.append('{"a":1}\n');
    sink.append('{"b":2}\n');
    expect(readFileSync(path, 'utf8')).toBe('');
    await new Promise((resolve) => void setImmediate(resolve));
    expect(readFileSync(path, 'utf8')).toBe('{"a":1}\n{"b":2}\n');
    sink.close();
    sink.close();
  });

  test('much text is written at once', () => {
    const sink = new FileSink(path);
    sink.append('x'.repeat(100_000));
    expect(readFileSync(path, 'utf8')).toHaveLength(100_000);
    sink.close();
  });

  test('a file that cannot be opened', () => {
    expect(() => new FileSink(join(folder, 'missing', 'history.jsonl'))).toThrow(
      expect.objectContaining({ code: 'ENOENT', remedy: expect.stringContaining('--runs-dir') }),
    );
  });

  test.skipIf(!existsSync('/dev/full'))('a full disk: thrown at once, later, and by close', async () => {
    const full = expect.objectContaining({
      name: 'ChaosError',
      code: 'ENOSPC',
      message: expect.stringContaining('cannot write the history /dev/full'),
      remedy: expect.stringContaining('Make room'),
    });
    const sink = new FileSink('/dev/full');
    expect(() => sink.append('x'.repeat(100_000))).toThrow(full);
    expect(() => sink.append('x')).toThrow(full);
    expect(() => sink.close()).toThrow(full);
    const slow = new FileSink('/dev/full');
    slow.append('x');
    await new Promise((resolve) => void setImmediate(resolve));
    expect(() => slow.append('x')).toThrow(full);
    expect(() => slow.close()).toThrow(full);
  });
});

describe('reading', () => {
  const operations = (count: number): Operation[] =>
    Array.from({ length: count }, (_, index) => ({ index, ...invocation(index, `message ✓ ${index}`) }));

  test('lines across pieces of the file', () => {
    const long: Operation = { index: 0, ...invocation(0, 'ü'.repeat(1_500_000)) };
    const many = [long, ...operations(30_000).slice(1)];
    writeFileSync(path, many.map(formatOperation).join(''));
    expect(readHistory(path).operations).toEqual(many);
  });

  test('a history torn anywhere: whole operations before, and at most one warning', () => {
    const whole = operations(5);
    const bytes = Buffer.from(whole.map(formatOperation).join(''));
    fc.assert(
      fc.property(fc.integer({ min: 0, max: bytes.length }), (length) => {
        writeFileSync(path, bytes);
        truncateSync(path, length);
        const read = readHistory(path);
        expect(read.operations).toEqual(whole.slice(0, read.operations.length));
        const complete = bytes.subarray(0, length).toString('latin1').split('\n').length - 1;
        expect(read.operations.length - complete).toBeOneOf([0, 1]);
        expect(read.warnings.length).toBeLessThanOrEqual(1);
      }),
      { numRuns: 200 },
    );
  });

  test('zero bytes at the end, as a power loss leaves them', () => {
    writeFileSync(path, operations(2).map(formatOperation).join(''));
    appendFileSync(path, Buffer.alloc(100));
    expect(readHistory(path)).toMatchObject({
      operations: operations(2),
      warnings: [expect.stringContaining('line 3')],
    });
  });

  test.each([
    ['with a line break', '"}\n'],
    ['in the last line', '"}'],
  ])('bytes that are not UTF-8, %s', (_, end) => {
    writeFileSync(path, formatOperation({ index: 0, ...invocation(0, 'a') }));
    appendFileSync(path, Buffer.concat([Buffer.from('{"f":"'), Buffer.from([0xff, 0xfe]), Buffer.from(end)]));
    expect(() => readHistory(path)).toThrow(
      expect.objectContaining({ code: 'bad-history', message: `${path}, line 2: not UTF-8` }),
    );
  });

  test('errors name the file and the line', () => {
    writeFileSync(path, `${operations(3).map(formatOperation).join('')}{"index":9}\n`);
    expect(() => readHistory(path)).toThrow(`${path}, line 4: expected index 3`);
  });

  test('as operations are taken: what is wrong further on is told when it is reached', () => {
    const whole = operations(30_000);
    writeFileSync(path, `${whole.map(formatOperation).join('')}{"index":9}\n`);
    const taken: Operation[] = [];
    const take = () =>
      takeHistory(path, 'auto', vi.fn(), (history) => {
        for (const operation of history.operations) taken.push(operation);
      });
    expect(take).toThrow(`${path}, line 30001: expected index 30000`);
    expect(taken.length).toBeGreaterThan(10_000);
    expect(taken).toEqual(whole.slice(0, taken.length));
  });

  test('as operations are taken: what is odd is told at the end', () => {
    writeFileSync(path, `${operations(2).map(formatOperation).join('')}{"index":2,`);
    const warn = vi.fn();
    takeHistory(path, 'auto', warn, ({ format, operations: taken }) => {
      expect(format).toBe('jsonl');
      const [first, ...rest] = taken;
      expect([first, ...rest]).toEqual(operations(2));
    });
    expect(warn.mock.calls).toEqual([[expect.stringContaining('line 3: the last line was not written to its end')]]);
  });

  test('a missing file, and a folder', () => {
    for (const wrong of [join(folder, 'none.jsonl'), folder]) {
      expect(() => readHistory(wrong)).toThrow(
        expect.objectContaining({ name: 'UsageError', code: 'no-history', message: expect.stringContaining(wrong) }),
      );
    }
  });

  test('an empty file is an empty history', () => {
    writeFileSync(path, '');
    expect(readHistory(path)).toEqual({ format: 'jsonl', operations: [], warnings: [] });
  });
});
