import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { DiskFate } from '../../src/base/memory/disk.ts';
import { SECTOR_BYTES } from '../../src/base/memory/file-tree.ts';
import { bytesOf, codeOf, filled, machine, outcomes, SEEDS, textOf } from './disk-machine.ts';

describe('a power loss', () => {
  it('keeps what was synced, and of later writes any part, sector by sector', async () => {
    const sector = fc.record({
      at: fc.nat(5000),
      length: fc.integer({ min: 1, max: 3000 }),
      sync: fc.boolean(),
    });
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 0, max: 0xffffffff }),
        fc.array(sector, { maxLength: 12 }),
        async (seed, writes) => {
          const { open, write, sync, syncDirectory, powerLoss, read } = machine(seed);
          const file = await open('log');
          await syncDirectory();
          /** By position: the values it may have after a power loss; one that was synced, and all since. */
          const possible: number[][] = [];
          for (const [number, { at, length, sync: synced }] of writes.entries()) {
            await write(file, at, filled(length, number + 1));
            for (let i = 0; i < at + length; i++) possible[i] ??= [0];
            for (let i = at; i < at + length; i++) possible[i]?.push(number + 1);
            if (!synced) continue;
            await sync(file);
            for (let i = 0; i < possible.length; i++) possible[i] = possible[i]?.slice(-1) ?? [];
          }
          powerLoss();
          const left = (await read('log')) ?? new Uint8Array(0);
          const wrong = possible.findIndex(
            (values, i) => !values.includes(left[i] ?? 0) || (i >= left.length && !values.includes(0)),
          );
          expect(wrong, `seed ${seed}: byte ${wrong} is ${left[wrong]}, may be ${possible[wrong]}`).toBe(-1);
        },
      ),
      { numRuns: 200 },
    );
  });

  it('keeps unsynced writes wholly, in part or not at all, and parts are whole sectors', async () => {
    const seen = await outcomes(async (seed) => {
      const { open, write, syncDirectory, powerLoss, read } = machine(seed);
      const file = await open('a');
      await syncDirectory();
      await write(file, 100, filled(SECTOR_BYTES * 2, 1));
      powerLoss();
      const left = (await read('a')) ?? new Uint8Array(0);
      const kept = [left[100] ?? 0, left[SECTOR_BYTES] ?? 0, left[2 * SECTOR_BYTES] ?? 0];
      expect(
        left.reduce((sum, byte) => sum + byte, 0),
        `seed ${seed}`,
      ).toBe((kept[0] ?? 0) * (SECTOR_BYTES - 100) + (kept[1] ?? 0) * SECTOR_BYTES + (kept[2] ?? 0) * 100);
      return kept;
    });
    expect(seen.size).toBe(8);
  });

  it('may undo or keep a truncation that was not synced', async () => {
    const seen = await outcomes(async (seed) => {
      const { open, write, sync, truncate, syncDirectory, powerLoss, read } = machine(seed);
      const file = await open('a');
      await syncDirectory();
      await write(file, 0, bytesOf('abcdef'));
      await sync(file);
      await truncate(file, 2);
      powerLoss();
      return textOf(await read('a'));
    });
    expect(seen).toEqual(new Set(['"abcdef"', '"ab"']));
  });

  it('may take a new name, however well its file was synced, unless the directory was synced', async () => {
    const scenario = (syncsDirectory: boolean) => async (seed: number) => {
      const { open, write, sync, makeDirectory, syncDirectory, powerLoss, read, list } = machine(seed);
      await makeDirectory('d');
      await syncDirectory();
      const file = await open('d/a');
      await write(file, 0, bytesOf('x'));
      await sync(file);
      if (syncsDirectory) await syncDirectory('d');
      powerLoss();
      expect(await list('d')).toEqual((await read('d/a')) === null ? [] : ['a']);
      return textOf(await read('d/a'));
    };
    expect(await outcomes(scenario(false))).toEqual(new Set(['null', '"x"']));
    expect(await outcomes(scenario(true))).toEqual(new Set(['"x"']));
  });

  it('shows a file that was replaced by renaming as it was before or after, never as neither', async () => {
    const seen = await outcomes(async (seed) => {
      const { open, write, sync, rename, syncDirectory, powerLoss, read, list } = machine(seed);
      const old = await open('vote');
      await write(old, 0, bytesOf('old'));
      await sync(old);
      await syncDirectory();
      const next = await open('vote.new');
      await write(next, 0, bytesOf('new'));
      await sync(next);
      await rename('vote.new', 'vote');
      powerLoss();
      return [textOf(await read('vote')), await list()];
    });
    expect(seen).toEqual(new Set(['["old",["vote"]]', '["old",["vote","vote.new"]]', '["new",["vote"]]']));
  });

  it('shows a file that was renamed into another directory in one of them or both, never in neither', async () => {
    const scenario = (syncs: 'from' | 'to' | null) => async (seed: number) => {
      const { open, write, sync, rename, makeDirectory, syncDirectory, powerLoss, list } = machine(seed);
      await makeDirectory('from');
      await makeDirectory('to');
      await syncDirectory();
      const file = await open('from/a');
      await write(file, 0, bytesOf('x'));
      await sync(file);
      await syncDirectory('from');
      await rename('from/a', 'to/b');
      if (syncs !== null) await syncDirectory(syncs);
      powerLoss();
      return [...(await list('from')), ...(await list('to'))];
    };
    expect(await outcomes(scenario(null))).toEqual(new Set(['["a"]', '["a","b"]', '["b"]']));
    expect(await outcomes(scenario('to'))).toEqual(new Set(['["a","b"]', '["b"]']));
    // That the old name is gone is durable only with the new one.
    expect(await outcomes(scenario('from'))).toEqual(new Set(['["b"]']));
  });

  it('counts the changes it took, and the writes it tore', async () => {
    const seen = await outcomes(async (seed) => {
      const { medium, open, write, truncate, sync, syncDirectory, powerLoss, read } = machine(seed);
      const file = await open('a');
      await syncDirectory();
      await write(file, 0, filled(2 * SECTOR_BYTES, 1));
      await sync(file);
      await write(file, 0, filled(2 * SECTOR_BYTES, 2));
      await truncate(file, 3 * SECTOR_BYTES);
      await open('b');
      powerLoss();
      const left = (await read('a')) ?? new Uint8Array(0);
      const kept = [left[0], left[SECTOR_BYTES]].filter((byte) => byte === 2).length;
      const lost = [kept === 0, left.length < 3 * SECTOR_BYTES, (await read('b')) === null].filter(
        (gone) => gone,
      ).length;
      const { lostWrites, tornWrites } = medium.counters();
      expect([lostWrites, tornWrites], `seed ${seed}`).toEqual([lost, kept === 1 ? 1 : 0]);
      return [lostWrites, tornWrites];
    });
    expect(seen.size).toBe(7);
  });

  it('may bring a removed file back until the directory is synced', async () => {
    const scenario = (syncs: boolean) => async (seed: number) => {
      const { open, remove, syncDirectory, powerLoss, list } = machine(seed);
      await open('a');
      await syncDirectory();
      await remove('a');
      if (syncs) await syncDirectory();
      powerLoss();
      return list();
    };
    expect(await outcomes(scenario(false))).toEqual(new Set(['["a"]', '[]']));
    expect(await outcomes(scenario(true))).toEqual(new Set(['[]']));
  });

  it('a sync covers only the writes that were done when it was called', async () => {
    const seen = await outcomes(async (seed) => {
      const { virtual, open, syncDirectory, powerLoss, read } = machine(seed);
      const file = await open('a');
      await syncDirectory();
      const done: string[] = [];
      file.fdatasync(() => done.push('synced'));
      file.write(0, bytesOf('late'), () => done.push('written'));
      await virtual.run();
      expect(done).toEqual(['written', 'synced']);
      powerLoss();
      return textOf(await read('a'));
    });
    expect(seen).toEqual(new Set(['"late"', '""']));
  });
});

