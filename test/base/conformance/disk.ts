import { afterEach, describe, expect, it } from 'vitest';
import type { Clock } from '../../../src/base/clock.ts';
import { promised } from '../../../src/base/clock.ts';
import type { DirectoryLock, Disk, DiskFile } from '../../../src/base/disk.ts';
import type { ChaosError } from '../../../src/base/errors.ts';

export interface DiskSubject {
  readonly clock: Clock;
  readonly disk: Disk;
  run<T>(scenario: Promise<T>): Promise<T>;
  dispose(): void;
}

const bytesOf = (text: string): Uint8Array => new TextEncoder().encode(text);
const textOf = (bytes: Uint8Array | null): string | null => (bytes === null ? null : new TextDecoder().decode(bytes));

/** What every disk port does. */
export function diskConformance(name: string, make: () => DiskSubject): void {
  let subject: DiskSubject | null = null;
  const scenario = (title: string, body: (use: PromisedDisk) => Promise<void>): void => {
    it(title, async () => {
      subject = make();
      await subject.run(body(promisedDisk(subject.disk, subject.clock)));
    });
  };

  describe(`${name} as a disk`, () => {
    afterEach(() => subject?.dispose());

    scenario('creates a file empty, and keeps what is there when it is opened again', async (use) => {
      const file = await use.open('a');
      expect(textOf(await use.readFile('a'))).toBe('');
      await use.write(file, 0, 'hello');
      await use.close(file);
      await use.close(await use.open('a'));
      expect(textOf(await use.readFile('a'))).toBe('hello');
    });

    scenario('reads a file that is not there as null', async (use) => {
      expect(await use.readFile('none')).toBeNull();
    });

    scenario('writes at positions, over each other, and with a gap of zeros', async (use) => {
      const file = await use.open('a');
      await use.write(file, 0, 'hello world');
      await use.write(file, 6, 'W');
      await use.write(file, 13, '!');
      expect(textOf(await use.readFile('a'))).toBe('hello World\0\0!');
    });

    scenario('writes that overlap in time each land whole', async (use) => {
      const file = await use.open('a');
      const pieces = Array.from({ length: 20 }, (_, i) => String.fromCharCode(97 + i).repeat(1000));
      await Promise.all(pieces.map((piece, i) => use.write(file, i * 1000, piece)));
      expect(textOf(await use.readFile('a'))).toBe(pieces.join(''));
    });

    scenario('reads a part of a file, up to its end', async (use) => {
      const file = await use.open('a');
      expect(textOf(await use.read(file, 0, 10))).toBe('');
      await use.write(file, 0, 'hello world');
      expect(textOf(await use.read(file, 0, 5))).toBe('hello');
      expect(textOf(await use.read(file, 6, 100))).toBe('world');
      expect(textOf(await use.read(file, 11, 1))).toBe('');
      expect(textOf(await use.read(file, 100, 1))).toBe('');
      expect(textOf(await use.read(file, 3, 0))).toBe('');
      await use.truncate(file, 3);
      expect(textOf(await use.read(file, 1, 5))).toBe('el');
    });

    scenario('locks a directory for one holder until that releases it', async (use) => {
      await use.makeDirectory('d');
      await use.makeDirectory('e');
      const first = await use.lock('d');
      await use.lock('e');
      const refusal = await use.lock('d').catch((error: ChaosError) => error);
      expect(refusal).toMatchObject({ code: 'directory-in-use', message: expect.stringContaining('d is in use') });
      expect((refusal as ChaosError).remedy).toContain('stop the process');
      await use.release(first);
      const second = await use.lock('d');
      expect(await codeOf(use.lock('d'))).toBe('directory-in-use');
      await use.release(second);
      await use.release(await use.lock('d'));
    });

    scenario('locks for one of those who come at once', async (use) => {
      await use.makeDirectory('d');
      for (let round = 0; round < 10; round++) {
        const tries = await Promise.allSettled(Array.from({ length: 8 }, () => use.lock('d')));
        const held = tries.filter((one) => one.status === 'fulfilled');
        expect(held).toHaveLength(1);
        for (const one of tries) if (one.status === 'rejected') expect(one.reason.code).toBe('directory-in-use');
        for (const one of held) await use.release(one.value);
      }
    });

    scenario('truncates to shorter and to longer, and forgets what was cut off', async (use) => {
      const file = await use.open('a');
      await use.write(file, 0, 'abcdef');
      await use.truncate(file, 2);
      await use.truncate(file, 4);
      expect(textOf(await use.readFile('a'))).toBe('ab\0\0');
    });

    scenario('writes durably, also behind what was only written', async (use) => {
      const file = await use.open('a');
      await use.write(file, 0, 'xyz');
      await use.writeDurably(file, 2, 'ab');
      expect(textOf(await use.readFile('a'))).toBe('xyab');
      await use.close(file);
      expect(await codeOf(use.writeDurably(file, 0, 'c'))).toBe('EBADF');
    });

    scenario('syncs a file and a directory', async (use) => {
      await use.makeDirectory('d');
      const file = await use.open('d/a');
      await use.write(file, 0, 'x');
      await use.fdatasync(file);
      await use.syncDirectory('d');
      await use.syncDirectory('.');
      expect(textOf(await use.readFile('d/a'))).toBe('x');
    });

    scenario('lists the names in a directory, sorted', async (use) => {
      await use.makeDirectory('d/e');
      await use.close(await use.open('d/b'));
      await use.close(await use.open('d/B'));
      await use.close(await use.open('d/a'));
      expect(await use.list('d')).toEqual(['B', 'a', 'b', 'e']);
      expect(await use.list('.')).toEqual(['d']);
    });

    scenario('makes a directory with its parents, and is content with one that is there', async (use) => {
      await use.makeDirectory('x/y/z');
      await use.makeDirectory('x/y');
      expect(await use.list('x/y')).toEqual(['z']);
    });

    scenario('renames over another file, and the open file stays what it was', async (use) => {
      const file = await use.open('new');
      await use.write(file, 0, 'new');
      await use.write(await use.open('old'), 0, 'old');
      await use.rename('new', 'old');
      expect(textOf(await use.readFile('old'))).toBe('new');
      expect(await use.readFile('new')).toBeNull();
      await use.write(file, 3, 'er');
      expect(textOf(await use.readFile('old'))).toBe('newer');
    });

    scenario('renames a file into another directory, and removes files', async (use) => {
      await use.makeDirectory('d');
      await use.write(await use.open('a'), 0, 'x');
      await use.rename('a', 'd/b');
      expect(textOf(await use.readFile('d/b'))).toBe('x');
      await use.remove('d/b');
      expect(await use.list('d')).toEqual([]);
    });

    scenario('fails with the code of the system, and names the path', async (use) => {
      expect(await codeOf(use.list('none'))).toBe('ENOENT');
      expect(await codeOf(use.syncDirectory('none'))).toBe('ENOENT');
      expect(await codeOf(use.rename('none', 'other'))).toBe('ENOENT');
      expect(await codeOf(use.remove('none'))).toBe('ENOENT');
      expect(await codeOf(use.open('none/a'))).toBe('ENOENT');
      expect(await codeOf(use.lock('none'))).toBe('ENOENT');
      await use.makeDirectory('d');
      expect(await codeOf(use.open('d'))).toBe('EISDIR');
      expect(await codeOf(use.readFile('d'))).toBe('EISDIR');
      await expect(use.remove('none')).rejects.toThrow(/remove .*none/);
    });

    scenario('begins every path at its root, written with a slash before it or not', async (use) => {
      await use.makeDirectory('/d');
      await use.open('/d/a');
      expect(await use.list('d')).toEqual(['a']);
      expect(await use.list('/')).toEqual(['d']);
    });

    scenario('lets no path lead out of its root', async (use) => {
      for (const path of ['../a', 'd/../../a', '/../a', '//a', 'd/./a', 'd//a', 'a\0']) {
        expect(await codeOf(use.readFile(path))).toBe('bad-path');
        expect(await codeOf(use.open(path))).toBe('bad-path');
        expect(await codeOf(use.rename('a', path))).toBe('bad-path');
        expect(await codeOf(use.makeDirectory(path))).toBe('bad-path');
        expect(await codeOf(use.syncDirectory(path))).toBe('bad-path');
        expect(await codeOf(use.lock(path))).toBe('bad-path');
      }
    });

    scenario('fails on a closed file, and finishes what was under way before', async (use) => {
      const file = await use.open('a');
      const written = use.write(file, 0, 'x'.repeat(100_000));
      const closed = use.close(file);
      const late = codeOf(use.write(file, 0, 'y'));
      await written;
      await closed;
      expect(await late).toBe('EBADF');
      expect(await codeOf(use.fdatasync(file))).toBe('EBADF');
      expect(await codeOf(use.read(file, 0, 1))).toBe('EBADF');
      expect(await codeOf(use.close(file))).toBe('EBADF');
      expect(textOf(await use.readFile('a'))).toBe('x'.repeat(100_000));
    });

    it('calls back once, and never inside the call', async () => {
      subject = make();
      const { disk, clock, run } = subject;
      const order: string[] = [];
      const call = (title: string, start: (done: () => void) => void): Promise<void> =>
        clock.promise((resolve) => {
          start(() => {
            order.push(`${title} done`);
            resolve();
          });
          order.push(`${title} returned`);
        });
      const both = (title: string): string[] => [`${title} returned`, `${title} done`];
      await run(
        (async () => {
          await call('good', (done) => disk.list('.', done));
          await call('missing', (done) => disk.list('none', done));
          await call('bad', (done) => disk.list('..', done));
        })(),
      );
      expect(order).toEqual([...both('good'), ...both('missing'), ...both('bad')]);
    });
  });
}

