import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import type Docker from 'dockerode';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { collectNode } from '../../src/cluster/docker/collect.ts';
import { untar } from '../../src/cluster/docker/untar.ts';

/** What is written to it never fits. */
const fullDisk = '/dev/full';

describe.skipIf(process.platform !== 'linux')('a disk that is full while logs are collected', () => {
  let directory: string;
  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'raft-chaos-test-'));
    mkdirSync(join(directory, 'in'));
    mkdirSync(join(directory, 'out'));
  });
  afterEach(() => rmSync(directory, { recursive: true }));

  /** An archive in pieces, as the engine sends it. */
  function packed(name: string, content: Buffer): Readable {
    writeFileSync(join(directory, 'in', name), content);
    const archive = execFileSync('tar', ['-c', '-C', join(directory, 'in'), name], { maxBuffer: 1e9 });
    const pieces: Buffer[] = [];
    for (let at = 0; at < archive.length; at += 65_536) pieces.push(archive.subarray(at, at + 65_536));
    return Readable.from(pieces);
  }

  const refusal = (path: string) => ({
    name: 'ChaosError',
    code: 'ENOSPC',
    message: expect.stringContaining(path),
    remedy: expect.stringMatching(/room.*--runs-dir/),
  });

  it.each([10, 64 * 1024, 10_000_000])('is an error of unpacking a file of %d bytes', async (size) => {
    const archive = packed('file', Buffer.alloc(size, 'x'));
    await expect(untar(archive, () => fullDisk)).rejects.toMatchObject(refusal(fullDisk));
    expect(archive.destroyed).toBe(true);
  });

  it('names what stands in the way of a file', async () => {
    const target = join(directory, 'in/file/below');
    await expect(untar(packed('file', Buffer.from('x')), () => target)).rejects.toMatchObject({
      code: 'EEXIST',
      message: expect.stringContaining(target),
    });
  });

  it('leaves an error of the archive what it was', async () => {
    const broken = new Error('connection reset');
    async function* torn() {
      yield (packed('file', Buffer.alloc(5000)).read() as Buffer).subarray(0, 1000);
      throw broken;
    }
    await expect(untar(torn(), () => join(directory, 'out/file'))).rejects.toBe(broken);
  });

  it.each(['stdout.log', 'stderr.log', 'trace.jsonl'])('is an error of collecting, which names %s', async (name) => {
    const target = join(directory, 'out', name);
    symlinkSync(fullDisk, target);
    const collecting = collectNode(
      engineWith(packed('trace.jsonl', Buffer.alloc(100_000))),
      'id',
      join(directory, 'out'),
    );
    await expect(collecting).rejects.toMatchObject(refusal(target));
  });
});

/** An engine whose only container printed a byte to each stream, and holds one file. */
function engineWith(archive: Readable): Docker {
  const frame = (stream: number) => Buffer.from([stream, 0, 0, 0, 0, 0, 0, 1, 0x78]);
  const container = {
    logs: async () => Buffer.concat([frame(1), frame(2)]),
    getArchive: async () => archive,
  };
  return { getContainer: () => container } as unknown as Docker;
}
