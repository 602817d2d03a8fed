import { describe, expect, it } from 'vitest';
import { promised } from '../../src/base/clock.ts';
import type { Disk, DiskFile } from '../../src/base/disk.ts';
import type { ChaosError } from '../../src/base/errors.ts';
import type { DiskFate, DiskOperation } from '../../src/base/memory/disk.ts';
import { type HostPorts, type MemoryHost, type MemoryWorld, memoryWorld } from '../../src/base/memory/world.ts';
import type { Outcome } from '../../src/base/outcome.ts';
import { type Random, seededRandom } from '../../src/base/random.ts';
import type { DurableState, Entry, Write } from '../../src/raft/protocol/types.ts';
import type { Recovered } from '../../src/raft/storage/storage.ts';
import { WriteAheadLog } from '../../src/raft/storage/write-ahead-log.ts';

const empty: DurableState = { term: 0, votedFor: null, entries: [] };
const encoder = new TextEncoder();

/** A log that has been told to open, and everything it has reported since. */
interface Life {
  readonly log: WriteAheadLog;
  readonly ports: HostPorts;
  readonly durable: number[];
  readonly failed: ChaosError[];
  outcome: Outcome<Recovered> | null;
}

function begin(host: MemoryHost, directory = 'data'): Life {
  return beginWith(host.start(), directory);
}

function beginWith(ports: HostPorts, directory: string): Life {
  const log = new WriteAheadLog(ports.clock, ports.disk, directory);
  const life: Life = { log, ports, durable: [], failed: [], outcome: null };
  const events = {
    durable: (write: number) => void life.durable.push(write),
    failed: (error: ChaosError) => void life.failed.push(error),
  };
  log.open(events, (outcome) => {
    life.outcome = outcome;
  });
  return life;
}

function recovered({ outcome }: Life): Recovered {
  if (outcome === null) throw new Error('the log is not open yet');
  if (!outcome.ok) throw outcome.error;
  return outcome.value;
}

async function opened(world: MemoryWorld, host: MemoryHost, directory = 'data'): Promise<Life> {
  const life = begin(host, directory);
  await world.clock.run();
  recovered(life);
  return life;
}

/** Gives one write and lets it become durable: a record of its own. */
async function commit(world: MemoryWorld, life: Life, write: Write): Promise<void> {
  life.log.append(write);
  await world.clock.run();
  expect(life.durable.at(-1)).toBe(write.write);
}

function message(term: number, position: number, text = `m${position}`): Entry {
  return { kind: 'message', term, position, payload: encoder.encode(text) };
}

function appending(write: number, ...entries: Entry[]): Write {
  return { write, term: entries.at(-1)?.term ?? 1, votedFor: 'a', truncateFrom: null, entries };
}

function applied(state: DurableState, { term, votedFor, truncateFrom, entries }: Write): DurableState {
  const kept = truncateFrom === null ? state.entries : state.entries.slice(0, truncateFrom - 1);
  return { term, votedFor, entries: [...kept, ...entries] };
}

/** The state as text, for a comparison that is quick. */
function textOf({ term, votedFor, entries }: DurableState): string {
  const texts = entries.map((entry) => {
    const payload = entry.kind === 'message' ? Buffer.from(entry.payload).toString('latin1') : '';
    return [entry.kind, entry.term, entry.position, payload];
  });
  return JSON.stringify([term, votedFor, texts]);
}

function drawWrite(random: Random, write: number, state: DurableState): Write {
  const term = Math.max(1, state.term + (random.integer(0, 3) === 0 ? 1 : 0));
  const votedFor = random.pick(['', 'a', 'b']) || null;
  const truncates = state.entries.length > 0 && random.integer(0, 2) === 0;
  const truncateFrom = truncates ? random.integer(1, state.entries.length) : null;
  const kept = truncateFrom === null ? state.entries : state.entries.slice(0, truncateFrom - 1);
  let position = kept.at(-1)?.position ?? 0;
  const entries: Entry[] = [];
  for (let left = random.integer(0, 3); left > 0; left--) {
    if (random.integer(0, 4) === 0) {
      entries.push({ kind: 'noop', term, position });
      continue;
    }
    position++;
    const text = String.fromCharCode(97 + (position % 26)).repeat(random.pick([0, 1, 20, 400, 1500]));
    entries.push(message(term, position, text));
  }
  return { write, term, votedFor, truncateFrom, entries };
}

