import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { Results } from '../../src/checker/verdict.ts';
import { run, withDirectory } from './command-line.ts';

/** Runs `check` on a file of this text. */
async function check(text: string, ...words: string[]) {
  return await withDirectory(async (directory) => {
    const file = join(directory, 'history');
    writeFileSync(file, text);
    return await run(['check', file, ...words]);
  });
}

const written = '{:type :invoke :process 0 :f :write :value 1} {:type :ok :process 0 :f :write :value 1}';
const readOf = (value: string) =>
  `{:type :invoke :process 1 :f :read :value nil} {:type :ok :process 1 :f :read :value ${value}}`;
const failedCas = '{:type :invoke :process 2 :f :cas :value [1 2]} {:type :fail :process 2 :f :cas :value [1 2]}';

describe('histories from elsewhere', () => {
  it('are judged by what their operations are', async () => {
    const good = await check(written + readOf('1'));
    expect(good.stdout).toContain('all 2 operations are linearizable');
    expect(good.status).toBe(0);
    const bad = await check(written + readOf('2'), '--json');
    const results = JSON.parse(bad.stdout) as Results;
    expect(results).toMatchObject({ valid: false, checkers: { linearizability: { valid: false } } });
    expect(results.anomalies).toMatchObject([{ kind: 'thin-air-read', operations: expect.arrayContaining([2, 3]) }]);
    expect(bad.status).toBe(1);
  });

  it.each([
    ['a read of nil says nothing in EDN', written + readOf('nil'), [], 0],
    ['unless it is said to', written + readOf('nil'), ['--nil-read', 'absent'], 1],
    ['a failed cas says nothing in EDN', written + failedCas, [], 0],
    ['unless it is said to', written + failedCas, ['--failed-cas', 'value-differed'], 1],
    ['nothing is there at first', readOf('0'), [], 1],
    ['unless it is said to', readOf('0'), ['--initial', '0'], 0],
    ['a text, with or', readOf('"a b"'), ['--initial', 'a b'], 0],
    ['without quotes', readOf('"a b"'), ['--initial', '"a b"'], 0],
    ['the model is named', written + readOf('1'), ['--model', 'register'], 0],
    ['the checker is named', written + readOf('1'), ['--checker', 'linearizability', '--model', 'cas-register'], 0],
    ['there is nothing to judge', '[]', ['--model', 'register'], 2],
    ['there is no time', written + readOf('1'), ['--time', '10', '--memory', '1G'], 0],
  ])('%s: %s %j', async (_, text, words, status) => {
    expect((await check(text, ...words)).status).toBe(status);
  });
});

describe('what a history is of', () => {
  const txns = (...values: string[]) =>
    values
      .map(
        (value, at) =>
          `{:type :invoke :process ${at} :f :txn :value ${value}} {:type :ok :process ${at} :f :txn :value ${value}}`,
      )
      .join('\n');

  it.each([
    ['lists', txns('[[:append 0 1]]', '[[:r 0 [1]]]'), 'list-append: true', 0],
    ['registers', txns('[[:w 0 1]]', '[[:r 0 nil]]'), 'G-single-realtime', 1],
    ['whole words', txns('[[:write :x 1]]', '[[:read :x 0]]'), 'linearizability: false', 1],
    [
      'keys are told apart',
      txns('[3 [[:append 0 1]]]', '[4 [[:append 0 1]]]', '[3 [[:r 0 [1]]]]', '[4 [[:r 0 [1]]]]'),
      '2 of 2 keys are valid',
      0,
    ],
    ['on each key', txns('[3 [[:append 0 1]]]', '[4 [[:append 0 1]]]', '[4 [[:r 0 []]]]'), 'Key 4: T5', 1],
  ])('%s', async (_, text, output, status) => {
    const judged = await check(text);
    expect(judged.stdout).toContain(output);
    expect(judged.status).toBe(status);
  });

  it('keys are told apart where the model is named, too', async () => {
    const keyed = txns('[3 [[:append 0 1]]]', '[4 [[:append 0 1]]]', '[3 [[:r 0 [1]]]]', '[4 [[:r 0 [1]]]]');
    expect((await check(keyed, '--model', 'list-append')).stdout).toContain('2 of 2 keys are valid');
  });

  it('numbers that were only added may be those of a set or of a counter', async () => {
    const added = '{:type :invoke :process 0 :f :add :value 1} {:type :ok :process 0 :f :add :value 1}';
    expect((await check(added)).status).toBe(2);
    expect((await check(added, '--model', 'counter')).status).toBe(0);
  });
});

