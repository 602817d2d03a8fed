import { mkdirSync, mkdtempSync, readdirSync, readlinkSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createRunFolder, pointLatest } from '../../src/controller/run-folder.ts';

let runs: string;
beforeEach(() => {
  runs = mkdtempSync(join(tmpdir(), 'raft-chaos-test-'));
});
afterEach(() => rmSync(runs, { recursive: true }));

describe('the folder of a run', () => {
  const startedAt = new Date('2026-01-01T00:00:00Z');

  it('is made with all above it, and is another for each run', () => {
    const below = join(runs, 'a/b');
    const first = createRunFolder(below, 'test', startedAt);
    expect(first).toBe(join(below, 'test/20260101T000000.000Z'));
    expect(createRunFolder(below, 'test', startedAt)).toBe(`${first}-2`);
  });

  it.each(['file', 'file/below', 'dangling'])('cannot be made at %s', (name) => {
    writeFileSync(join(runs, 'file'), '');
    symlinkSync('nothing/here', join(runs, 'dangling'));
    expect(() => createRunFolder(join(runs, name), 'test', startedAt)).toThrow(
      expect.objectContaining({ name: 'ChaosError', remedy: expect.stringContaining('--runs-dir') }),
    );
  });
});

describe('the link to the latest run', () => {
  it('moves on from run to run, even where the last is gone', () => {
    for (const name of ['one', 'two']) {
      pointLatest(runs, join(runs, 'test', name));
      expect(readlinkSync(join(runs, 'latest'))).toBe(join('test', name));
    }
    expect(readdirSync(runs)).toEqual(['latest']);
  });

  it.each([
    ['an empty directory', (path: string) => void mkdirSync(path)],
    ['a file', (path: string) => writeFileSync(path, 'mine')],
  ])('does not replace %s', (_, make) => {
    const latest = join(runs, 'latest');
    make(latest);
    expect(() => pointLatest(runs, join(runs, 'test/one'))).toThrow(
      expect.objectContaining({
        code: 'latest-taken',
        message: expect.stringContaining(latest),
        remedy: expect.stringContaining(`Move ${latest} away`),
      }),
    );
    expect(readdirSync(runs)).toEqual(['latest']);
  });
});
