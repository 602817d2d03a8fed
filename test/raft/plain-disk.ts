import type { Clock } from '../../src/base/clock.ts';
import { type DirectoryLock, type Disk, type DiskFile, directoryInUse, writeThenSync } from '../../src/base/disk.ts';
import { ChaosError } from '../../src/base/errors.ts';
import { type Callback, failure, success } from '../../src/base/outcome.ts';

/** A clock for those who wait for nothing but a turn: as fast as the machine is. */
export const hurriedClock: Clock = {
  nowNs: () => 0,
  wallMs: () => 0,
  setTimer: (_, fire) => {
    queueMicrotask(fire);
    return { cancel: () => {} };
  },
  soon: queueMicrotask,
  promise: (executor) => new Promise(executor),
};

export interface PlainFile {
  bytes: Uint8Array;
}

/** A change of a file or of the names, or what makes such changes durable. */
export type DiskChange =
  | { readonly kind: 'write'; readonly file: PlainFile; readonly position: number; readonly bytes: Uint8Array }
  | { readonly kind: 'truncate'; readonly file: PlainFile; readonly length: number }
  | { readonly kind: 'create'; readonly name: string; readonly file: PlainFile }
  | { readonly kind: 'rename'; readonly from: string; readonly to: string; readonly file: PlainFile }
  | { readonly kind: 'remove'; readonly name: string }
  | { readonly kind: 'sync'; readonly file: PlainFile }
  | { readonly kind: 'sync-directory' };

export function writeInto(bytes: Uint8Array, position: number, piece: Uint8Array): Uint8Array {
  const end = position + piece.length;
  const target = end > bytes.length ? resized(bytes, end) : bytes;
  target.set(piece, position);
  return target;
}

export function resized(bytes: Uint8Array, length: number): Uint8Array {
  const target = new Uint8Array(length);
  target.set(bytes.subarray(0, length));
  return target;
}

/** One directory in memory, `data`, without any delay; it tells `changed` of all that is changed. */
export class PlainDisk implements Disk {
  readonly files: Map<string, PlainFile>;
  readonly #changed: (change: DiskChange) => void;
  #locked = false;

  constructor(files: ReadonlyMap<string, PlainFile> = new Map(), changed: (change: DiskChange) => void = () => {}) {
    this.files = new Map(files);
    this.#changed = changed;
  }

  open(path: string, done: Callback<DiskFile>): void {
    const name = nameOf(path);
    const file = this.files.get(name) ?? { bytes: new Uint8Array(0) };
    if (!this.files.has(name)) {
      this.files.set(name, file);
      this.#changed({ kind: 'create', name, file });
    }
    soon(done, this.#opened(file));
  }

  readFile(path: string, done: Callback<Uint8Array | null>): void {
    soon(done, this.files.get(nameOf(path))?.bytes.slice() ?? null);
  }

  list(_: string, done: Callback<readonly string[]>): void {
    soon(done, [...this.files.keys()].sort());
  }

  makeDirectory(_: string, done: Callback<void>): void {
    soon(done, undefined);
  }

  rename(from: string, to: string, done: Callback<void>): void {
    const names = { from: nameOf(from), to: nameOf(to) };
    const file = this.files.get(names.from);
    if (file === undefined) {
      queueMicrotask(() => done(failure(new ChaosError('ENOENT', `rename ${from}`))));
      return;
    }
    this.files.delete(names.from);
    this.files.set(names.to, file);
    this.#changed({ kind: 'rename', ...names, file });
    soon(done, undefined);
  }

  remove(path: string, done: Callback<void>): void {
    const name = nameOf(path);
    if (!this.files.delete(name)) {
      queueMicrotask(() => done(failure(new ChaosError('ENOENT', `remove ${path}`))));
      return;
    }
    this.#changed({ kind: 'remove', name });
    soon(done, undefined);
  }

  syncDirectory(path: string, done: Callback<void>): void {
    if (path === 'data') this.#changed({ kind: 'sync-directory' });
    soon(done, undefined);
  }

  lock(directory: string, done: Callback<DirectoryLock>): void {
    if (this.#locked) {
      queueMicrotask(() => done(failure(directoryInUse(directory))));
      return;
    }
    this.#locked = true;
    const release = (released: Callback<void>): void => {
      this.#locked = false;
      soon(released, undefined);
    };
    soon(done, { release });
  }

  #opened(file: PlainFile): DiskFile {
    const opened: DiskFile = {
      read: (position, length, done) => soon(done, file.bytes.slice(position, position + length)),
      write: (position, bytes, done) => {
        const kept = bytes.slice();
        file.bytes = writeInto(file.bytes, position, kept);
        this.#changed({ kind: 'write', file, position, bytes: kept });
        soon(done, undefined);
      },
      writeDurably: (position, bytes, done) => writeThenSync(opened, position, bytes, done),
      truncate: (length, done) => {
        file.bytes = resized(file.bytes, length);
        this.#changed({ kind: 'truncate', file, length });
        soon(done, undefined);
      },
      fdatasync: (done) => {
        this.#changed({ kind: 'sync', file });
        soon(done, undefined);
      },
      close: (done) => soon(done, undefined),
    };
    return opened;
  }
}

function nameOf(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1);
}

function soon<T>(done: Callback<T>, value: T): void {
  queueMicrotask(() => done(success(value)));
}
