import { describe, expect, it } from 'vitest';
import { bytesOf, codeOf, machine, outcomes, SEEDS, textOf } from './disk-machine.ts';

const MS = 1e6;

describe('a full disk', () => {
  it('takes no new file, directory or longer one, and lets everything else happen', async () => {
    const { medium, open, write, truncate, sync, makeDirectory, syncDirectory, rename, remove, read, list } =
      machine(1);
    await makeDirectory('d');
    const file = await open('d/a');
    await write(file, 0, bytesOf('abcdef'));
    medium.impair('full', { kind: 'full' });
    expect(await codeOf(open('b'))).toBe('ENOSPC');
    expect(await codeOf(makeDirectory('e'))).toBe('ENOSPC');
    expect(await codeOf(makeDirectory('d/e/f'))).toBe('ENOSPC');
    expect(await codeOf(write(file, 6, bytesOf('g')))).toBe('ENOSPC');
    // Beyond the end by one byte: nothing of it is written.
    expect(await codeOf(write(file, 5, bytesOf('XY')))).toBe('ENOSPC');
    expect(textOf(await read('d/a'))).toBe('abcdef');
    await write(file, 4, bytesOf('EF'));
    await sync(file);
    await truncate(file, 5);
    expect(await codeOf(write(file, 5, bytesOf('F')))).toBe('ENOSPC');
    await makeDirectory('d');
    await open('d/a');
    await rename('d/a', 'd/b');
    await syncDirectory('d');
    expect([textOf(await read('d/b')), await list('d')]).toEqual(['abcdE', ['b']]);
    await remove('d/b');
    expect(medium.counters().refused).toEqual({ ENOSPC: 6, EIO: 0 });
    medium.mend('full');
    await write(await open('b'), 0, bytesOf('room'));
    expect(textOf(await read('b'))).toBe('room');
  });

  it('stays full until the last fault that made it so is undone', async () => {
    const { medium, open } = machine(1);
    medium.impair('first', { kind: 'full' });
    medium.impair('second', { kind: 'full' });
    medium.mend('first');
    expect(await codeOf(open('a'))).toBe('ENOSPC');
    medium.mend('second');
    expect(await codeOf(open('a'))).toBe('no error');
  });
});

describe('a disk with errors', () => {
  it.each([1, 2, 3])('fails its share of those operations, without effect, and no others; seed %i', async (seed) => {
    const { medium, open, write, sync, read } = machine(seed);
    const file = await open('a');
    medium.impair('fault', { kind: 'error', code: 'EIO', ratio: 0.25, operations: ['write', 'read'] });
    let failed = 0;
    const reads: (string | null)[] = [];
    let expected = '';
    for (let i = 0; i < 1000; i++) {
      const code = await codeOf(write(file, 0, bytesOf(`${i}`.padStart(4))));
      if (code === 'EIO') failed += 1;
      else expected = `${i}`.padStart(4);
      await sync(file);
      const found = await read('a').then(textOf, () => null);
      if (found === null) failed += 1;
      reads.push(found === null || found === expected ? null : found);
    }
    expect(reads.filter((wrong) => wrong !== null)).toEqual([]);
    expect(failed / 2000).toBeCloseTo(0.25, 1);
    expect(medium.counters().refused).toEqual({ ENOSPC: 0, EIO: failed });
    expect(medium.counters().operations).toBe(3001);
    medium.mend('fault');
    for (let i = 0; i < 50; i++) await write(file, 0, bytesOf('well'));
    expect(medium.counters().refused.EIO).toBe(failed);
  });

  it('fails what any of its faults would fail', async () => {
    const { medium, open, sync } = machine(1);
    const file = await open('a');
    for (const fault of ['first', 'second']) {
      medium.impair(fault, { kind: 'error', code: 'EIO', ratio: 0.5, operations: ['fdatasync'] });
    }
    for (let i = 0; i < 1000; i++) await codeOf(sync(file));
    expect(medium.counters().refused.EIO / 1000).toBeCloseTo(0.75, 1);
  });

  it('loses for good what a failed sync should have covered', async () => {
    const seen = await outcomes(async (seed) => {
      const { medium, open, write, sync, syncDirectory, powerLoss, read } = machine(seed);
      const file = await open('a');
      await syncDirectory();
      await write(file, 0, bytesOf('lost'));
      medium.impair('fault', { kind: 'error', code: 'EIO', ratio: 1, operations: ['fdatasync'] });
      expect(await codeOf(sync(file))).toBe('EIO');
      medium.mend('fault');
      await sync(file);
      powerLoss();
      return textOf(await read('a'));
    });
    expect(seen).toEqual(new Set(['""']));
  });
});

