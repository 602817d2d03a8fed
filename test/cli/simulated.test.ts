import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { Results } from '../../src/checker/verdict.ts';
import type { TestRecord } from '../../src/controller/run-folder.ts';
import { nemesisKinds } from '../../src/nemesis/spec.ts';
import { plantedBugs } from '../../src/node/bugs.ts';
import { run, start, withDirectory } from './command-line.ts';

const noEngine = { DOCKER_HOST: 'unix:///no/engine.sock' };

interface RunJson extends Results {
  readonly folder: string;
  readonly historySha256: string;
}

interface SwarmJson {
  readonly asked: number;
  readonly made: number;
  readonly firstSeed: number;
  readonly verified: number;
  readonly notValid: readonly { readonly seed: number; readonly command: string; readonly historySha256: string }[];
  readonly kept: readonly string[];
  readonly valid: number;
  readonly invalid: number;
  readonly failed: number;
}

describe('raft-chaos run without an engine', () => {
  it('simulates, says so, and keeps all that a run in Docker keeps', async () => {
    await withDirectory(async (runs) => {
      const words = ['run', '--nemesis', 'partition', '--time-limit', '30', '--seed', '3', '--runs-dir', runs];
      const { status, stdout, stderr } = await run(words, noEngine);
      expect(stderr).toContain('simulating the cluster in this process: no Docker engine answers');
      expect(stdout).toMatch(/^VALID/);
      expect(stdout).toMatch(/history: sha256 [0-9a-f]{64}/);
      expect(status).toBe(0);
      const latest = join(runs, 'latest');
      for (const file of ['test.json', 'history.jsonl', 'results.json', 'report.html', 'junit.xml', 'summary.md']) {
        expect(existsSync(join(latest, file)), file).toBe(true);
      }
      expect(readFileSync(join(latest, 'nodes', 'n3', 'trace.jsonl'), 'utf8')).toContain('"event":"receive"');
      expect(readFileSync(join(latest, 'nodes', 'n3', 'stdout.log'), 'utf8')).toContain('is ready');
      expect((await run(['check', latest])).status).toBe(0);
    });
  });

  it('injects every fault there is, each with evidence, and prints a command that runs the same again', async () => {
    await withDirectory(async (runs) => {
      const nemeses = nemesisKinds.map(({ name }) => `${name}:every=8:for=4`).join(',');
      const words = ['run', '--backend', 'sim', '--nemesis', nemeses, '--seed', '21', '--runs-dir', runs, '--json'];
      const { status, stdout, stderr } = await run(words);
      const results = JSON.parse(stdout) as RunJson;
      expect(status, `${results.summary}\n${stderr}`).toBe(0);
      for (const { name } of nemesisKinds) {
        const faults = results.faults.filter((fault) => fault.nemesis === name);
        expect(
          faults.some((fault) => fault.effective && fault.evidence.length > 0),
          name,
        ).toBe(true);
      }
      const { command } = JSON.parse(readFileSync(join(results.folder, 'test.json'), 'utf8')) as TestRecord;
      const again = await run([...command.split(' ').slice(1), '--runs-dir', runs, '--json']);
      expect((JSON.parse(again.stdout) as RunJson).historySha256).toBe(results.historySha256);
    });
  });

  it('says before it starts what Docker cannot inject, and how to get it', async () => {
    await withDirectory(async (runs) => {
      const words = ['run', '--backend', 'docker', '--nemesis', 'kill,disk,clock', '--runs-dir', runs];
      const { status, stderr } = await run(words, noEngine);
      expect(stderr).toContain('the backend docker cannot inject: disk, clock');
      expect(stderr).toContain('--backend sim');
      expect(status).toBe(255);
      expect(readdirSync(runs, { recursive: true }).filter((name) => String(name).endsWith('.json'))).toEqual([]);
    });
  });
});

describe('raft-chaos run --backend sim --seeds', () => {
  it('draws other runs for other seeds, all valid, and keeps none of them', async () => {
    await withDirectory(async (runs) => {
      const words = ['run', '--backend', 'sim', '--seeds', '12', '--seed', '500', '--time-limit', '10'];
      const { status, stdout, stderr } = await run([...words, '--runs-dir', runs]);
      expect(stdout, stderr).toMatch(/12 of 12 runs: 12 valid, 0 invalid, 0 unknown; \d+ s simulated/);
      expect(stdout).toContain('1 were made twice and were the same');
      expect(status).toBe(0);
      expect(stderr).toContain('seeds from 500');
      expect(readdirSync(runs)).toEqual([]);
    });
  });

  it.each(plantedBugs)('finds $name, keeps the run, and replays it exactly', async ({ name, nemeses }) => {
    await withDirectory(async (runs) => {
      const words = ['run', '--backend', 'sim', '--seeds', '200', '--seed', '1', '--bug', name, '--nodes', '3'];
      const how = ['--nemesis', nemeses.join(','), '--time-limit', '15', '--runs-dir', runs, '--json'];
      const { status, stdout, stderr } = await run([...words, ...how]);
      expect(status, stderr).toBe(1);
      const found = JSON.parse(stdout) as SwarmJson;
      expect(found).toMatchObject({ asked: 200, firstSeed: 1 });
      expect(found.made).toBeLessThan(200);
      expect(found.invalid).toBeGreaterThan(0);
      expect(found.failed).toBe(0);
      const [folder = ''] = found.kept;
      const { command } = JSON.parse(readFileSync(join(folder, 'test.json'), 'utf8')) as TestRecord;
      const hash = found.notValid.find((each) => each.command === command)?.historySha256;
      const replayed = await run(['replay', folder, '--runs-dir', runs]);
      expect(replayed.stdout).toContain(`replayed: 1 of 1 made the same history, sha256 ${hash}`);
      expect(replayed.status).toBe(1);
    });
  });

  it('counts failures instead of stopping with --keep-going', async () => {
    await withDirectory(async (runs) => {
      const words = ['run', '--backend', 'sim', '--seeds', '8', '--seed', '1', '--bug', 'stale-read', '--keep-going'];
      const { status, stdout } = await run([...words, '--nodes', '5', '--nemesis', 'partition', '--runs-dir', runs]);
      const [, invalid] = /8 of 8 runs: \d+ valid, (\d+) invalid/.exec(stdout) ?? [];
      expect(Number(invalid)).toBeGreaterThan(1);
      expect(stdout.match(/again: raft-chaos run --backend sim --nodes 5/g)?.length).toBeGreaterThan(1);
      expect(status).toBe(1);
    });
  });

  it('says at once what does not go together', async () => {
    const words = ['run', '--backend', 'sim', '--seeds', '50', '--nemesis', 'partition', '--nodes', '1'];
    const { status, stderr } = await run(words);
    expect(stderr).toContain('one node alone cannot be parted');
    expect(status).toBe(254);
  });
});

