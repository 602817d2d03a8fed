import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { putU32 } from '../../src/base/bytes.ts';
import { crc32c } from '../../src/base/crc32c.ts';
import { ChaosError } from '../../src/base/errors.ts';
import { FragmentReader, fragmented, sectorBytes } from '../../src/raft/storage/fragments.ts';
import { encodeGroup } from '../../src/raft/storage/groups.ts';
import { PlainDisk } from './plain-disk.ts';
import { appending, bytes, empty, message, snapshotOf } from './storage-life.ts';
import { lifeOn } from './storage-script.ts';

type Files = ReadonlyMap<string, Uint8Array>;

const entries = ['a', 'b'.repeat(700), 'c'].map((text) => message(2, text));

/** A log of three records, and where each of them ends, from its header on. */
async function threeRecords(): Promise<{ files: Files; ends: number[] }> {
  const disk = new PlainDisk();
  const life = lifeOn(disk);
  await life.open();
  const length = (): number => disk.files.get('log-00000001.wal')?.bytes.length ?? 0;
  const ends = [length()];
  for (const [at, entry] of entries.entries()) {
    await life.commit(appending(at + 1, entry));
    ends.push(length());
  }
  return { files: contentsOf(disk), ends };
}

function contentsOf(disk: PlainDisk): Files {
  return new Map([...disk.files].map(([name, file]) => [name, file.bytes.slice()]));
}

function diskWith(files: Files, name: string, content: Uint8Array): PlainDisk {
  return new PlainDisk(new Map([...files, [name, content] as const].map(([at, now]) => [at, { bytes: now.slice() }])));
}

async function refusal(disk: PlainDisk): Promise<ChaosError> {
  const error: unknown = await lifeOn(disk)
    .open()
    .then(
      () => null,
      (thrown) => thrown,
    );
  if (!(error instanceof ChaosError)) return expect.unreachable(`not refused: ${error}`);
  return error;
}

describe('fragments', () => {
  it('are read as they were written, at any place and of any length, and cross no sector', () => {
    fc.assert(
      fc.property(
        fc.array(fc.uint8Array({ minLength: 1, maxLength: 1800 }), { minLength: 1, maxLength: 6 }),
        fc.nat(2000),
        fc.integer({ min: 1, max: 1e6 }),
        (records, offset, segment) => {
          let file: Uint8Array = new Uint8Array(offset);
          for (const [number, record] of records.entries()) {
            const written = fragmented(record, { segment, offset: file.length }, number);
            file = Uint8Array.from([...file, ...written]);
          }
          const reader = new FragmentReader(file, { segment, offset });
          const read: number[][] = [];
          while (reader.next() === 'fragment') {
            expect(Math.floor(reader.start / sectorBytes)).toBe(Math.floor((reader.dataEnd - 1) / sectorBytes));
            if (reader.begins) read.push([]);
            expect(reader.number).toBe(read.length - 1);
            read.at(-1)?.push(...file.subarray(reader.dataStart, reader.dataEnd));
          }
          expect(reader.next()).toBe('end');
          expect(read).toEqual(records.map((record) => [...record]));
        },
      ),
    );
  });

  it('are damaged in another place, and in another segment', () => {
    const written = fragmented(bytes(100), { segment: 3, offset: 512 }, 1);
    const at = (offset: number) => Uint8Array.from([...new Uint8Array(offset), ...written]);
    const read = (offset: number, segment: number) => new FragmentReader(at(offset), { segment, offset }).next();
    expect([read(512, 3), read(1024, 3), read(513, 3), read(512, 4)]).toEqual([
      ...['fragment', 'damaged', 'damaged', 'damaged'],
    ]);
  });

  it('are torn where they are zeros to the end of the sector or cut off, and damaged otherwise', () => {
    const written = fragmented(bytes(1000, 1), { segment: 1, offset: 300 }, 1);
    const file = Uint8Array.from([...new Uint8Array(300), ...written]);
    const next = (content: Uint8Array) => new FragmentReader(content, { segment: 1, offset: 300 }).next();
    for (let end = 301; end < 512; end++) {
      expect(next(file.subarray(0, end)), `cut at ${end}`).toBe(end < 316 ? 'torn' : 'cut');
    }
    expect(next(file.subarray(0, 512))).toBe('fragment');
    for (let start = 300; start < 512; start++) {
      expect(next(file.slice().fill(0, start, 512)), `zeros from ${start}`).toBe(start === 300 ? 'torn' : 'damaged');
    }
  });
});

