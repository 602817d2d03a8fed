import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseEdn } from '../../src/history/edn.ts';
import { EdnHistoryParser } from '../../src/history/edn-history.ts';
import { ednLines, formatEdn, isIndependent } from '../../src/history/edn-writer.ts';
import { JsonlParser } from '../../src/history/jsonl.ts';
import type { Operation } from '../../src/history/operation.ts';
import { formatOperation } from '../../src/history/writer.ts';

const scalar = fc.oneof(
  fc.constantFrom(null, true, false),
  fc.maxSafeInteger(),
  // Readers have integers beyond 2^53 as bigints.
  fc
    .double({ noNaN: true, noDefaultInfinity: true })
    .filter((number) => !Number.isInteger(number) || Number.isSafeInteger(number))
    .map((number) => (Object.is(number, -0) ? 0 : number)),
  fc.bigInt({ min: 2n ** 53n, max: 2n ** 80n }),
  fc.string({ unit: 'grapheme' }),
  fc.string(),
);

const { value } = fc.letrec((tie) => ({
  value: fc.oneof(
    { maxDepth: 3 },
    scalar,
    fc.array(tie('value'), { maxLength: 3 }),
    fc.dictionary(
      fc.string().filter((key) => key !== '__proto__'),
      tie('value'),
      { maxKeys: 3 },
    ),
    fc.array(fc.tuple(fc.constantFrom('r', 'append'), fc.string(), tie('value')), { minLength: 1, maxLength: 3 }),
  ),
}));

const completion = fc.constantFrom('ok', 'fail', 'info', null);
const step = fc.record({
  f: fc.constantFrom('read', 'txn', 'write', 'a name'),
  value,
  answer: value,
  completion,
  late: fc.boolean(),
});

/** A history in which every second operation overlaps the one before. */
function historyOf(
  steps: readonly (typeof step extends fc.Arbitrary<infer T> ? T : never)[],
  keyed: boolean,
): Operation[] {
  const history: Operation[] = [];
  const record = (operation: Omit<Operation, 'index' | 'time'>): void => {
    const index = history.length;
    history.push({ index, time: index * 1000, ...operation });
  };
  record({ type: 'info', process: 'nemesis', f: 'start-kill', value: { fault: 'kill-1' } });
  const open: (() => void)[] = [];
  for (const [process, { f, value: asked, answer, completion: type, late }] of steps.entries()) {
    const common = { process, f, node: 'n1', ...(keyed ? { key: process % 2 === 0 ? 'x' : 7 } : {}) };
    record({ type: 'invoke', ...common, value: keyed ? [asked] : { asked } });
    for (const close of open.splice(0)) close();
    if (type === null) continue;
    const error = type === 'ok' ? {} : { error: { code: 'timeout', message: 'no answer\n"in time"' } };
    const close = (): void => record({ type, ...common, value: keyed ? [answer] : { answer }, ...error });
    if (late) open.push(close);
    else close();
  }
  return history;
}

describe('what is written is what is read', () => {
  it.each([
    [{ '0': 100, a: -1 }, '{0 100, :a -1}'],
    [{ from: 'n1', '01': [1.5, 2n ** 60n] }, '{:from "n1", "01" [1.5 1152921504606846976]}'],
    [[Number.NaN, Number.NEGATIVE_INFINITY, undefined], '[##NaN ##-Inf nil]'],
    ['a "b"\\\n', '"a \\"b\\"\\\\\\n"'],
  ])('in EDN: %#', (given, text) => {
    expect(formatEdn(given)).toBe(text);
  });

  it('any value in EDN', () => {
    fc.assert(
      fc.property(value, (given) => {
        expect(parseEdn(formatEdn(given))).toEqual(given);
      }),
    );
  });

  it.each([false, true])('any history in EDN, with keys: %s', (keyed) => {
    fc.assert(
      fc.property(fc.array(step, { minLength: 1, maxLength: 6 }), (steps) => {
        const history = historyOf(steps, keyed);
        const [parser, drained] = [new EdnHistoryParser('history.edn'), new EdnHistoryParser('history.edn')];
        const parts: Operation[] = [];
        for (const line of ednLines(history, isIndependent(history))) {
          parser.push(line);
          drained.push(line);
          parts.push(...drained.drain());
        }
        expect(parser.end()).toEqual({ operations: history, warnings: [] });
        expect([...parts, ...drained.end().operations]).toEqual(history);
      }),
    );
  });

  it.each([false, true])('any history in JSONL, with keys: %s', (keyed) => {
    fc.assert(
      fc.property(fc.array(step, { minLength: 1, maxLength: 6 }), (steps) => {
        const history = historyOf(steps, keyed);
        const [parser, drained] = [new JsonlParser('history.jsonl'), new JsonlParser('history.jsonl')];
        const parts: Operation[] = [];
        for (const operation of history) {
          const line = formatOperation(operation).trimEnd();
          parser.line(line);
          drained.line(line);
          parts.push(...drained.drain());
        }
        expect(parser.end()).toEqual({ operations: history, warnings: [] });
        expect(parts).toEqual(history);
      }),
    );
  });

  it('with the names of accesses as keywords, for Elle', () => {
    const operation: Operation = {
      index: 0,
      type: 'invoke',
      process: 0,
      f: 'txn',
      value: [
        ['append', 'x', 1],
        ['r', 'y', null],
      ],
    };
    expect([...ednLines([operation], false)]).toEqual([
      '{:index 0, :type :invoke, :process 0, :f :txn, :value [[:append "x" 1] [:r "y" nil]]}\n',
    ]);
  });

  it('with keys in the values, for Knossos', () => {
    const operation: Operation = {
      index: 0,
      time: 5,
      type: 'info',
      process: 0,
      f: 'cas',
      key: 'x',
      value: [1, 2],
      error: { code: 'timeout', message: 'timeout' },
    };
    expect([...ednLines([operation], true)]).toEqual([
      '{:index 0, :time 5, :type :info, :process 0, :f :cas, :value ["x" [1 2]], :error :timeout}\n',
    ]);
  });
});
