import { describe, expect, test } from 'vitest';
import { UsageError } from '../../src/base/errors.ts';
import { JsonlParser, type ReadHistory } from '../../src/history/jsonl.ts';

function parse(...lines: readonly string[]): ReadHistory {
  const parser = new JsonlParser('history.jsonl');
  for (const line of lines) parser.line(line);
  return parser.end();
}

function errorOf(...lines: readonly string[]): UsageError {
  try {
    parse(...lines);
  } catch (thrown) {
    expect(thrown).toBeInstanceOf(UsageError);
    return thrown as UsageError;
  }
  throw new Error('the lines were accepted');
}

const invoke = '{"index":0,"time":5,"type":"invoke","process":0,"f":"write","key":"x","value":3,"node":"n1"}';
const ok = '{"index":1,"time":7,"type":"ok","process":0,"f":"write","key":"x","value":3,"node":"n1"}';

describe('accepted', () => {
  test('operations as they stand', () => {
    const { operations, warnings } = parse(invoke, ok);
    expect(operations).toEqual([JSON.parse(invoke), JSON.parse(ok)]);
    expect(warnings).toEqual([]);
  });

  test('an error, a numeric key, and a null value', () => {
    const operation = {
      index: 0,
      type: 'invoke',
      process: 3,
      f: 'read',
      key: 7,
      value: null,
      error: { code: 'timeout', message: 'no answer' },
    };
    expect(parse(JSON.stringify(operation)).operations).toEqual([operation]);
  });

  test('missing indices are assigned, missing times left out, blank lines and carriage returns passed over', () => {
    const { operations } = parse(
      '{"type":"invoke","process":0,"f":"read"}\r',
      '',
      '  ',
      '{"type":"ok","process":0,"f":"read"}',
    );
    expect(operations).toEqual([
      { index: 0, type: 'invoke', process: 0, f: 'read' },
      { index: 1, type: 'ok', process: 0, f: 'read' },
    ]);
  });

  test.each([
    ['timeout', { code: 'timeout', message: 'timeout' }],
    [['not-found', 'no such lease'], { code: 'not-found', message: 'no such lease' }],
    [[14, 'abort'], { code: '14', message: 'abort' }],
    [{ code: 'x' }, { code: 'error', message: '{"code":"x"}' }],
    [null, undefined],
  ])('errors as others write them: %j', (error, expected) => {
    const line = JSON.stringify({ type: 'invoke', process: 0, f: 'read', error });
    expect(parse(line).operations[0]?.error).toEqual(expected);
  });

  test('nemesis operations may overlap, and note what was not begun', () => {
    const nemesis = (type: string, f: string) => JSON.stringify({ type, process: 'nemesis', f });
    const lines = [
      nemesis('invoke', 'start-a'),
      nemesis('invoke', 'start-b'),
      nemesis('info', 'start-a'),
      nemesis('info', 'x'),
    ];
    expect(parse(...lines).operations).toHaveLength(4);
  });

  test('an operation may be under way in the end, and an empty file is an empty history', () => {
    expect(parse(invoke).operations).toHaveLength(1);
    expect(parse()).toEqual({ operations: [], warnings: [] });
  });
});

describe('a torn tail is left out with a warning', () => {
  test.each(['{', '{"index":1,"time":7,"ty', ok.slice(0, -1), '\0\0\0\0'])('%j', (tail) => {
    const { operations, warnings } = parse(invoke, tail);
    expect(operations).toHaveLength(1);
    expect(warnings).toEqual(['history.jsonl, line 2: the last line was not written to its end and is left out']);
  });

  test('blank lines may follow it, but no operation', () => {
    expect(parse(invoke, '{"ind', '').warnings).toHaveLength(1);
    const error = errorOf(invoke, '{"ind', '', ok);
    expect(error.message).toContain('history.jsonl, line 2');
  });
});

describe('malformed', () => {
  const operation = (changes: Record<string, unknown>): string =>
    JSON.stringify({ index: 0, time: 5, type: 'invoke', process: 0, f: 'read', ...changes });

  test.each([
    ['no JSON', 'hello', 'not JSON'],
    ['another value', '[1]', 'expected an object, found [1]'],
    ['null', 'null', 'expected an object, found null'],
    ['an index that is not dense', operation({ index: 4 }), 'expected index 0 (dense from 0), found 4'],
    ['an index of another type', operation({ index: '0' }), 'found "0"'],
    ['a negative time', operation({ time: -1 }), 'time: expected nanoseconds'],
    ['a time of another type', operation({ time: '5' }), 'time: expected nanoseconds'],
    ['an unknown type', operation({ type: 'done' }), 'type: expected "invoke", "ok", "fail", "info", found "done"'],
    ['no type', operation({ type: undefined }), 'type: expected "invoke", "ok", "fail", "info", found nothing'],
    [
      'a negative process',
      operation({ process: -1 }),
      'process: expected an integer from 0 on, or "nemesis", found -1',
    ],
    ['a broken process', operation({ process: 1.5 }), 'process: expected'],
    ['an unknown process', operation({ process: 'client' }), 'process: expected'],
    ['no f', operation({ f: undefined }), 'f: expected a name, found nothing'],
    ['an empty f', operation({ f: '' }), 'f: expected a name, found ""'],
    ['a key of another type', operation({ key: ['x'] }), 'key: expected a string or a number, found ["x"]'],
    ['a node of another type', operation({ node: 1 }), 'node: expected a string, found 1'],
    [
      'a completion of nothing',
      operation({ type: 'ok' }),
      'process 0 completes "read" (ok), but has nothing under way',
    ],
  ])('%s', (_, line, expected) => {
    const error = errorOf(line);
    expect(error.code).toBe('bad-history');
    expect(error.message).toContain('history.jsonl, line 1');
    expect(error.message).toContain(expected);
    expect(error.remedy).toContain('--format');
  });

  test('what is found is cut short', () => {
    expect(errorOf(operation({ node: ['x'.repeat(500)] })).message.length).toBeLessThan(200);
  });

  test('the column of broken JSON', () => {
    expect(errorOf('{"index":0,}', invoke).message).toMatch(/line 1, column 12: not JSON/);
  });

  test('between operations, with the lines of both', () => {
    const second = (changes: Record<string, unknown>) => operation({ index: 1, ...changes });
    expect(errorOf(operation({}), '', second({ f: 'write' })).message).toContain(
      'line 3: process 0 invokes "write" while its "read" of line 1 is under way',
    );
    expect(errorOf(operation({}), second({ type: 'ok', time: 4 })).message).toContain(
      'line 2: time 4 is before the time 5 of line 1',
    );
    expect(errorOf(operation({}), second({ type: 'ok', f: 'cas' })).message).toContain(
      'line 2: process 0 completes "cas" (ok), but invoked "read" on line 1',
    );
    const completed = [operation({}), second({ type: 'ok' })];
    expect(errorOf(...completed, operation({ index: 2, type: 'info' })).message).toContain('has nothing under way');
    expect(errorOf(...completed, operation({ index: 1 })).message).toContain('line 3: expected index 2');
  });
});