describe('a log', () => {
  it('drops a record that is torn at any byte, tells how much, and goes on behind what is whole', async () => {
    const { files, ends } = await threeRecords();
    const content = files.get('log-00000001.wal') ?? bytes(0);
    for (let cut = ends[0] ?? 0; cut <= content.length; cut++) {
      const whole = ends.findLastIndex((end) => end <= cut);
      const disk = diskWith(files, 'log-00000001.wal', content.slice(0, cut));
      const life = lifeOn(disk);
      const kept = entries.slice(0, whole);
      const voted = whole === 0 ? empty : { ...empty, term: 2, votedFor: 'a' };
      expect(await life.open(), `cut at ${cut}`).toEqual({
        durable: { ...voted, entries: kept },
        tornBytes: cut - (ends[whole] ?? 0),
      });
      // Shorter than what was torn: none of that may be left behind it.
      await life.commit(appending(1, message(9, '')));
      await life.close();
      expect((await lifeOn(disk).open()).durable, `cut at ${cut}`).toEqual({
        ...{ ...empty, term: 9, votedFor: 'a', entries: [...kept, message(9, '')] },
      });
    }
  });

  it('refuses every single flipped bit, in the last record too, and says in which sector', async () => {
    const { files } = await threeRecords();
    const content = files.get('log-00000001.wal') ?? bytes(0);
    for (let at = 0; at < 8 * content.length; at++) {
      const flipped = content.slice();
      flipped[at >> 3] = (flipped[at >> 3] ?? 0) ^ (1 << (at & 7));
      const error = await refusal(diskWith(files, 'log-00000001.wal', flipped));
      expect(error.code, `bit ${at}`).toBe('corrupt-log');
      const [, path, offset] = /^(\S+) .*\(offset (\d+)\)$/.exec(error.message) ?? [];
      expect([path, Math.floor(Number(offset) / sectorBytes)]).toEqual([
        ...['data/log-00000001.wal', Math.floor((at >> 3) / sectorBytes)],
      ]);
      expect(error.remedy).toContain('join anew');
    }
  });

  it('refuses a record behind a torn one, and takes other pieces of the torn one', async () => {
    const { files, ends } = await threeRecords();
    const content = files.get('log-00000001.wal') ?? bytes(0);
    // The second record begins in the first sector of records and ends in the next, where the third stands too.
    const [, second = 0, third = 0] = ends;
    const withoutHead = content.slice().fill(0, second, 2 * sectorBytes);
    expect(await refusal(diskWith(files, 'log-00000001.wal', withoutHead))).toMatchObject({ code: 'corrupt-log' });
    // So much of the third that it is known which it is.
    const cut = withoutHead.slice(0, third + 20);
    expect((await refusal(diskWith(files, 'log-00000001.wal', cut))).message).toContain('behind one that is torn');
    const alone = withoutHead.slice(0, third);
    const { durable, tornBytes } = await lifeOn(diskWith(files, 'log-00000001.wal', alone)).open();
    expect([durable.entries, tornBytes]).toEqual([entries.slice(0, 1), third - second]);
  });

  it('refuses a record with another number than the next', async () => {
    const { files } = await threeRecords();
    const content = files.get('log-00000001.wal') ?? bytes(0);
    const { bytes: group } = encodeGroup([appending(1, message(2))], null);
    for (const number of [3, 4, 5]) {
      const record = fragmented(group, { segment: 1, offset: content.length }, number);
      const disk = diskWith(files, 'log-00000001.wal', Uint8Array.from([...content, ...record]));
      if (number === 4) expect((await lifeOn(disk).open()).durable.entries).toHaveLength(4);
      else expect((await refusal(disk)).message).toContain(`a piece of record ${number} where another belongs`);
    }
  });

  it('of another format version is refused, and the version is named', async () => {
    const { files } = await threeRecords();
    const content = (files.get('log-00000001.wal') ?? bytes(0)).slice();
    putU32(content, 8, 2);
    putU32(content, 12, crc32c(content, 0, 12));
    const error = await refusal(diskWith(files, 'log-00000001.wal', content));
    expect(error.code).toBe('wrong-version');
    expect(error.message).toBe('data/log-00000001.wal has the format version 2; this program knows 1');
    expect(error.remedy).toContain('version of the program');
  });

  it('that is missing beside a snapshot is refused, and so is one with a gap', async () => {
    const disk = new PlainDisk();
    const life = lifeOn(disk);
    await life.open();
    for (let write = 1; write <= 30; write++) await life.commit(appending(write, message(1, 'x'.repeat(300))));
    await life.save(snapshotOf(2, 1), bytes(10));
    await life.close();
    const files = contentsOf(disk);
    const logs = [...files.keys()].filter((name) => name.startsWith('log-')).sort();
    expect(logs.length).toBeGreaterThan(4);
    const without = (gone: readonly string[]) =>
      new PlainDisk(
        new Map([...files].filter(([name]) => !gone.includes(name)).map(([name, now]) => [name, { bytes: now }])),
      );
    expect((await refusal(without(logs))).message).toContain('no log beside it');
    for (const name of logs.slice(0, -1)) expect((await refusal(without([name]))).code, name).toBe('corrupt-log');
    for (let kept = 1; kept < logs.length - 1; kept++) {
      expect((await refusal(without(logs.slice(kept)))).message).toContain('a next segment, which is missing');
    }
  });
});

