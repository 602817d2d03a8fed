import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { Results } from '../../src/checker/verdict.ts';
import { needsDocker } from '../support/needs.ts';
import { run, start, withDirectory } from './command-line.ts';
import { leftoversOf } from './engine-leftovers.ts';

/** What of the run in this folder is still in the engine. */
function leftovers(folder: string): string[] {
  const { runId } = JSON.parse(readFileSync(join(folder, 'test.json'), 'utf8')) as { runId: string };
  return leftoversOf(runId);
}

describe.skipIf(!(await needsDocker()))('raft-chaos run on Docker', () => {
  it('partitions five nodes, finds the run valid and keeps everything of it', async () => {
    await withDirectory(async (runs) => {
      const words = [
        'run',
        '--nemesis',
        'partition:every=5:for=3',
        '--time-limit',
        '15',
        '--seed',
        '7',
        '--runs-dir',
        runs,
      ];
      const { status, stdout, stderr } = await run([...words, '--json']);
      const results = JSON.parse(stdout) as Results & { folder: string };
      expect(results.valid, `${results.summary}\n${stderr}`).toBe(true);
      expect(status).toBe(0);
      expect(results.faults.length).toBeGreaterThanOrEqual(2);
      for (const fault of results.faults) {
        expect(fault.effective, fault.evidence.join('; ')).toBe(true);
        expect(fault.evidence.join(' ')).toMatch(/probes: none of .*packet counters: [1-9]/);
      }
      const latest = join(runs, 'latest');
      for (const file of ['test.json', 'history.jsonl', 'results.json', 'report.html', 'junit.xml', 'summary.md']) {
        expect(existsSync(join(latest, file)), file).toBe(true);
      }
      for (const node of ['n1', 'n5']) {
        expect(readFileSync(join(latest, 'nodes', node, 'stdout.log'), 'utf8')).toContain('is ready');
        expect(readFileSync(join(latest, 'nodes', node, 'trace.jsonl'), 'utf8')).toContain('"event":"receive"');
      }
      expect(leftovers(results.folder)).toEqual([]);
      const checked = await run(['check', latest]);
      expect(checked.status).toBe(0);
    });
  });

  it('partitions and kills another system, the Redis example, and finds its keys linearizable', async () => {
    await withDirectory(async (runs) => {
      const words = ['run', '--system', 'redis-kv', '--nemesis', 'partition:every=6:for=3,kill:every=6:for=3'];
      const { status, stdout, stderr } = await run([
        ...[...words, '--time-limit', '20', '--seed', '1'],
        ...['--runs-dir', runs, '--json'],
      ]);
      const results = JSON.parse(stdout) as Results & { folder: string };
      expect(results.valid, `${results.summary}\n${stderr}`).toBe(true);
      expect(status).toBe(0);
      expect(results.faults.length).toBeGreaterThanOrEqual(4);
      for (const fault of results.faults) expect(fault.effective, fault.evidence.join('; ')).toBe(true);
      const history = readFileSync(join(runs, 'latest', 'history.jsonl'), 'utf8');
      for (const f of ['read', 'write', 'cas']) expect(history).toMatch(new RegExp(`"type":"ok".*"f":"${f}"`));
      expect(leftovers(results.folder)).toEqual([]);
    });
  });

  it('finds lost-ack, and shows the message, the operation and the node', async () => {
    await withDirectory(async (runs) => {
      const words = ['run', '--bug', 'lost-ack', '--nemesis', 'partition:shape=isolate-leader:every=5:for=3'];
      const { status, stdout } = await run([...words, '--time-limit', '12', '--seed', '1', '--runs-dir', runs]);
      expect(status).toBe(1);
      expect(stdout).toMatch(/lost: Message "n\d-\d+" was acknowledged by n\d at position \d+ \(operation \d+\)/);
      expect(readFileSync(join(runs, 'latest', 'report.html'), 'utf8')).toContain('was acknowledged by');
    });
  });

  it('heals, reads and judges at the first Ctrl-C', async () => {
    await withDirectory(async (runs) => {
      const running = start(['run', '--nodes', '3', '--nemesis', 'none', '--time-limit', '60', '--runs-dir', runs]);
      await running.saying('running');
      await new Promise((resolve) => setTimeout(resolve, 3000));
      running.kill('SIGINT');
      const { status, stdout } = await running.finished;
      expect(stdout).toContain('VALID');
      expect(status).toBe(0);
      expect(leftovers(join(runs, 'latest'))).toEqual([]);
    });
  });

  it('calls an exit of a node that no fault asked for a node-crash, and prints no colour where nobody looks on', async () => {
    await withDirectory(async (runs) => {
      const running = start(['run', '--nodes', '3', '--nemesis', 'none', '--time-limit', '6', '--runs-dir', runs]);
      await running.saying('running');
      const { runId } = JSON.parse(readFileSync(join(runs, 'latest', 'test.json'), 'utf8')) as { runId: string };
      const filters = ['--filter', `label=raft-chaos.run=${runId}`, '--filter', 'name=-n2$'];
      const container = execFileSync('docker', ['ps', '-q', ...filters], { encoding: 'utf8' }).trim();
      execFileSync('docker', ['kill', container]);
      const { status, stdout } = await running.finished;
      expect(stdout).toContain('node-crash: The process of n2 ended with exit code 137');
      expect(stdout).not.toContain('\u001b');
      expect(status).toBe(1);
    });
  });

  it('stops at once at the second Ctrl-C, and still cleans up', async () => {
    await withDirectory(async (runs) => {
      const running = start(['run', '--nodes', '3', '--nemesis', 'none', '--time-limit', '60', '--runs-dir', runs]);
      await running.saying('running');
      running.kill('SIGINT');
      await running.saying('once more');
      running.kill('SIGINT');
      const { status, stderr } = await running.finished;
      expect(stderr).toContain(join(runs, 'raft-broadcast'));
      expect(status).toBe(255);
      expect(leftovers(join(runs, 'latest'))).toEqual([]);
    });
  });

  it('says that the disk is full, and leaves no container', async () => {
    await withDirectory(async (directory) => {
      const runs = join(directory, 'runs');
      mkdirSync(runs);
      execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=64k', 'none', runs]);
      try {
        const { status, stderr } = await run(['run', '--nodes', '3', '--nemesis', 'none', '--runs-dir', runs]);
        expect(stderr).toContain('ENOSPC');
        expect(stderr).toContain('--runs-dir');
        expect(stderr).not.toMatch(/\n\s+at /);
        expect(status).toBe(255);
        expect(leftovers(join(runs, 'latest'))).toEqual([]);
      } finally {
        execFileSync('umount', [runs]);
      }
    });
  });

  it('says that an address range is taken', async () => {
    await withDirectory(async (runs) => {
      const { status, stderr } = await run(['run', '--runs-dir', runs], { RAFT_CHAOS_SUBNET: '172.17.0.0/28' });
      expect(stderr).toContain('172.17.0.0/28 is taken');
      expect(status).toBe(255);
    });
  });

  it('makes several runs with as many seeds and judges them together', async () => {
    await withDirectory(async (runs) => {
      const words = ['run', '--nodes', '3', '--nemesis', 'none', '--time-limit', '2', '--seeds', '2', '--seed', '5'];
      const { status, stdout } = await run([...words, '--runs-dir', runs, '--json']);
      const together = JSON.parse(stdout) as { status: number; runs: Results[] };
      expect(together.runs.map((each) => each.valid)).toEqual([true, true]);
      expect(status).toBe(0);
    });
  });
});
