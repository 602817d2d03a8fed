import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { seededRandom } from '../../src/base/random.ts';
import type { Results } from '../../src/checker/verdict.ts';
import type { TestRecord } from '../../src/controller/run-folder.ts';
import { needsDocker } from '../support/needs.ts';
import { run, start, withDirectory } from './command-line.ts';
import { leftoversOf } from './engine-leftovers.ts';

const kills = Number(process.env['RAFT_CHAOS_KILLS'] ?? 3);
const seed = Number(process.env['RAFT_CHAOS_TEST_SEED'] ?? 1);
const cleanWithinMs = 10_000;

describe.skipIf(!(await needsDocker()))(`a controller killed with SIGKILL, ${kills} times (seed ${seed})`, () => {
  const random = seededRandom(seed);
  const moments = Array.from({ length: kills }, () => random.integer(300, 12_000));

  it.each(moments)('leaves nothing in the engine and a folder that can be judged, %i ms in', async (momentMs) => {
    await withDirectory(async (runs) => {
      const nemesis = 'partition:every=3:for=1.5,pause:every=4,kill:every=4';
      const words = ['run', '--nemesis', nemesis, '--time-limit', '60', '--seed', String(momentMs), '--runs-dir', runs];
      const running = start(words);
      await sleep(momentMs);
      running.kill('SIGKILL');
      await running.finished;
      const folder = folderIn(runs);
      // Killed before it had made its folder, it had made nothing else.
      if (folder === null) return;
      const { runId } = JSON.parse(readFileSync(join(folder, 'test.json'), 'utf8')) as TestRecord;
      const deadline = Date.now() + cleanWithinMs;
      while (leftoversOf(runId).length > 0 && Date.now() < deadline) await sleep(100);
      expect(leftoversOf(runId)).toEqual([]);
      const { status, stdout, stderr } = await run(['check', folder, '--json']);
      const results = JSON.parse(stdout) as Results;
      // Nothing is broken, and a run without its final reads cannot be called valid.
      expect(results.anomalies, stderr).toEqual([]);
      expect(results.valid).toBe('unknown');
      expect(status).toBe(2);
      expect(existsSync(join(folder, 'results.json'))).toBe(true);
    });
  });
});

function folderIn(runs: string): string | null {
  const files = readdirSync(runs, { recursive: true, encoding: 'utf8' });
  const test = files.find((name) => name.endsWith('test.json') && !name.startsWith('latest'));
  return test === undefined ? null : join(runs, test, '..');
}

function sleep(durationMs: number): Promise<void> {
  return new Promise((resolve) => void setTimeout(resolve, durationMs));
}
