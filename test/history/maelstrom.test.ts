import { describe, expect, it } from 'vitest';
import { judgeHistory } from '../../src/controller/judge-run.ts';
import { EdnHistoryParser } from '../../src/history/edn-history.ts';
import { formatOf } from '../../src/history/format.ts';

/** Maelstrom keeps its histories as Jepsen does, `store/latest/history.edn`: one operation a line, the values by workload. */
function read(...lines: readonly string[]) {
  const text = `${lines.join('\n')}\n`;
  expect(formatOf(text)).toBe('edn');
  const parser = new EdnHistoryParser('history.edn');
  parser.push(text);
  return parser.end().operations;
}

const verdictOn = (...lines: readonly string[]) => judgeHistory(read(...lines), { format: 'edn', semantics: {} });

describe("Maelstrom's histories", () => {
  it('of broadcast are judged as a set', () => {
    const sent = [
      '{:index 0 :time 3044417 :process 0 :type :invoke :f :broadcast :value 0}',
      '{:index 1 :time 4083750 :process 0 :type :ok :f :broadcast :value 0}',
      '{:index 2 :time 5000000 :process :nemesis :type :info :f :start-partition :value nil}',
      '{:index 3 :time 6000000 :process 1 :type :invoke :f :read :value nil :final? true}',
    ];
    const found = verdictOn(...sent, '{:index 4 :time 7000000 :process 1 :type :ok :f :read :value [0] :final? true}');
    expect(found.checkers['set-full']).toMatchObject({ valid: true, stats: { stable: 1 } });
    const lost = verdictOn(...sent, '{:index 4 :time 7000000 :process 1 :type :ok :f :read :value [] :final? true}');
    expect(lost).toMatchObject({ valid: false, anomalies: [{ kind: 'lost', operations: [0, 1, 4] }] });
  });

  it('of lin-kv are judged key by key, with the numbers of its errors', () => {
    const lines = [
      '#jepsen.history.Op{:index 0, :time 1, :type :invoke, :process 0, :f :write, :value [0 3]}',
      '#jepsen.history.Op{:index 1, :time 2, :type :ok, :process 0, :f :write, :value [0 3]}',
      '#jepsen.history.Op{:index 2, :time 3, :type :invoke, :process 1, :f :read, :value [1 nil]}',
      '#jepsen.history.Op{:index 3, :time 4, :type :fail, :process 1, :f :read, :value [1 nil], :error [20 "not found"]}',
      '#jepsen.history.Op{:index 4, :time 5, :type :invoke, :process 1, :f :cas, :value [0 [4 1]]}',
      '#jepsen.history.Op{:index 5, :time 6, :type :fail, :process 1, :f :cas, :value [0 [4 1]], :error [22 "expected 4, had 3"]}',
      '#jepsen.history.Op{:index 6, :time 7, :type :invoke, :process 0, :f :read, :value [0 nil]}',
      '#jepsen.history.Op{:index 7, :time 8, :type :ok, :process 0, :f :read, :value [0 2]}',
    ];
    expect(read(...lines)[5]).toMatchObject({
      key: 0,
      value: [4, 1],
      error: { code: '22', message: 'expected 4, had 3' },
    });
    expect(verdictOn(...lines).valid).toBe(false);
    expect(verdictOn(...lines.with(7, lines[7]?.replace('[0 2]', '[0 3]') ?? '')).valid).toBe(true);
  });

  it.each([
    ['unique-ids', ['generate', 'nil', '"a-1"'], ['generate', 'nil', '"a-1"'], false],
    ['unique-ids', ['generate', 'nil', '"a-1"'], ['generate', 'nil', '"a-2"'], true],
    ['set-full', ['add', '1', '1'], ['read', 'nil', '[1]'], true],
    ['set-full', ['add', '1', '1'], ['read', 'nil', '[]'], false],
    ['counter', ['add', '-2', '-2'], ['read', 'nil', '-2'], true],
    ['counter', ['add', '-2', '-2'], ['read', 'nil', '-1'], false],
  ] as const)('of other workloads are known by their operations: %s of %j and %j', (checker, first, second, valid) => {
    const lines = [first, second].flatMap(([f, asked, answered], at) => [
      `{:index ${2 * at} :time ${at} :type :invoke :process 0 :f :${f} :value ${asked}}`,
      `{:index ${2 * at + 1} :time ${at} :type :ok :process 0 :f :${f} :value ${answered}}`,
    ]);
    expect(verdictOn(...lines).checkers[checker]?.valid).toBe(valid);
  });
});