/** What one life began with, wrote and was told to be durable: what the next one must find. */
interface Promised {
  /** The states after none, one, two... of the writes. */
  readonly states: readonly DurableState[];
  /** So many of the writes are durable. */
  readonly durable: number;
}

/** One life of the log: opens, checks what is there, writes for a while, and dies at a time drawn at random. */
async function live(world: MemoryWorld, host: MemoryHost, random: Random, before: Promised): Promise<Promised> {
  const life = begin(host);
  if (random.integer(0, 3) === 0) {
    // Dies while it opens, perhaps while the log is being made.
    await world.clock.run(world.clock.nowNs() + random.integer(0, 6_000_000));
    if (life.outcome === null) return before;
  }
  await world.clock.run();
  const found = recovered(life).durable;
  const possible = before.states.slice(before.durable).map(textOf);
  expect(possible).toContain(textOf(found));

  const states = [found];
  for (let write = 1, count = random.pick([1, 1, 3, 12]); write <= count; write++) {
    const last = states.at(-1) ?? found;
    const next = drawWrite(random, write, last);
    states.push(applied(last, next));
    life.log.append(next);
    await world.clock.run(world.clock.nowNs() + random.pick([0, 10_000, 500_000, 3_000_000]));
  }
  // At last long enough for everything to become durable.
  await world.clock.run(world.clock.nowNs() + random.pick([0, 100_000, 2_000_000, 100_000_000]));
  expect(life.failed).toEqual([]);
  expect(life.durable).toEqual([...new Set(life.durable)].sort((a, b) => a - b));
  return { states, durable: life.durable.at(-1) ?? 0 };
}

describe('what is reported durable survives', () => {
  it.each(Array.from({ length: 150 }, (_, seed) => seed))('crashes and power losses, seed %i', async (seed) => {
    const world = memoryWorld(seed);
    const host = world.host('n');
    const random = seededRandom(seed).fork('test');
    let before: Promised = { states: [empty], durable: 0 };
    for (let lives = 0; lives < 6; lives++) {
      before = await live(world, host, random, before);
      if (random.integer(0, 2) === 0) host.crash();
      else host.powerLoss();
    }
    await opened(world, host);
  });

  it.each(['data', 'data/raft'])(
    'a power loss right after the very first durable write, in a new directory %s',
    async (directory) => {
      for (let seed = 0; seed < 150; seed++) {
        const world = memoryWorld(seed);
        const host = world.host('n');
        const write = appending(1, message(1, 1));
        await commit(world, await opened(world, host, directory), write);
        host.powerLoss();
        const again = await opened(world, host, directory);
        expect(recovered(again), `seed ${seed}`).toEqual({ durable: applied(empty, write), tornBytes: 0 });
      }
    },
  );

  it('a log whose making was interrupted by a crash of the process, and then by one of the power', async () => {
    for (let seed = 0; seed < 150; seed++) {
      const world = memoryWorld(seed);
      const host = world.host('n');
      begin(host);
      await world.clock.run(seed * 30_000);
      if (seed % 3 === 0) host.powerLoss();
      else host.crash();
      const life = await opened(world, host);
      expect(recovered(life), `seed ${seed}`).toEqual({ durable: empty, tornBytes: 0 });
      const write = appending(1, message(1, 1));
      await commit(world, life, write);
      host.powerLoss();
      expect(recovered(await opened(world, host)).durable, `seed ${seed}`).toEqual(applied(empty, write));
    }
  });

  it('what was found at the opening, though the run before died ahead of its sync', async () => {
    for (let seed = 0; seed < 50; seed++) {
      const world = memoryWorld(seed);
      const host = world.host('n');
      const first = await opened(world, host);
      first.log.append(appending(1, message(1, 1)));
      await world.clock.run(world.clock.nowNs() + 60_000);
      expect(first.durable).toEqual([]);
      host.crash();
      const found = recovered(await opened(world, host)).durable;
      host.powerLoss();
      expect(recovered(await opened(world, host)).durable, `seed ${seed}`).toEqual(found);
    }
  });
});