describe('a swarm that is interrupted', () => {
  it('is no success: what was not made was not shown', async () => {
    await withDirectory(async (runs) => {
      const running = start([
        'run',
        '--backend',
        'sim',
        '--seeds',
        '100000',
        '--seed',
        '1',
        '--runs-dir',
        runs,
        '--json',
      ]);
      await running.saying('swarm of 100000');
      await new Promise((resolve) => setTimeout(resolve, 8000));
      running.kill('SIGINT');
      const { status, stdout, stderr } = await running.finished;
      expect(stderr).toContain('ending the runs under way');
      const { made } = JSON.parse(stdout) as SwarmJson;
      expect(JSON.parse(stdout)).toMatchObject({ interrupted: true, asked: 100_000 });
      expect(made).toBeLessThan(100_000);
      expect(status).toBe(made === 0 ? 255 : 2);
    });
  });
});

describe('raft-chaos replay', () => {
  const short = ['run', '--backend', 'sim', '--time-limit', '5', '--nemesis', 'none', '--seed', '4'];

  /** A short run whose `test.json` is then changed. */
  async function changed(runs: string, change: (test: Mutable) => void): Promise<string> {
    const { stdout } = await run([...short, '--runs-dir', runs, '--json']);
    const { folder } = JSON.parse(stdout) as RunJson;
    const path = join(folder, 'test.json');
    const test = JSON.parse(readFileSync(path, 'utf8')) as Mutable;
    change(test);
    writeFileSync(path, JSON.stringify(test));
    return folder;
  }

  interface Mutable {
    options: { [option: string]: unknown };
    versions: { [part: string]: string };
    ending?: { historySha256: string; interrupted: boolean };
  }

  it('says where a run is not made again, and from which line on', async () => {
    await withDirectory(async (runs) => {
      // Another state of the program, or a simulation that is not deterministic, would leave such a folder.
      const folder = await changed(runs, (test) => delete test.ending);
      const path = join(folder, 'history.jsonl');
      const lines = readFileSync(path, 'utf8').split('\n');
      lines[9] += ' ';
      writeFileSync(path, lines.join('\n'));
      const { status, stderr } = await run(['replay', folder, '--runs-dir', runs]);
      expect(stderr).toContain('they differ from line 10 on');
      expect(status).toBe(255);
    });
  });

  it('warns of another state of the program', async () => {
    await withDirectory(async (runs) => {
      const folder = await changed(runs, ({ versions }) => {
        versions['program'] = 'another';
      });
      const { status, stdout, stderr } = await run(['replay', folder, '--runs-dir', runs]);
      expect(stderr).toContain('warning: the run was made by program another');
      expect(stdout).toContain('replayed: 1 of 1');
      expect(status).toBe(0);
    });
  });

  it.each<[string, (test: Mutable) => void, string]>([
    ['a world that is missing', ({ options }) => delete options['world'], 'has no sound world'],
    ['time-outs that are missing', ({ options }) => Object.assign(options, { timing: {} }), 'has no sound timing'],
    [
      'a nemesis that is not there',
      ({ options }) => Object.assign(options, { nemeses: ['moth'] }),
      'no nemesis "moth"',
    ],
    [
      'a history that was changed',
      (test) => Object.assign(test.ending ?? {}, { historySha256: 'x' }),
      'is not the history',
    ],
  ])('refuses %s, and makes no run', async (_what, change, problem) => {
    await withDirectory(async (runs) => {
      const folder = await changed(runs, change);
      const before = readdirSync(join(runs, 'raft-broadcast'));
      const { status, stderr } = await run(['replay', folder, '--runs-dir', runs]);
      expect(stderr).toContain(problem);
      expect(status).toBe(254);
      expect(readdirSync(join(runs, 'raft-broadcast'))).toEqual(before);
    });
  });

  it('refuses what is no run', async () => {
    await withDirectory(async (directory) => {
      const { status, stderr } = await run(['replay', directory]);
      expect(stderr).toContain('cannot be read');
      expect(status).toBe(254);
    });
  });
});
