import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

let root = '';
const children = new Set<ChildProcess>();

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'raft-chaos-lock-'));
});

afterEach(async () => {
  await Promise.all([...children].map(killed));
  rmSync(root, { recursive: true });
});

/** A process that tries to take the lock, and what it said of it. */
async function holder(directory: string): Promise<{ child: ChildProcess; said: string }> {
  const child = spawn(process.execPath, [join(import.meta.dirname, 'lock-holder.mjs'), root, directory], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  children.add(child);
  const [said] = (await once(createInterface({ input: child.stdout }), 'line')) as [string];
  return { child, said };
}

async function killed(child: ChildProcess): Promise<void> {
  children.delete(child);
  if (child.exitCode !== null || child.signalCode !== null) return;
  child.kill('SIGKILL');
  await once(child, 'exit');
}

describe.each(['data', `${'a-long-name/'.repeat(12)}data`])('a lock on the directory %s', (directory) => {
  beforeEach(() => void mkdirSync(join(root, directory), { recursive: true }));

  it('is held by one process at a time, and free as soon as that was killed', async () => {
    let { child, said } = await holder(directory);
    expect(said).toBe('locked');
    for (let round = 0; round < 3; round++) {
      expect((await holder(directory)).said).toBe('directory-in-use');
      await killed(child);
      ({ child, said } = await holder(directory));
      expect(said).toBe('locked');
    }
    // Of all of them one name is left.
    expect(readdirSync(join(root, directory))).toEqual(['lock-4']);
  });

  it('is held by a process that stands still', async () => {
    const { child } = await holder(directory);
    child.kill('SIGSTOP');
    expect((await holder(directory)).said).toBe('directory-in-use');
  });

  it('goes to one of those who find its holder dead at the same time', async () => {
    for (let round = 0; round < 3; round++) {
      const starters = await Promise.all(Array.from({ length: 6 }, () => holder(directory)));
      const words = starters.map(({ said }) => said);
      expect(words.toSorted()).toEqual([...new Array<string>(5).fill('directory-in-use'), 'locked']);
      await Promise.all(starters.map(({ child }) => killed(child)));
    }
  });
});