describe('replay', () => {
  it('truncates where a write says so, also within one group, and keeps the last term and vote', async () => {
    const world = memoryWorld(1);
    const host = world.host('n');
    const life = await opened(world, host);
    await commit(world, life, appending(1, message(1, 1), message(1, 2), message(1, 3)));
    await commit(world, life, { write: 2, term: 2, votedFor: 'b', truncateFrom: 2, entries: [message(2, 2, 'x')] });
    life.log.append(appending(3, message(2, 3, 'lost')));
    life.log.append({ write: 4, term: 3, votedFor: null, truncateFrom: 3, entries: [] });
    life.log.append({ write: 5, term: 3, votedFor: 'c', truncateFrom: null, entries: [message(3, 3, 'y')] });
    await world.clock.run();
    host.powerLoss();
    expect(recovered(await opened(world, host))).toEqual({
      durable: { term: 3, votedFor: 'c', entries: [message(1, 1), message(2, 2, 'x'), message(3, 3, 'y')] },
      tornBytes: 0,
    });
  });

  it('drops the whole log where it is truncated from its first entry', async () => {
    const world = memoryWorld(2);
    const host = world.host('n');
    const life = await opened(world, host);
    await commit(world, life, appending(1, message(1, 1), message(1, 2)));
    await commit(world, life, { write: 2, term: 2, votedFor: null, truncateFrom: 1, entries: [] });
    host.crash();
    expect(recovered(await opened(world, host)).durable).toEqual({ term: 2, votedFor: null, entries: [] });
  });
});

/** A log of three records, as bytes, and where each of them ends. */
async function threeRecords(): Promise<{ file: Uint8Array; ends: [number, number, number, number] }> {
  const world = memoryWorld(3);
  const life = await opened(world, world.host('n'));
  const made = await contentOf(world, life.ports.disk, 'data/raft.log');
  const length = async (position: number): Promise<number> => {
    await commit(world, life, appending(position, message(position, position)));
    return (await contentOf(world, life.ports.disk, 'data/raft.log')).length;
  };
  const ends: [number, number, number, number] = [made.length, await length(1), await length(2), await length(3)];
  return { file: await contentOf(world, life.ports.disk, 'data/raft.log'), ends };
}

async function contentOf(world: MemoryWorld, disk: Disk, path: string): Promise<Uint8Array> {
  const content = await world.clock.drive(
    promised<Uint8Array | null>(world.clock, (done) => disk.readFile(path, done)),
  );
  if (content === null) throw new Error(`${path} is missing`);
  return content;
}

/** Opens a log on a disk that holds these bytes. */
async function openOn(bytes: Uint8Array): Promise<{ world: MemoryWorld; host: MemoryHost; life: Life }> {
  const world = memoryWorld(4);
  const host = world.host('n');
  const ports = host.start();
  const { clock, disk } = ports;
  await world.clock.drive(promised<void>(clock, (done) => disk.makeDirectory('data', done)));
  const file = await world.clock.drive(promised<DiskFile>(clock, (done) => disk.open('data/raft.log', done)));
  await world.clock.drive(promised<void>(clock, (done) => file.write(0, bytes, done)));
  const life = beginWith(ports, 'data');
  await world.clock.run();
  return { world, host, life };
}

