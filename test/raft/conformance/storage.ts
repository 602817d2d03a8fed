import { afterEach, describe, expect, it } from 'vitest';
import type { Clock } from '../../../src/base/clock.ts';
import type { ChaosError } from '../../../src/base/errors.ts';
import { seededRandom } from '../../../src/base/random.ts';
import type { Storage } from '../../../src/raft/storage/storage.ts';
import * as lives from '../storage-life.ts';

const { appending, bytes, empty, everyEntry, Life, message, snapshotOf, writing } = lives;

/** A place where storage is kept. */
export interface StorageSubject {
  readonly clock: Clock;
  run<T>(scenario: Promise<T>): Promise<T>;
  /** Another storage for the same place. */
  storage(): Storage;
  /** Ends whatever has been opened, as hard as it can be done here, and keeps what is durable. */
  crash(opened: lives.Life): Promise<void>;
  dispose(): Promise<void>;
}

/** What every storage does. */
export function storageConformance(name: string, make: () => StorageSubject): void {
  let subject: StorageSubject | null = null;
  const scenario = (title: string, body: (use: Use) => Promise<void>): void => {
    it(title, async () => {
      subject = make();
      await subject.run(body(new Use(subject)));
    });
  };

  describe(`${name} as storage`, () => {
    afterEach(async () => await subject?.dispose());

    scenario('is empty at first, and stays so', async (use) => {
      expect(await use.open()).toEqual({ durable: empty, tornBytes: 0 });
      expect(await use.again()).toEqual({ durable: empty, tornBytes: 0 });
    });

    scenario('keeps the term, the vote and entries of every kind', async (use) => {
      await use.open();
      await use.life.commit(writing(1, { term: 3, votedFor: null }));
      expect(await use.durable()).toEqual({ ...empty, term: 3 });
      await use.life.commit(writing(1, { term: 4, votedFor: 'b', entries: everyEntry(4) }));
      expect(await use.durable()).toEqual({ ...empty, term: 4, votedFor: 'b', entries: everyEntry(4) });
      await use.life.commit(appending(1, message(4, 'x'.repeat(5000))), appending(2, message(5, 'last')));
      const entries = [...everyEntry(4), message(4, 'x'.repeat(5000)), message(5, 'last')];
      expect(await use.durable()).toEqual({ ...empty, term: 5, votedFor: 'a', entries });
    });

    scenario('reports durable writes in order, and the last one always', async (use) => {
      await use.open();
      const { life } = use;
      for (let write = 1; write <= 20; write++) {
        if (write % 5 === 0) await life.commit(appending(write, message(1, `${write}`)));
        else life.storage.append(appending(write, message(1, `${write}`)));
      }
      expect(life.durable).toEqual(life.durable.toSorted((a, b) => a - b));
      expect(life.durable.at(-1)).toBe(20);
      expect(life.failed).toEqual([]);
      expect((await use.durable()).entries).toEqual(Array.from({ length: 20 }, (_, at) => message(1, `${at + 1}`)));
    });

    scenario('truncates where a write says so, also in a later one that is committed with it', async (use) => {
      await use.open();
      await use.life.commit(appending(1, message(1, 'a'), message(1, 'b'), message(1, 'c')));
      await use.life.commit(
        writing(2, { term: 2, votedFor: 'b', truncateFrom: 2, entries: [message(2, 'x')] }),
        appending(3, message(2, 'lost')),
        writing(4, { term: 3, votedFor: null, truncateFrom: 3 }),
        writing(5, { term: 3, votedFor: 'c', entries: [message(3, 'y')] }),
      );
      const entries = [message(1, 'a'), message(2, 'x'), message(3, 'y')];
      expect(await use.durable()).toEqual({ ...empty, term: 3, votedFor: 'c', entries });
      await use.life.commit(writing(1, { term: 4, truncateFrom: 1 }));
      expect(await use.durable()).toEqual({ ...empty, term: 4, votedFor: 'a', entries: [] });
    });

    scenario('keeps a snapshot, and the entries after it', async (use) => {
      await use.open();
      await use.life.commit(appending(1, ...[1, 2, 3, 4, 5].map((at) => message(1, `${at}`))));
      const session = { id: 1, lastUsed: 2, acknowledged: 0, delivered: [{ sequence: 1, position: 2 }] };
      const snapshot = snapshotOf(3, 1, { sessions: [session] });
      await use.life.save(snapshot, bytes(10));
      expect(await use.durable()).toEqual({
        ...{ term: 1, votedFor: 'a', snapshot },
        entries: [message(1, '4'), message(1, '5')],
      });
      expect(await use.life.readAll(3, 4)).toEqual([...bytes(10)]);
      await use.life.commit(appending(1, message(1, '6')));
      expect((await use.durable()).entries).toEqual([message(1, '4'), message(1, '5'), message(1, '6')]);
    });

    scenario('reads any part of a snapshot, and says where it ends', async (use) => {
      await use.open();
      await use.life.commit(appending(1, message(1), message(1)));
      const data = bytes(200_000);
      await use.life.save(snapshotOf(2, 1), data);
      for (const [offset, maxBytes] of [
        ...[
          [0, 1],
          [0, 64 * 1024],
          [65_535, 2],
          [65_536, 65_536],
          [199_999, 1],
        ],
        ...[
          [150_000, 100_000],
          [200_000, 10],
          [100, 200_000],
          [0, 0],
        ],
      ] as [number, number][]) {
        const piece = await use.life.read(2, offset, maxBytes);
        const same = Buffer.compare(piece?.data ?? bytes(1), data.slice(offset, offset + maxBytes)) === 0;
        expect([same, piece?.last], `${offset}`).toEqual([true, offset + maxBytes >= data.length]);
      }
      expect(await use.life.read(1, 0, 10)).toBeNull();
      await use.life.save(snapshotOf(1, 1), new Uint8Array(0));
      expect(await use.life.read(1, 0, 10)).toEqual({ data: new Uint8Array(0), last: true });
    });

    scenario('keeps the newest two snapshots', async (use) => {
      await use.open();
      await use.life.commit(appending(1, ...[1, 2, 3, 4].map((at) => message(1, `${at}`))));
      for (const index of [1, 2, 4]) await use.life.save(snapshotOf(index, 1), bytes(10, index));
      await use.life.save(snapshotOf(3, 1), bytes(10, 3));
      for (const _ of [1, 2]) {
        const kept = await Promise.all([1, 2, 3, 4].map((index) => use.life.readAll(index, 100)));
        expect(kept).toEqual([null, null, [...bytes(10, 3)], [...bytes(10, 4)]]);
        expect((await use.durable()).snapshot?.index).toBe(4);
      }
      await use.life.save(snapshotOf(4, 1, { position: 1 }), bytes(3));
      expect((await use.durable()).snapshot?.position).toBe(1);
      expect(await use.life.readAll(4, 100)).toEqual([...bytes(3)]);
    });

    scenario('takes a snapshot in pieces, and has it once the last is there', async (use) => {
      await use.open();
      await use.life.commit(appending(1, message(1, 'a')));
      const snapshot = snapshotOf(7, 2);
      await use.life.receive(snapshot, 0, bytes(100_000), false);
      expect(await use.life.read(7, 0, 10)).toBeNull();
      // The leader began anew.
      await use.life.receive(snapshot, 0, bytes(70_000, 1), false);
      await use.life.receive(snapshot, 70_000, bytes(10, 2), false);
      await use.life.receive(snapshot, 70_010, bytes(5, 3), true);
      const data = [...bytes(70_000, 1), ...bytes(10, 2), ...bytes(5, 3)];
      expect(await use.life.readAll(7, 50_000)).toEqual(data);
      expect(await use.durable()).toEqual({ term: 1, votedFor: 'a', snapshot, entries: [] });
      expect(await use.life.readAll(7, 50_000)).toEqual(data);
      await use.life.receive(snapshotOf(8, 2), 0, bytes(3), true);
      expect(await use.life.readAll(8, 2)).toEqual([...bytes(3)]);
    });

    scenario('forgets a snapshot of which the last piece has not come', async (use) => {
      await use.open();
      await use.life.receive(snapshotOf(7, 2), 0, bytes(100), false);
      expect(await use.durable()).toEqual(empty);
      expect(await use.life.read(7, 0, 10)).toBeNull();
      await use.life.receive(snapshotOf(7, 2), 0, bytes(50), true);
      expect((await use.durable()).snapshot?.index).toBe(7);
    });

    scenario('goes on after a snapshot where a write says so', async (use) => {
      await use.open();
      await use.life.commit(appending(1, message(1, 'a'), message(1, 'b'), message(1, 'c')));
      const snapshot = snapshotOf(2, 5);
      await use.life.receive(snapshot, 0, bytes(10), true);
      await use.life.commit(writing(2, { term: 5, votedFor: 'b', restartAfter: { index: 2, term: 5 } }));
      expect(await use.durable()).toEqual({ term: 5, votedFor: 'b', snapshot, entries: [] });
      await use.life.commit(appending(1, message(5, 'x'), message(5, 'y')));
      await use.life.commit(writing(2, { term: 6, truncateFrom: 4, entries: [message(6, 'z')] }));
      expect(await use.durable()).toEqual({
        ...{ term: 6, votedFor: 'a', snapshot },
        entries: [message(5, 'x'), message(6, 'z')],
      });
    });

    for (const [title, snapshot, entries] of [
      ['what follows it where the log has its last entry', snapshotOf(2, 1), [message(2, 'c')]],
      ['nothing of a log that has another entry there', snapshotOf(2, 2), []],
      ['nothing of a log that ends before it', snapshotOf(9, 2), []],
      ['nothing where it ends with the log, of the same term', snapshotOf(3, 2), []],
    ] as const) {
      scenario(`beside a snapshot that the log does not know of there is ${title}`, async (use) => {
        await use.open();
        await use.life.commit(appending(1, message(1, 'a'), message(1, 'b'), message(2, 'c')));
        await use.life.receive(snapshot, 0, bytes(10), true);
        expect(await use.durable()).toEqual({ term: 2, votedFor: 'a', snapshot, entries });
        // Either way the log goes on from there.
        await use.life.commit(appending(1, message(3, 'd')));
        const more = { term: 3, votedFor: 'a', snapshot, entries: [...entries, message(3, 'd')] };
        expect(await use.durable()).toEqual(more);
        expect(await use.durable()).toEqual(more);
      });
    }

    scenario('keeps others out until it is closed', async (use) => {
      await use.open();
      await use.life.commit(appending(1, message(1, 'a')));
      const other = new Life(use.subject.clock, use.subject.storage());
      const refusal: ChaosError = await other.open().then(
        () => expect.unreachable(),
        (error) => error,
      );
      expect(refusal.code).toBe('directory-in-use');
      expect(refusal.remedy).toMatch(/\w/);
      await use.life.commit(appending(2, message(1, 'b')));
      use.life.storage.append(appending(3, message(1, 'c')));
      await use.life.close();
      expect((await use.open()).durable.entries.slice(0, 2)).toEqual([message(1, 'a'), message(1, 'b')]);
    });

    scenario('calls back once, and never inside the call', async (use) => {
      await use.open();
      const { clock } = use.subject;
      const order: string[] = [];
      const call = (title: string, start: (done: () => void) => void): Promise<void> =>
        clock.promise((resolve) => {
          start(() => {
            order.push(`${title} done`);
            resolve();
          });
          order.push(`${title} returned`);
        });
      const { storage } = use.life;
      await call('save', (done) => storage.saveSnapshot(snapshotOf(1, 1), bytes(1), done));
      await call('read', (done) => storage.readSnapshot(1, 0, 1, done));
      await call('none', (done) => storage.readSnapshot(2, 0, 1, done));
      await call('close', (done) => storage.close(done));
      await call('closed', (done) => storage.readSnapshot(1, 0, 1, done));
      const titles = ['save', 'read', 'none', 'close', 'closed'];
      expect(order).toEqual(titles.flatMap((title) => [`${title} returned`, `${title} done`]));
    });

    it.each(Array.from({ length: 20 }, (_, at) => at + 1))('keeps all that it was given, seed %i', async (seed) => {
      subject = make();
      await subject.run(randomLives(new Use(subject), seed));
    });
  });
}

