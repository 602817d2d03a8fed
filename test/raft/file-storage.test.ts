import { describe, expect, it } from 'vitest';
import { promised } from '../../src/base/clock.ts';
import type { DiskFile } from '../../src/base/disk.ts';
import type { ChaosError } from '../../src/base/errors.ts';
import type { DiskFate, DiskOperation } from '../../src/base/memory/disk.ts';
import { type MemoryHost, type MemoryWorld, memoryWorld } from '../../src/base/memory/world.ts';
import { seededRandom } from '../../src/base/random.ts';
import { FileStorage } from '../../src/raft/storage/file-storage.ts';
import type { Recovered } from '../../src/raft/storage/storage.ts';
import {
  appending,
  applied,
  bytes,
  type Contents,
  drawWrite,
  empty,
  Life,
  message,
  nothing,
  recovered,
  snapshotOf,
  textOf,
  writing,
} from './storage-life.ts';

const segmentBytes = 4096;

/** A storage on a host, not opened yet, by a new process of it. */
function begin(host: MemoryHost, directory = 'data', options = { segmentBytes }): Life {
  const { clock, disk } = host.start();
  return new Life(clock, new FileStorage(clock, disk, directory, options));
}

async function opened(world: MemoryWorld, host: MemoryHost, directory?: string): Promise<[Life, Recovered]> {
  const life = begin(host, directory);
  return [life, await world.clock.drive(life.open())];
}

async function found(world: MemoryWorld, host: MemoryHost, directory?: string): Promise<Recovered> {
  const [, result] = await opened(world, host, directory);
  return result;
}

const named = (host: MemoryHost, start: string): string[] =>
  host.disk.names('data').filter((name) => name.startsWith(start));

/** Every call takes as long, and fails where `failing` says so. */
function steady(failing: (operation: DiskOperation) => string | null = () => null) {
  const operations: DiskOperation[] = [];
  const decide = (operation: DiskOperation): DiskFate => {
    operations.push(operation);
    return { delayNs: 1000, error: failing(operation) };
  };
  return { operations, disk: { decide } };
}

describe('what is reported durable survives', () => {
  /** What one life began with, wrote and was told to be durable: what the next one must find. */
  interface Promised {
    readonly states: readonly Contents[];
    readonly durable: number;
  }

  async function live(world: MemoryWorld, host: MemoryHost, seed: number, life: number, before: Promised) {
    const random = seededRandom(seed).fork(`life ${life}`);
    const storage = begin(host);
    let result: Recovered | null = null;
    void storage.open().then((value) => {
      result = value;
    });
    if (random.integer(0, 3) === 0) {
      // Dies while it opens, perhaps while the log is being made.
      await world.clock.run(world.clock.nowNs() + random.integer(0, 9_000_000));
      if (result === null) return before;
    }
    await world.clock.run();
    const { durable: state } = result as unknown as Recovered;
    const possible = before.states.slice(before.durable).map((one) => textOf(recovered(one)));
    expect(possible).toContain(textOf(state));

    const states: Contents[] = [{ ...nothing, ...state }];
    for (let write = 1, count = random.pick([1, 1, 3, 12]); write <= count; write++) {
      const last = states.at(-1) ?? nothing;
      const next = drawWrite(random, write, last);
      states.push(applied(last, next));
      storage.storage.append(next);
      await world.clock.run(world.clock.nowNs() + random.pick([0, 10_000, 500_000, 3_000_000]));
    }
    // At last long enough for everything to become durable.
    await world.clock.run(world.clock.nowNs() + random.pick([0, 100_000, 2_000_000, 100_000_000]));
    expect(storage.failed).toEqual([]);
    expect(storage.durable).toEqual([...new Set(storage.durable)].sort((a, b) => a - b));
    return { states, durable: storage.durable.at(-1) ?? 0 };
  }

  it.each(Array.from({ length: 100 }, (_, seed) => seed))('crashes and power losses, seed %i', async (seed) => {
    const world = memoryWorld(seed);
    const host = world.host('n');
    let before: Promised = { states: [nothing], durable: 0 };
    for (let life = 0; life < 6; life++) {
      before = await live(world, host, seed, life, before);
      if (world.random.integer(0, 2) === 0) host.crash();
      else host.powerLoss();
    }
    await opened(world, host);
  });

  it.each(['data', 'data/raft'])(
    'a power loss right after the very first durable write, in a new directory %s',
    async (directory) => {
      for (let seed = 0; seed < 100; seed++) {
        const world = memoryWorld(seed);
        const host = world.host('n');
        const [life] = await opened(world, host, directory);
        await world.clock.drive(life.commit(appending(1, message(1, 'a'))));
        host.powerLoss();
        const durable = { ...empty, term: 1, votedFor: 'a', entries: [message(1, 'a')] };
        expect(await found(world, host, directory), `seed ${seed}`).toEqual({ durable, tornBytes: 0 });
      }
    },
  );

  it('what was found at the opening, though the run before died ahead of its sync', async () => {
    for (let seed = 0; seed < 50; seed++) {
      const world = memoryWorld(seed);
      const host = world.host('n');
      const [first] = await opened(world, host);
      first.storage.append(appending(1, message(1)));
      await world.clock.run(world.clock.nowNs() + 60_000);
      expect(first.durable).toEqual([]);
      host.crash();
      const { durable } = await found(world, host);
      host.powerLoss();
      expect((await found(world, host)).durable, `seed ${seed}`).toEqual(durable);
    }
  });
});