function codeOf(promise: Promise<unknown>): Promise<string> {
  return promise.then(
    () => 'no error',
    (error: ChaosError) => error.code,
  );
}

type PromisedDisk = ReturnType<typeof promisedDisk>;

function promisedDisk(disk: Disk, clock: Clock) {
  return {
    open: (path: string) => promised<DiskFile>(clock, (done) => disk.open(path, done)),
    readFile: (path: string) => promised<Uint8Array | null>(clock, (done) => disk.readFile(path, done)),
    list: (path: string) => promised<readonly string[]>(clock, (done) => disk.list(path, done)),
    makeDirectory: (path: string) => promised<void>(clock, (done) => disk.makeDirectory(path, done)),
    rename: (from: string, to: string) => promised<void>(clock, (done) => disk.rename(from, to, done)),
    remove: (path: string) => promised<void>(clock, (done) => disk.remove(path, done)),
    syncDirectory: (path: string) => promised<void>(clock, (done) => disk.syncDirectory(path, done)),
    lock: (path: string) => promised<DirectoryLock>(clock, (done) => disk.lock(path, done)),
    release: (lock: DirectoryLock) => promised<void>(clock, (done) => lock.release(done)),
    read: (file: DiskFile, position: number, length: number) =>
      promised<Uint8Array>(clock, (done) => file.read(position, length, done)),
    write: (file: DiskFile, position: number, text: string) =>
      promised<void>(clock, (done) => file.write(position, bytesOf(text), done)),
    writeDurably: (file: DiskFile, position: number, text: string) =>
      promised<void>(clock, (done) => file.writeDurably(position, bytesOf(text), done)),
    truncate: (file: DiskFile, length: number) => promised<void>(clock, (done) => file.truncate(length, done)),
    fdatasync: (file: DiskFile) => promised<void>(clock, (done) => file.fdatasync(done)),
    close: (file: DiskFile) => promised<void>(clock, (done) => file.close(done)),
  };
}