describe('a crash of the process', () => {
  it('loses nothing that was reported, synced or not', async () => {
    for (const seed of SEEDS) {
      const { open, write, crash, read } = machine(seed);
      await write(await open('a'), 0, bytesOf('written'));
      crash();
      expect(textOf(await read('a')), `seed ${seed}`).toBe('written');
    }
  });

  it('does or does not what was under way, at once, and never reports it', async () => {
    const seen = await outcomes(async (seed) => {
      const { virtual, open, crash, read } = machine(seed);
      const file = await open('a');
      const reported: string[] = [];
      file.write(0, bytesOf('one'), () => reported.push('one'));
      file.write(3, bytesOf('two'), () => reported.push('two'));
      crash();
      const atOnce = textOf(await read('a'));
      await virtual.run();
      expect(reported).toEqual([]);
      expect(textOf(await read('a'))).toBe(atOnce);
      return atOnce;
    });
    expect(seen).toEqual(new Set(['""', '"one"', '"\\u0000\\u0000\\u0000two"', '"onetwo"']));
  });

  it('ends what the process may do', async () => {
    const { disk, virtual, crash, read } = machine(1);
    const port = disk();
    crash();
    port.open('a', () => expect.unreachable('a dead process is told nothing'));
    await virtual.run();
    expect(await read('a')).toBeNull();
  });
});