describe('group commit', () => {
  it('writes together what is given while the disk is busy, with one durable call for the last', async () => {
    const { operations, disk } = steady();
    const world = memoryWorld(5, { disk });
    const host = world.host('n');
    const [life] = await opened(world, host);
    operations.length = 0;
    await world.clock.drive(life.commit(...[1, 2, 3, 4, 5].map((write) => appending(write, message(1, `${write}`)))));
    expect(life.durable).toEqual([1, 5]);
    expect(operations.map(({ kind }) => kind)).toEqual(['write', 'fdatasync', 'write', 'fdatasync']);
  });

  it('writes a great deal in several groups, so that none is too long', async () => {
    const { operations, disk } = steady();
    const world = memoryWorld(5, { disk });
    const host = world.host('n');
    const life = begin(host, 'data', { segmentBytes: 1024 * 1024 * 64 });
    await world.clock.drive(life.open());
    operations.length = 0;
    const entry = message(1, 'x'.repeat(400_000));
    await world.clock.drive(life.commit(...[1, 2, 3, 4, 5, 6, 7].map((write) => appending(write, entry))));
    expect(life.durable).toEqual([1, 4, 7]);
    expect(Math.max(...operations.map(({ byteCount }) => byteCount))).toBeLessThan(1_300_000);
    host.powerLoss();
    expect((await found(world, host)).durable.entries).toHaveLength(7);
  });

  it('takes a write that is given from within durable, and reports nothing once it is closed', async () => {
    const world = memoryWorld(6);
    const { clock, disk } = world.host('n').start();
    const storage = new FileStorage(clock, disk, 'data');
    const durable: number[] = [];
    const events = {
      durable: (write: number) => {
        durable.push(write);
        if (write < 4) storage.append(appending(write + 1, message(1)));
      },
      failed: (error: ChaosError) => {
        throw error;
      },
    };
    storage.open(events, () => storage.append(appending(1, message(1))));
    await world.clock.run();
    expect(durable).toEqual([1, 2, 3, 4]);
    storage.append(appending(5, message(1)));
    let closed = 0;
    storage.close(() => closed++);
    storage.append(appending(6, message(1)));
    await world.clock.run();
    expect([durable.length, closed]).toEqual([4, 1]);
  });
});