describe('checkers of single promises', () => {
  const reads = (...values: string[]) =>
    values
      .map((value) => `{:type :invoke :process 1 :f :read} {:type :ok :process 1 :f :read :value ${value}}`)
      .join('\n');

  it.each([
    ['a bank is told by its transfers', `${reads('{0 5, 1 5}')} {:type :invoke :process 0 :f :transfer}`, [], 0],
    ['a bank may be named', reads('{0 5}', '{0 6}'), ['--model', 'bank'], 1],
    ['its total may be given', reads('{0 5, 1 5}'), ['--checker', 'bank', '--total-amount', '11'], 1],
    ['no balance is below zero', reads('{0 11, 1 -1}'), ['--model', 'bank'], 1],
    ['unless it may be', reads('{0 11, 1 -1}'), ['--model', 'bank', '--negative-balances'], 0],
    ['a group has a size', reads('[[:r 0 1] [:r 1 nil]]'), ['--model', 'long-fork', '--group-size', '2'], 0],
    ['a long fork is told by its lists', reads('[[:r 0 1] [:r 1 nil]]', '[[:r 1 1] [:r 0 nil]]'), [], 1],
    ['which all reads keep to', reads('[[:r 0 1] [:r 1 nil]]'), ['--model', 'long-fork', '--group-size', '3'], 2],
  ])('%s', async (_, text, words, status) => {
    expect((await check(text, ...words)).status).toBe(status);
  });
});

it("judges the nodes' logs of a run", async () => {
  await withDirectory(async (directory) => {
    await run(['run', '--backend', 'sim', '--seed', '1', '--time-limit', '2', '--runs-dir', directory]);
    const folder = join(directory, 'latest');
    expect((await run(['check', folder, '--checker', 'logs'])).stdout).toContain('nothing of note in');
    writeFileSync(join(folder, 'nodes', 'n1', 'stderr.log'), 'all is well\npanic: no leader\n');
    const patterns = join(directory, 'patterns.json');
    writeFileSync(patterns, '[{"kind": "boast", "pattern": "well$"}]');
    const crash = await run(['check', folder, '--checker', 'logs']);
    expect(crash.stdout).toContain('crash: n1 wrote in line 2 of stderr.log: panic: no leader');
    expect((await run(['check', folder, '--checker', 'logs', '--log-patterns', patterns])).stdout).toContain(
      'boast: n1',
    );
    writeFileSync(patterns, '[{"kind": "boast", "pattern": "("}]');
    expect(await run(['check', folder, '--checker', 'logs', '--log-patterns', patterns])).toMatchObject({
      status: 254,
    });
    expect((await run(['check', join(folder, 'history.jsonl'), '--checker', 'logs'])).stderr).toContain(
      'no logs of nodes',
    );
  });
});

const skewed =
  '{:type :invoke :process 0 :value [[:append :x 1] [:r :y nil]]} {:type :invoke :process 1 :value [[:append :y 1] [:r :x nil]]}' +
  '{:type :ok :process 0 :value [[:append :x 1] [:r :y []]]} {:type :ok :process 1 :value [[:append :y 1] [:r :x []]]}';
const overwritten =
  '{:type :ok :process 0 :value [[:w :x 1]]} {:type :ok :process 0 :value [[:w :x 2]]} {:type :ok :process 0 :value [[:r :x 1]]}'.replace(
    /\{:type :ok (.*?)\}/g,
    '{:type :invoke $1} {:type :ok $1}',
  );

const readsFirst =
  '{:type :info :process :nemesis :f :start :value [[:w 1]]} {:type :invoke :process 2 :value [[:r :x nil]]} {:type :ok :process 2 :value [[:r :x nil]]}';