describe('damage', () => {
  const twoEntries = [message(1, 1), message(2, 2)];

  it('drops a record that is torn at any byte, tells how much, and goes on behind what is whole', async () => {
    const { file, ends } = await threeRecords();
    const [, , second, third] = ends;
    expect(third).toBe(file.length);
    for (let cut = second; cut < third; cut++) {
      const { world, host, life } = await openOn(file.slice(0, cut));
      expect(recovered(life), `cut at ${cut}`).toEqual({
        durable: { term: 2, votedFor: 'a', entries: twoEntries },
        tornBytes: cut - second,
      });
      // Shorter than what was torn: none of that may be left behind it.
      await commit(world, life, { write: 1, term: 9, votedFor: null, truncateFrom: null, entries: [] });
      host.powerLoss();
      expect(recovered(await opened(world, host)), `cut at ${cut}`).toEqual({
        durable: { term: 9, votedFor: null, entries: twoEntries },
        tornBytes: 0,
      });
    }
  });

  it('drops a last record with a bad byte, and zeros at the end', async () => {
    const { file, ends } = await threeRecords();
    const [, , second, third] = ends;
    for (let at = second; at < third; at++) {
      const { life } = await openOn(withFlippedBit(file, at));
      expect(recovered(life), `byte ${at}`).toEqual({
        durable: { term: 2, votedFor: 'a', entries: twoEntries },
        tornBytes: third - second,
      });
    }
    const zeros = new Uint8Array(third + 100);
    zeros.set(file);
    const { life } = await openOn(zeros);
    expect(recovered(life).tornBytes).toBe(100);
    expect(recovered(life).durable.entries).toEqual([...twoEntries, message(3, 3)]);
  });

  it('refuses a log with a bad byte before good records, and says where', async () => {
    const { file, ends } = await threeRecords();
    const [magic, first, second] = ends;
    for (let at = magic; at < second; at++) {
      const { life } = await openOn(withFlippedBit(file, at));
      expect(life.outcome, `byte ${at}`).toMatchObject({ ok: false, error: { code: 'corrupt-log' } });
      const { message: text } = errorOf(life);
      expect(text).toContain('data/raft.log');
      expect(text).toContain(`offset ${at < first ? magic : first}`);
    }
  });

  it('refuses a file that begins with other bytes', async () => {
    const { file } = await threeRecords();
    const { life } = await openOn(withFlippedBit(file, 0));
    expect(errorOf(life)).toMatchObject({ code: 'corrupt-log' });
    expect(errorOf(life).message).toContain('data/raft.log');
  });
});

function errorOf({ outcome }: Life): ChaosError {
  if (outcome === null || outcome.ok) throw new Error('the log was expected not to open');
  return outcome.error;
}

function withFlippedBit(bytes: Uint8Array, at: number): Uint8Array {
  const flipped = bytes.slice();
  flipped[at] = (flipped[at] ?? 0) ^ 0x10;
  return flipped;
}