describe('a lock', () => {
  it('is held by a process, and ends with that or with the power', async () => {
    const { lock, makeDirectory, crash, powerLoss } = machine(1);
    await makeDirectory('d');
    for (const end of [crash, powerLoss, crash]) {
      await makeDirectory('d');
      await lock('d');
      expect(await codeOf(lock('d'))).toBe('directory-in-use');
      end();
    }
  });

  it('that a dead process had is not released by it any more', async () => {
    const { virtual, lock, makeDirectory, syncDirectory, crash } = machine(1);
    await makeDirectory('d');
    await syncDirectory();
    const first = await lock('d');
    crash();
    await lock('d');
    first.release(() => expect.unreachable('a dead process is told nothing'));
    await virtual.run();
    expect(await codeOf(lock('d'))).toBe('directory-in-use');
  });
});

describe('what a fault decides', () => {
  const fate = (change: Partial<DiskFate>): DiskFate => ({ delayNs: 1000, error: null, ...change });

  it('fails an operation without effect, with the code and the path', async () => {
    let full = false;
    const { open, write, read } = machine(1, ({ kind }) => fate({ error: full && kind === 'write' ? 'ENOSPC' : null }));
    const file = await open('log');
    await write(file, 0, bytesOf('fits'));
    full = true;
    await expect(write(file, 4, bytesOf('does not'))).rejects.toMatchObject({
      code: 'ENOSPC',
      message: expect.stringContaining('write log'),
    });
    expect(textOf(await read('log'))).toBe('fits');
  });

  it('a failed sync loses what it covered for good: a later sync that succeeds does not bring it to the medium', async () => {
    const seen = await outcomes(async (seed) => {
      let broken = false;
      const { open, write, sync, syncDirectory, powerLoss, read } = machine(seed, ({ kind }) =>
        fate({ error: broken && kind === 'fdatasync' ? 'EIO' : null }),
      );
      const file = await open('log');
      await syncDirectory();
      await write(file, 0, bytesOf('lost'));
      broken = true;
      expect(await codeOf(sync(file))).toBe('EIO');
      broken = false;
      await sync(file);
      expect(textOf(await read('log'))).toBe('lost');
      powerLoss();
      return textOf(await read('log'));
    });
    expect(seen).toEqual(new Set(['""']));
  });

  it('makes single operations slow', async () => {
    const { virtual, open, sync } = machine(1, ({ kind }) => fate({ delayNs: kind === 'fdatasync' ? 5e9 : 1 }));
    const file = await open('a');
    const before = virtual.nowNs();
    await sync(file);
    expect(virtual.nowNs() - before).toBe(5e9);
  });
});