describe('segments', () => {
  it('become no larger than they may by more than a group, and are made while others are written', async () => {
    const { operations, disk } = steady();
    const world = memoryWorld(1, { disk });
    const host = world.host('n');
    const [life] = await opened(world, host);
    operations.length = 0;
    for (let write = 1; write <= 200; write++) {
      await world.clock.drive(life.commit(appending(write, message(1, `${write}`.padEnd(200)))));
    }
    const lengths = named(host, 'log-').map((name) => host.disk.content(`data/${name}`)?.length ?? 0);
    expect(lengths.length).toBeGreaterThan(10);
    expect(Math.max(...lengths)).toBeLessThan(segmentBytes + 512);
    // A group waits for its own write and sync only, whatever else is done meanwhile.
    expect(world.clock.nowNs()).toBeLessThan(1000 * (2 * 200 + 20));
    host.powerLoss();
    expect((await found(world, host)).durable.entries).toHaveLength(200);
  });

  it('that a snapshot covers are removed, and the term and the vote are not', async () => {
    const world = memoryWorld(2);
    const host = world.host('n');
    const [life] = await opened(world, host);
    await world.clock.drive(life.commit(writing(1, { term: 7, votedFor: 'b' })));
    const entries = Array.from({ length: 60 }, (_, at) => message(7, `${at}`.padEnd(300)));
    for (const [at, entry] of entries.entries()) {
      await world.clock.drive(life.commit(writing(at + 2, { term: 7, votedFor: 'b', entries: [entry] })));
    }
    expect(named(host, 'log-').length).toBeGreaterThan(3);
    await world.clock.drive(life.save(snapshotOf(60, 7), bytes(10)));
    expect(named(host, 'log-').length).toBeLessThanOrEqual(2);
    host.powerLoss();
    const state = { term: 7, votedFor: 'b', snapshot: snapshotOf(60, 7), entries: [] };
    expect((await found(world, host)).durable).toEqual(state);
  });

  it('are removed at the start where the node died between a snapshot and that', async () => {
    let broken = true;
    const { disk } = steady(({ kind }) => (broken && kind === 'remove' ? 'EIO' : null));
    const world = memoryWorld(2, { disk });
    const host = world.host('n');
    const [life] = await opened(world, host);
    for (let write = 1; write <= 60; write++) {
      await world.clock.drive(life.commit(appending(write, message(1, 'x'.repeat(300)))));
    }
    await expect(world.clock.drive(life.save(snapshotOf(60, 1), bytes(10)))).rejects.toMatchObject({ code: 'EIO' });
    expect(named(host, 'log-').length).toBeGreaterThan(3);
    host.crash();
    broken = false;
    expect((await found(world, host)).durable).toEqual({
      ...{ term: 1, votedFor: 'a', snapshot: snapshotOf(60, 1), entries: [] },
    });
    expect(named(host, 'log-').length).toBeLessThanOrEqual(2);
  });
});

describe('drafts', () => {
  it('that a run had not finished are removed at the next start, and other files are not', async () => {
    const world = memoryWorld(3);
    const host = world.host('n');
    const [life] = await opened(world, host);
    await world.clock.drive(life.receive(snapshotOf(7, 1), 0, bytes(10), false));
    host.crash();
    const { clock, disk } = host.start();
    for (const name of ['log-draft.tmp', 'snapshot-taken.tmp', 'boot', 'other.tmp']) {
      await world.clock.drive(promised<DiskFile>(clock, (done) => disk.open(`data/${name}`, done)));
    }
    host.crash();
    await found(world, host);
    expect(host.disk.names('data')).toEqual(['boot', 'log-00000001.wal', 'other.tmp']);
  });
});