describe('group commit', () => {
  it('writes together what is given while the disk is busy, with one durable call for the last', async () => {
    const operations: string[] = [];
    const world = memoryWorld(5, { disk: { decide: watching(operations) } });
    const host = world.host('n');
    const life = await opened(world, host);
    operations.length = 0;
    const writes = [1, 2, 3, 4, 5].map((write) => appending(write, message(1, write)));
    for (const write of writes) life.log.append(write);
    await world.clock.run();
    expect(life.durable).toEqual([1, 5]);
    expect(operations).toEqual(['write', 'fdatasync', 'write', 'fdatasync']);
    host.powerLoss();
    expect(recovered(await opened(world, host)).durable).toEqual(writes.reduce(applied, empty));
  });

  it('takes a write that is given from within durable', async () => {
    const world = memoryWorld(6);
    const host = world.host('n');
    const { clock, disk } = host.start();
    const log = new WriteAheadLog(clock, disk, 'data');
    const durable: number[] = [];
    const events = {
      durable: (write: number) => {
        durable.push(write);
        if (write < 4) log.append(appending(write + 1, message(1, write + 1)));
      },
      failed: (error: ChaosError) => {
        throw error;
      },
    };
    log.open(events, () => log.append(appending(1, message(1, 1))));
    await world.clock.run();
    expect(durable).toEqual([1, 2, 3, 4]);
    host.powerLoss();
    expect(recovered(await opened(world, host)).durable.entries).toHaveLength(4);
  });

  it('reports nothing once it is closed', async () => {
    const world = memoryWorld(7);
    const host = world.host('n');
    const life = await opened(world, host);
    life.log.append(appending(1, message(1, 1)));
    let closed = 0;
    life.log.close(() => closed++);
    life.log.append(appending(2, message(1, 2)));
    await world.clock.run();
    expect(closed).toBe(1);
    expect(life.durable).toEqual([]);
    expect(life.failed).toEqual([]);
  });
});

function watching(operations: string[]): (operation: DiskOperation) => DiskFate {
  return ({ kind }) => {
    operations.push(kind);
    return { delayNs: 1000, error: null };
  };
}

describe('a disk that fails', () => {
  it.each([
    ['write', 'ENOSPC'],
    ['fdatasync', 'EIO'],
  ] as const)('stops for good at a failed %s', async (kind, code) => {
    let broken = false;
    const decide = (operation: DiskOperation): DiskFate => {
      const error = broken && operation.kind === kind ? code : null;
      // It works again at once: the log must not be taken in by that.
      if (error !== null) broken = false;
      return { delayNs: 1000, error };
    };
    const world = memoryWorld(8, { disk: { decide } });
    const host = world.host('n');
    const life = await opened(world, host);
    await commit(world, life, appending(1, message(1, 1)));
    broken = true;
    life.log.append(appending(2, message(1, 2)));
    life.log.append(appending(3, message(1, 3)));
    await world.clock.run();
    life.log.append(appending(4, message(1, 4)));
    await world.clock.run();
    expect(life.failed.map((error) => error.code)).toEqual([code]);
    expect(life.durable).toEqual([1]);
    host.powerLoss();
    expect(recovered(await opened(world, host)).durable.entries).toEqual([message(1, 1)]);
  });

  it.each([0, 1])(
    'does not rely, after a restart, on what a failed fdatasync has left in the page cache; %i writes before',
    async (count) => {
      let broken = false;
      const decide = ({ kind }: DiskOperation): DiskFate => {
        const error = broken && kind === 'fdatasync' ? 'EIO' : null;
        if (error !== null) broken = false;
        return { delayNs: 1000, error };
      };
      const world = memoryWorld(10, { disk: { decide } });
      const host = world.host('n');
      // Without writes before it is the making of the log that fails.
      broken = count === 0;
      const first = begin(host);
      await world.clock.run();
      if (count > 0) {
        await commit(world, first, appending(1, message(1, 1)));
        broken = true;
        first.log.append(appending(2, message(1, 2)));
        await world.clock.run();
        expect(first.failed.map(({ code }) => code)).toEqual(['EIO']);
      }
      host.crash();
      const second = await opened(world, host);
      const found = recovered(second).durable;
      const next = appending(1, message(1, 3));
      await commit(world, second, next);
      host.powerLoss();
      expect(recovered(await opened(world, host)).durable).toEqual(applied(found, next));
    },
  );

  it('tells the error where it cannot be opened', async () => {
    const decide = ({ kind }: DiskOperation): DiskFate => {
      return { delayNs: 1000, error: kind === 'fdatasync' ? 'EIO' : null };
    };
    const world = memoryWorld(9, { disk: { decide } });
    const life = begin(world.host('n'));
    await world.clock.run();
    expect(life.outcome).toMatchObject({ ok: false, error: { code: 'EIO' } });
  });
});