describe('a snapshot', () => {
  it('refuses every single flipped bit, and says where', async () => {
    const disk = new PlainDisk();
    const life = lifeOn(disk);
    await life.open();
    await life.commit(appending(1, message(1)));
    await life.save(snapshotOf(1, 1), bytes(450));
    await life.close();
    const files = contentsOf(disk);
    const content = files.get('snapshot-1.snap') ?? bytes(0);
    for (let at = 0; at < 8 * content.length; at++) {
      const flipped = content.slice();
      flipped[at >> 3] = (flipped[at >> 3] ?? 0) ^ (1 << (at & 7));
      const error = await refusal(diskWith(files, 'snapshot-1.snap', flipped));
      expect(error.code, `bit ${at}`).toBe('corrupt-snapshot');
      expect(error.message).toMatch(/^data\/snapshot-1\.snap .*\(offset \d+\)$/);
    }
    // The first and the second chunk, which are as long, in each other's place.
    const start = content.length - 450 - 3 * 4;
    const pieces = [0, start, start + 204, start + 408, content.length];
    const [head, first, second, rest] = pieces.slice(1).map((end, at) => content.slice(pieces[at], end));
    const swapped = Uint8Array.from([...(head ?? []), ...(second ?? []), ...(first ?? []), ...(rest ?? [])]);
    for (const other of [
      swapped,
      content.slice(0, -1),
      Uint8Array.from([...content, 0]),
      content.slice(0, 10),
      bytes(0),
    ]) {
      expect((await refusal(diskWith(files, 'snapshot-1.snap', other))).code).toBe('corrupt-snapshot');
    }
  });

  it('that is older is refused when it is read, not before', async () => {
    const disk = new PlainDisk();
    const life = lifeOn(disk);
    await life.open();
    await life.commit(appending(1, message(1), message(1)));
    await life.save(snapshotOf(1, 1), bytes(450));
    await life.save(snapshotOf(2, 1), bytes(450));
    await life.close();
    const content = (disk.files.get('snapshot-1.snap')?.bytes ?? bytes(0)).slice();
    content[content.length - 1] = (content.at(-1) ?? 0) ^ 1;
    const again = lifeOn(diskWith(contentsOf(disk), 'snapshot-1.snap', content));
    expect((await again.open()).durable.snapshot?.index).toBe(2);
    await expect(again.read(1, 0, 10)).resolves.toMatchObject({ last: false });
    await expect(again.read(1, 440, 10)).rejects.toMatchObject({ code: 'corrupt-snapshot' });
  });
});