describe('a disk that fails', () => {
  it.each([
    ['write', 'ENOSPC'],
    ['fdatasync', 'EIO'],
  ] as const)('stops the log for good at a failed %s', async (kind, code) => {
    let broken = false;
    const { disk } = steady((operation) => {
      const fails = broken && operation.kind === kind;
      // It works again at once: the log must not be taken in by that.
      if (fails) broken = false;
      return fails ? code : null;
    });
    const world = memoryWorld(8, { disk });
    const host = world.host('n');
    const [life] = await opened(world, host);
    await world.clock.drive(life.commit(appending(1, message(1, 'a'))));
    broken = true;
    for (const write of [2, 3]) life.storage.append(appending(write, message(1, 'b')));
    await world.clock.run();
    life.storage.append(appending(4, message(1, 'c')));
    await world.clock.run();
    expect(life.failed.map((error) => error.code)).toEqual([code]);
    expect(life.durable).toEqual([1]);
    host.powerLoss();
    expect((await found(world, host)).durable.entries).toEqual([message(1, 'a')]);
  });

  it('stops the log where the next segment cannot be made', async () => {
    const { disk } = steady(({ kind, path }) => (kind === 'rename' && path.includes('log') ? 'EIO' : null));
    const world = memoryWorld(8, { disk });
    const life = begin(world.host('n'));
    await expect(world.clock.drive(life.open())).rejects.toMatchObject({ code: 'EIO' });

    let broken = false;
    const later = steady(({ kind }) => (broken && kind === 'rename' ? 'EIO' : null));
    const other = memoryWorld(8, { disk: later.disk });
    const [long] = await opened(other, other.host('n'));
    broken = true;
    for (let write = 1; write <= 20; write++) long.storage.append(appending(write, message(1, 'x'.repeat(500))));
    await other.clock.run();
    expect(long.failed.map(({ code }) => code)).toEqual(['EIO']);
  });

  it.each(['open', 'write', 'fdatasync', 'rename', 'sync-directory', 'close'] as const)(
    'fails a snapshot at a failed %s, which is then not there',
    async (kind) => {
      let broken = false;
      const { disk } = steady((operation) => (broken && operation.kind === kind ? 'ENOSPC' : null));
      const world = memoryWorld(8, { disk });
      const host = world.host('n');
      const [life] = await opened(world, host);
      await world.clock.drive(life.commit(appending(1, message(1), message(1))));
      await world.clock.drive(life.save(snapshotOf(1, 1), bytes(10)));
      broken = true;
      const saved = life.save(snapshotOf(2, 1), bytes(10));
      await expect(world.clock.drive(saved)).rejects.toMatchObject({ code: 'ENOSPC' });
      broken = false;
      host.powerLoss();
      const { durable } = await found(world, host);
      // A rename whose sync failed may have come to the medium all the same.
      expect(kind === 'sync-directory' ? [1, 2] : [1]).toContain(durable.snapshot?.index);
    },
  );

  it.each([0, 1])(
    'does not rely, after a restart, on what a failed fdatasync has left in the page cache; %i writes before',
    async (count) => {
      let broken = count === 0;
      const { disk } = steady(({ kind }) => {
        const fails = broken && kind === 'fdatasync';
        if (fails) broken = false;
        return fails ? 'EIO' : null;
      });
      const world = memoryWorld(10, { disk });
      const host = world.host('n');
      const first = begin(host);
      if (count === 0) {
        await expect(world.clock.drive(first.open())).rejects.toMatchObject({ code: 'EIO' });
      } else {
        await world.clock.drive(first.open());
        await world.clock.drive(first.commit(appending(1, message(1))));
        broken = true;
        first.storage.append(appending(2, message(1, 'x'.repeat(2000))));
        await world.clock.run();
        expect(first.failed.map(({ code }) => code)).toEqual(['EIO']);
      }
      host.crash();
      const [second, { durable }] = await opened(world, host);
      await world.clock.drive(second.commit(writing(1, { entries: [message(1, 'y')] })));
      host.powerLoss();
      const after = { ...durable, term: 1, votedFor: 'a', entries: [...durable.entries, message(1, 'y')] };
      expect((await found(world, host)).durable).toEqual(after);
    },
  );

  it('lets others in where it could not be opened', async () => {
    let broken = true;
    const { disk } = steady(({ kind }) => (broken && kind === 'fdatasync' ? 'EIO' : null));
    const world = memoryWorld(9, { disk });
    const { clock, disk: port } = world.host('n').start();
    const storage = () => new Life(clock, new FileStorage(clock, port, 'data'));
    await expect(world.clock.drive(storage().open())).rejects.toMatchObject({ code: 'EIO' });
    broken = false;
    expect((await world.clock.drive(storage().open())).durable).toEqual(empty);
  });
});