describe('transactions', () => {
  it.each([
    ['are known by their micro-operations', skewed, [], 1],
    ['are known by the first that writes', readsFirst + skewed, [], 1],
    ['also among operations of other names', written + skewed, [], 254],
    ['may do nothing but read', readsFirst, [], 2],
    ['with a key each are judged key by key', skewed.replaceAll(':process', ':key 1 :process'), [], 1],
    [
      'are held against the models asked for',
      skewed,
      ['--consistency-models', 'read-committed, snapshot-isolation'],
      0,
    ],
    ['and against the anomalies', skewed, ['--anomalies', 'G2-item'], 1],
    ['the model is named', skewed, ['--model', 'list-append', '--consistency-models', 'PL-3'], 1],
    ['the checker is named', skewed, ['--checker', 'list-append', '--anomalies', 'G0,G1'], 0],
    ['of registers say little', overwritten, ['--consistency-models', 'serializable'], 0],
    ['unless more is known of each key', overwritten, ['--linearizable-keys'], 1],
    ['of each process', overwritten, ['--sequential-keys', '--anomalies', 'cyclic-versions'], 1],
    [
      'or of what it holds at first',
      readOf('[[:r :x 5]]').replaceAll(':f :read', ''),
      ['--model', 'rw-register', '--initial', '5'],
      2,
    ],
  ])('%s: %s %j', async (_, text, words, status) => {
    expect((await check(text, ...words)).status).toBe(status);
  });

  it('have keys, or have none', async () => {
    const { stderr, status } = await check(skewed + skewed.replaceAll(':process', ':key 5 :process'));
    expect(stderr).toContain('operation 4 has the key 5, but transactions before it have none');
    expect(status).toBe(254);
  });

  it('are judged with what rules out which models, and the observations', async () => {
    const { stdout } = await check(skewed, '--json');
    const { checkers, anomalies } = JSON.parse(stdout) as Results;
    expect(checkers['list-append']?.stats).toMatchObject({ not: ['repeatable-read'], asked: 'strong-serializable' });
    expect(anomalies).toMatchObject([{ kind: 'G2-item', details: { edges: [{ kind: 'rw' }, { kind: 'rw' }] } }]);
  });
});

describe('bad usage', () => {
  it.each([
    [['--model', 'juggling'], 'there is no model "juggling"', 'cas-register'],
    [['--checker', 'juggling'], 'there is no checker "juggling"', 'linearizability'],
    [['--model', 'long-fork', '--group-size', '1'], '--group-size "1"', 'whole number'],
    [['--model', 'bank'], 'a read of a bank has a map of accounts', 'checkers-of-workloads'],
    [
      ['--consistency-models', 'perfect', '--model', 'list-append'],
      'no consistency model "perfect"',
      'snapshot-isolation',
    ],
    [['--anomalies', 'G7', '--model', 'list-append'], 'no anomaly "G7"', 'G-single'],
    [['--anomalies', 'G0'], 'register does not judge transactions', 'list-append'],
    [['--model', 'list-append'], 'expected an array of micro-operations', 'another model'],
    [['--checker', 'total-order', '--model', 'register'], 'does not go by a model', 'Leave out'],
    [['--model', 'mutex'], 'operation 0: the model mutex has no operation "write"', 'acquire, release'],
    [['--model', 'kv-append', '--initial', '5'], 'the initial value must be a string', '--initial'],
    [['--memory', 'lots'], '--memory "lots"', '512M'],
    [['--time', 'soon'], '"soon" is not a duration', '500ms'],
    [['--format', 'xml'], "'xml' is invalid", 'porcupine'],
    [['--nil-read', 'maybe'], "'maybe' is invalid", 'absent'],
    [['--format', 'porcupine'], 'line 1', '--format'],
    [['--format', 'jsonl'], 'not JSON', '--format'],
  ])('%j', async (words, problem, remedy) => {
    const text = words.includes('porcupine') ? 'INFO  jepsen.util - 0\t:invoke\n' : `[${written}${readOf('1')}]`;
    const { status, stdout, stderr } = await check(text, ...words);
    expect(stderr).toContain(problem);
    expect(stderr).toContain(remedy);
    expect(stderr).not.toMatch(/\n\s+at /);
    expect([stdout, status]).toEqual(['', 254]);
  });

  it('says so where no checker knows the operations', async () => {
    const { status, stderr } = await check('{:type :invoke :process 0 :f :juggle}');
    expect(stderr).toContain('no checker is known for operations named juggle');
    expect(status).toBe(254);
  });
});

it('lists the models and the checkers, those of single promises in both', async () => {
  const { stdout } = await run(['list', 'models']);
  expect(stdout).toMatch(/^ {2}cas-register {2}a value/m);
  expect(stdout).toMatch(/^ {2}bank {2}transfers between accounts/m);
  const checkers = await run(['list', 'checkers', '--json']);
  const { checkers: names } = JSON.parse(checkers.stdout) as { checkers: { name: string }[] };
  expect(names.map(({ name }) => name)).toEqual(
    expect.arrayContaining(['total-order', 'linearizability', 'bank', 'set-full']),
  );
});
