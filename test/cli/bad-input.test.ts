import { existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { TestRecord } from '../../src/controller/run-folder.ts';
import { run, withDirectory } from './command-line.ts';

describe('bad usage: status 254, what is wrong and what there is', () => {
  it.each([
    [['run', '--nemesis', 'earthquake'], 'no nemesis "earthquake"', 'partition'],
    [['run', '--nemesis', 'partition:shape=cube'], 'no shape "cube"', 'halves'],
    [['run', '--nemesis', 'partition:colour=red'], '"colour=red" is not one of its options', 'shape='],
    [['run', '--nemesis', 'partition:every=5:for=5'], 'less than every=5', 'for=5:every=10'],
    [['run', '--nemesis', 'partition', '--nodes', '1'], 'one node alone', '--nodes 5'],
    [['run', '--workload', 'juggling'], 'no workload "juggling"', 'broadcast'],
    [['run', '--system', 'etcd'], 'no system "etcd"', 'redis-kv'],
    [['run', '--system', 'redis-kv', '--backend', 'sim'], 'does not run on the backend sim', 'docker'],
    [['run', '--system', 'redis-kv', '--workload', 'broadcast'], 'no client for --workload broadcast', 'register'],
    [['run', '--system', 'redis-kv', '--bug', 'lost-ack', '--workload', 'register'], 'no planted bugs', '--bug'],
    [['run', '--bug', 'butterfly'], '--bug "butterfly"', 'lost-ack'],
    [['run', '--nodes', '0'], '--nodes "0"', 'from 1 to'],
    [['run', '--nodes', '2.5'], '--nodes "2.5"', 'whole number'],
    [['run', '--time-limit', 'soon'], '"soon" is not a duration', '500ms'],
    [['run', '--time-limit', '0'], '--time-limit "0"', 'longer than 0'],
    [['run', '--rate', '-3'], '--rate "-3"', 'a number from'],
    [['run', '--concurrency', 'many'], '--concurrency', 'whole number'],
    [['run', '--seed', '4294967296'], '--seed', 'whole number'],
    [['run', '--backend', 'cloud'], '--backend "cloud"', 'docker'],
    [['run', '--heartbeat', '400ms'], 'followers would lose every leader', '--election-timeout 300ms..600ms'],
    [['run', '--election-timeout', '2s..1s'], 'not a range of durations', '50us..2ms'],
    [['run', '--backend', 'docker', '--link-latency', '1ms'], 'those of a simulation', '--backend sim'],
    [['run', '--nemesis', 'network:percent=200'], 'percent=200 is not a number from 1 to 100', 'list nemeses'],
    [['run', '--nemesis', 'disk:fault=moths'], 'no fault "moths"', 'flip'],
    [['run', '--nemesis', 'partition:shape=ring', '--nodes', '3'], 'takes 4 nodes', '--nodes 5'],
    [['replay', '/no/such/run'], '/no/such/run', 'runs/latest'],
    [['run', '--sed', '1'], "unknown option '--sed'", '--seed'],
    [['rum'], "unknown command 'rum'", 'run'],
    [['check', '/no/such/history'], 'no file or folder /no/such/history', 'runs/latest'],
    [['report', '/no/such/run'], '/no/such/run', 'runs/latest'],
  ])('%j', async (words, problem, remedy) => {
    const { status, stdout, stderr } = await run(words);
    expect(stderr).toContain(problem);
    expect(stderr).toContain(remedy);
    expect(stderr).not.toMatch(/\n\s+at /);
    expect(stdout).toBe('');
    expect(status).toBe(254);
  });
});

describe('histories that cannot be read', () => {
  it.each([
    ['{"index":0,"type":"invoke"}\n', 'line 1'],
    ['{"index":0,"time":1,"type":"invoke","process":0,"f":"broadcast","value":"a"}\n{broken}\n{}\n', 'line 2'],
    ['', 'no operation'],
  ])('%j', async (text, problem) => {
    await withDirectory(async (directory) => {
      const file = join(directory, 'history.jsonl');
      writeFileSync(file, text);
      const { status, stderr, stdout } = await run(['check', file, '--checker', 'total-order']);
      expect(`${stderr}${stdout}`).toContain(problem);
      expect(stderr).not.toMatch(/\n\s+at /);
      expect(status).toBe(text === '' ? 2 : 254);
    });
  });
});

it('says what a damaged test.json lacks', async () => {
  await withDirectory(async (directory) => {
    for (const [text, problem] of [
      ['{"options":{}}', 'lacks name, command'],
      ['{broken', 'is not JSON'],
    ] as const) {
      writeFileSync(join(directory, 'test.json'), text);
      for (const command of ['check', 'report']) {
        const { status, stderr } = await run([command, directory]);
        expect(stderr).toContain(problem);
        expect(status).toBe(254);
      }
    }
  });
});

describe('what the machine lacks', () => {
  it('says how to get an engine where none answers, and leaves nothing', async () => {
    await withDirectory(async (directory) => {
      const { status, stderr } = await run(['run', '--backend', 'docker', '--runs-dir', directory], {
        DOCKER_HOST: 'unix:///no/engine.sock',
      });
      expect(stderr).toContain('engine');
      expect(stderr).toContain('docker.io');
      expect(stderr).not.toMatch(/\n\s+at /);
      expect(status).toBe(255);
      expect(readdirSync(directory, { recursive: true }).filter((name) => String(name).endsWith('.json'))).toEqual([]);
    });
  });

  it('says where it cannot write', async () => {
    await withDirectory(async (directory) => {
      const file = join(directory, 'runs');
      writeFileSync(file, '');
      const { status, stderr } = await run(['run', '--runs-dir', file]);
      expect(stderr).toContain(file);
      expect(stderr).toContain('--runs-dir');
      expect(status).toBe(255);
    });
  });

  it.skipIf(process.platform !== 'linux')(
    'says so where no directory can be made, and does not try for ever',
    async () => {
      const { status, stderr } = await run(['run', '--runs-dir', '/proc/x/y']);
      expect(stderr).toContain('cannot write /proc/x: ENOENT');
      expect(stderr).toContain('--runs-dir');
      expect(status).toBe(255);
    },
  );
});

it('lists what there is, for people and for programs', async () => {
  const people = await run(['list']);
  for (const name of ['partition', 'broadcast', 'total-order', 'lost-ack', 'raft', 'redis-kv'])
    expect(people.stdout).toContain(name);
  const { stdout, status } = await run(['list', 'nemeses', '--json']);
  expect((JSON.parse(stdout) as { nemeses: { name: string }[] }).nemeses.map(({ name }) => name)).toContain(
    'partition',
  );
  expect(status).toBe(0);
});

/** What a run on one node would have left in `test.json`. */
const record: TestRecord = {
  name: 'raft-broadcast',
  runId: 'test',
  startedAt: '2026-01-01T00:00:00.000Z',
  command: 'raft-chaos run',
  options: {
    backend: 'docker',
    system: 'raft',
    nodes: ['n1'],
    workload: 'broadcast',
    nemeses: [],
    timeLimitMs: 1000,
    rate: 10,
    concurrency: 1,
    opTimeoutMs: 1000,
    recoveryTimeoutMs: 1000,
    seed: 1,
    bug: null,
    timing: { electionTimeoutMs: [300, 600], heartbeatIntervalMs: 75 },
    compaction: null,
    world: null,
  },
  versions: {},
  cluster: {},
  traceOffsetsNs: {},
};

it('judges and reports a folder whose controller died, and does not touch a verdict that is there', async () => {
  await withDirectory(async (directory) => {
    const lines = [
      { index: 0, time: 1, type: 'invoke', process: 0, f: 'broadcast', value: 'a' },
      { index: 1, time: 2, type: 'ok', process: 0, f: 'broadcast', value: { message: 'a', position: 1 } },
      { index: 2, time: 3, type: 'invoke', process: 1, f: 'deliveries', value: { from: 1 } },
      {
        index: 3,
        time: 4,
        type: 'ok',
        process: 1,
        f: 'deliveries',
        value: { node: 'n1', boot: 1, from: 1, messages: ['b'] },
      },
    ];
    const torn = '{"index":4,"time":5,"type":"inv';
    mkdirSync(join(directory, 'run'));
    const folder = join(directory, 'run');
    writeFileSync(join(folder, 'history.jsonl'), lines.map((line) => `${JSON.stringify(line)}\n`).join('') + torn);
    writeFileSync(join(folder, 'test.json'), JSON.stringify(record));
    const checked = await run(['check', folder]);
    expect(checked.stderr).toContain('warning');
    expect(checked.stdout).toContain('"a" was acknowledged');
    expect(checked.status).toBe(1);
    expect(existsSync(join(folder, 'results.json'))).toBe(true);
    const reported = await run(['report', folder]);
    expect(reported.stdout).toContain('report.html');
    expect(existsSync(join(folder, 'report.html'))).toBe(true);
    const forPrograms = await run(['report', folder, '--json']);
    const written = JSON.parse(forPrograms.stdout) as Record<string, string>;
    expect(written).toEqual({
      report: join(folder, 'report.html'),
      junit: join(folder, 'junit.xml'),
      summary: join(folder, 'summary.md'),
    });
    for (const path of Object.values(written)) expect(existsSync(path)).toBe(true);
    for (const [text, lacking] of [
      ['{"valid":true}', 'lacks summary, checkers, anomalies, faults'],
      ['null', 'lacks valid, summary, checkers, anomalies, faults'],
      [
        '{"valid":1,"summary":"","checkers":[],"anomalies":{},"faults":null}',
        'lacks valid, checkers, anomalies, faults',
      ],
    ] as const) {
      writeFileSync(join(folder, 'results.json'), text);
      const { status, stderr } = await run(['report', folder]);
      expect(stderr).toContain(`results.json ${lacking}\n`);
      expect(stderr).toContain(`raft-chaos check ${folder}`);
      expect(status).toBe(254);
    }
  });
});