describe('a slow disk', () => {
  it('takes so much longer for these operations, the sum of its faults, and counts it', async () => {
    const { medium, virtual, open, sync, write } = machine(1, () => ({ delayNs: 1000, error: null }));
    const file = await open('a');
    const took = async (promise: () => Promise<unknown>): Promise<number> => {
      const start = virtual.nowNs();
      await promise();
      return virtual.nowNs() - start - 1000;
    };
    medium.impair('first', { kind: 'slow', operations: ['fdatasync'], extra: { kind: 'constant', ns: 80 * MS } });
    medium.impair('second', { kind: 'slow', operations: ['fdatasync'], extra: { kind: 'constant', ns: 5 * MS } });
    expect(await took(() => sync(file))).toBe(85 * MS);
    expect(await took(() => write(file, 0, bytesOf('x')))).toBe(0);
    medium.mend('first');
    expect(await took(() => sync(file))).toBe(5 * MS);
    medium.mend('second');
    expect(await took(() => sync(file))).toBe(0);
    expect(medium.counters()).toMatchObject({
      operations: 5,
      slowed: 2,
      slowedNs: 90 * MS + 2000,
      soundSyncs: 1,
      soundSyncsNs: 1000,
    });
  });
});

describe('a flipped bit', () => {
  it('is read, survives a power loss, and flipped again is as if it had never been', async () => {
    const { medium, open, write, sync, syncDirectory, powerLoss, read } = machine(1);
    const file = await open('a');
    await syncDirectory();
    await write(file, 0, bytesOf('abc'));
    await sync(file);
    expect(medium.content('a')?.length ?? null).toBe(3);
    expect(medium.flipBit('a', 1, 0)).toBe(true);
    expect(textOf(await read('a'))).toBe('acc');
    powerLoss();
    expect(textOf(await read('a'))).toBe('acc');
    expect(medium.flipBit('a', 1, 0)).toBe(true);
    powerLoss();
    expect(textOf(await read('a'))).toBe('abc');
    expect(medium.counters().flippedBits).toBe(2);
  });

  it('is undone wherever the byte was kept, whatever was synced in between', async () => {
    const seen = await outcomes(async (seed) => {
      const { medium, open, write, sync, syncDirectory, powerLoss, read } = machine(seed);
      const file = await open('a');
      await syncDirectory();
      await write(file, 0, bytesOf('aa'));
      await sync(file);
      await write(file, 1, bytesOf('bb'));
      medium.flipBit('a', 1, 0);
      if (seed % 2 === 0) await sync(file);
      medium.flipBit('a', 1, 0);
      powerLoss();
      return textOf(await read('a'));
    });
    expect(seen).toEqual(new Set(['"aa"', '"abb"']));
  });

  it('is gone once the byte is written again', async () => {
    const { medium, open, write, read } = machine(1);
    const file = await open('a');
    await write(file, 0, bytesOf('abc'));
    medium.flipBit('a', 2, 7);
    await write(file, 2, bytesOf('c'));
    expect(textOf(await read('a'))).toBe('abc');
  });

  it('needs a file with such a byte', async () => {
    const { medium, open, write, makeDirectory } = machine(1);
    await makeDirectory('d');
    await write(await open('d/a'), 0, bytesOf('abc'));
    const tries = [medium.flipBit('d/a', 3, 0), medium.flipBit('d', 0, 0), medium.flipBit('none', 0, 0)];
    expect([
      ...tries,
      medium.content('d')?.length ?? null,
      medium.content('none')?.length ?? null,
      medium.content('d/a')?.length ?? null,
    ]).toEqual([...[false, false, false, null, null, 3]]);
    expect(medium.counters().flippedBits).toBe(0);
    expect(() => medium.flipBit('d/a', 0, 8)).toThrow('0 to 7');
  });
});

describe('an impairment', () => {
  it('is made and undone once', () => {
    const { medium } = machine(1);
    medium.impair('fault', { kind: 'full' });
    expect(() => medium.impair('fault', { kind: 'full' })).toThrow('impairs a disk once');
    expect(() => medium.mend('other')).toThrow('only what impairs');
    const ratio = { kind: 'error', code: 'EIO', ratio: 2, operations: ['write'] } as const;
    expect(() => medium.impair('other', ratio)).toThrow('from 0 to 1');
  });

  it('outlives a process and the power', async () => {
    for (const seed of SEEDS.slice(0, 20)) {
      const { medium, open, crash, powerLoss } = machine(seed);
      medium.impair('fault', { kind: 'full' });
      crash();
      expect(await codeOf(open('a'))).toBe('ENOSPC');
      powerLoss();
      expect(await codeOf(open('a'))).toBe('ENOSPC');
    }
  });

  it('draws the same from the same seed, and leaves alone what is drawn once it is undone', async () => {
    const story = async (seed: number, impaired: boolean): Promise<number[]> => {
      const { medium, virtual, open, write } = machine(seed);
      const file = await open('a');
      const extra = { kind: 'uniform', minNs: 0, maxNs: MS } as const;
      if (impaired) medium.impair('fault', { kind: 'slow', operations: ['write'], extra });
      const times: number[] = [];
      for (let i = 0; i < 20; i++) {
        if (i === 10 && impaired) medium.mend('fault');
        const start = virtual.nowNs();
        await write(file, 0, bytesOf('x'));
        times.push(virtual.nowNs() - start);
      }
      return times;
    };
    const impaired = await story(1, true);
    expect(await story(1, true)).toEqual(impaired);
    expect(impaired.slice(0, 10)).not.toEqual((await story(1, false)).slice(0, 10));
    expect(impaired.slice(10)).toEqual((await story(1, false)).slice(10));
  });
});