/** Some lives in which everything that is done is waited for at the end. */
async function randomLives(use: Use, seed: number): Promise<void> {
  const random = seededRandom(seed);
  let contents = lives.nothing;
  for (let life = 0; life < 5; life++) {
    const found = (await use.again()).durable;
    expect(lives.textOf(found), `seed ${seed}`).toBe(lives.textOf(lives.recovered(contents)));
    const { snapshot, entries } = found;
    if (snapshot !== null) contents = { ...contents, start: snapshot, entries };
    const writes: Promise<void>[] = [];
    for (let write = 1, count = random.integer(1, 30); write <= count; write++) {
      const next = lives.drawWrite(random, write, contents);
      contents = lives.applied(contents, next);
      writes.push(use.life.commit(next));
      if (random.integer(0, 3) === 0) await writes.at(-1);
      const lastIndex = contents.start.index + contents.entries.length;
      const newest = contents.snapshots.at(-1)?.index ?? 0;
      if (random.integer(0, 9) === 0 && lastIndex > newest) {
        await writes.at(-1);
        const index = random.integer(newest + 1, lastIndex);
        const own = contents.entries[index - contents.start.index - 1];
        if (own === undefined) continue;
        const stored = snapshotOf(index, own.term);
        await use.life.save(stored, bytes(random.integer(0, 3000), index));
        contents = { ...contents, snapshots: [...contents.snapshots, stored] };
      } else if (random.integer(0, 9) === 0) {
        await writes.at(-1);
        const stored = snapshotOf(lastIndex + random.integer(1, 10), contents.term);
        await use.life.receive(stored, 0, bytes(random.integer(0, 3000), stored.index), true);
        contents = { ...contents, snapshots: [...contents.snapshots, stored] };
        write += 1;
        const restart = writing(write, {
          term: contents.term,
          restartAfter: { index: stored.index, term: stored.term },
        });
        contents = lives.applied(contents, restart);
        writes.push(use.life.commit(restart));
      }
    }
    await Promise.all(writes);
  }
}

/** One place, and the storage that is open there now. */
class Use {
  readonly subject: StorageSubject;
  life: lives.Life;

  constructor(subject: StorageSubject) {
    this.subject = subject;
    this.life = new Life(subject.clock, subject.storage());
  }

  async open() {
    this.life = new Life(this.subject.clock, this.subject.storage());
    this.#opened = true;
    return await this.life.open();
  }

  #opened = false;

  /** What is there after a crash. */
  async again() {
    if (this.#opened) await this.subject.crash(this.life);
    return await this.open();
  }

  async durable() {
    return (await this.again()).durable;
  }
}
