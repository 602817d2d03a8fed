import { assert } from '../assert.ts';
import type { Disk, DiskFile } from '../disk.ts';
import { diskPathNames } from '../disk-path.ts';
import { ChaosError } from '../errors.ts';
import { type Callback, failure, type Outcome, success } from '../outcome.ts';
import type { Random } from '../random.ts';
import type { VirtualClock } from './clock.ts';
import { find, findDirectory, StoredDirectory, StoredFile } from './file-tree.ts';
import type { VirtualProcess } from './process.ts';

/** The disk of one virtual host: it outlives the processes that use it. What a power loss keeps: see file-tree.ts. */
export interface MemoryDisk {
  /** The port for one process. */
  port(process: VirtualProcess): Disk;
  /** The process has died: each call under way has its effect or has not, and what had it stays readable. */
  crash(): void;
  /** The same, and then what was not synced is kept or lost as `random` draws it. */
  powerLoss(random: Random): void;
}

export type DiskOperationKind =
  | 'open'
  | 'read'
  | 'list'
  | 'make-directory'
  | 'rename'
  | 'remove'
  | 'sync-directory'
  | 'write'
  | 'truncate'
  | 'fdatasync'
  | 'close';

export interface DiskOperation {
  readonly kind: DiskOperationKind;
  readonly path: string;
  /** Bytes to write; 0 for everything else. */
  readonly byteCount: number;
}

/** What becomes of one operation. */
export interface DiskFate {
  readonly delayNs: number;
  /** The system's code it fails with, without any effect, or null. */
  readonly error: string | null;
  /** What the bytes that are written or read turn into, or null where they stay as they are. */
  readonly corrupt: ((bytes: Uint8Array) => Uint8Array) | null;
}

export interface MemoryDiskOptions {
  readonly syncMinNs?: number;
  readonly syncMaxNs?: number;
  /** Of every operation other than a sync. */
  readonly otherMinNs?: number;
  readonly otherMaxNs?: number;
  /** Decides what becomes of each operation: for a disk that is full, slow or broken. Instead of the latencies. */
  readonly decide?: (operation: DiskOperation) => DiskFate;
}

const DEFAULTS = { syncMinNs: 200_000, syncMaxNs: 2_000_000, otherMinNs: 5_000, otherMaxNs: 50_000 };

/** One call of a process: `effect` happens when it is done, `onError` instead where it is decided to fail. */
interface Operation<T> extends DiskOperation {
  readonly effect: (corrupt: (bytes: Uint8Array) => Uint8Array) => T;
  readonly onError?: () => void;
}

type Perform = <T>(operation: Operation<T>, done: Callback<T>) => void;

export function memoryDisk(clock: VirtualClock, random: Random, options: MemoryDiskOptions = {}): MemoryDisk {
  const root = new StoredDirectory();
  const underWay = new Set<() => unknown>();
  const decide = options.decide ?? latencyOnly(random, { ...DEFAULTS, ...options });

  const performFor =
    (process: VirtualProcess): Perform =>
    (operation, done) => {
      if (!process.alive) return;
      const fate = decide(operation);
      const finish = () => outcomeOf(operation, fate);
      underWay.add(finish);
      clock.schedule(fate.delayNs, () => {
        if (!underWay.delete(finish)) return;
        const outcome = finish();
        process.deliver(() => done(outcome));
      });
    };
  const crash = (): void => {
    for (const finish of underWay) if (random.integer(0, 1) === 1) finish();
    underWay.clear();
  };
  return {
    port: (process) => diskPort(root, performFor(process)),
    crash,
    powerLoss: (lossRandom) => {
      crash();
      root.losePower(lossRandom);
    },
  };
}

function latencyOnly(random: Random, range: typeof DEFAULTS): (operation: DiskOperation) => DiskFate {
  return ({ kind }) => {
    const syncs = kind === 'fdatasync' || kind === 'sync-directory';
    const delayNs = syncs
      ? random.integer(range.syncMinNs, range.syncMaxNs)
      : random.integer(range.otherMinNs, range.otherMaxNs);
    return { delayNs, error: null, corrupt: null };
  };
}

function outcomeOf<T>({ kind, path, effect, onError }: Operation<T>, fate: DiskFate): Outcome<T> {
  if (fate.error !== null) {
    onError?.();
    return failure(new ChaosError(fate.error, `${kind} ${path}: ${fate.error}`));
  }
  try {
    return success(effect(fate.corrupt ?? ((bytes) => bytes)));
  } catch (error) {
    if (!(error instanceof ChaosError)) throw error;
    return failure(new ChaosError(error.code, `${kind} ${path}: ${error.message}`, { cause: error }));
  }
}

function diskPort(root: StoredDirectory, perform: Perform): Disk {
  return {
    open: (path, done) => {
      const effect = () => openedFile(openFile(root, namesOf(path)), path, perform);
      perform({ kind: 'open', path, byteCount: 0, effect }, done);
    },
    readFile: (path, done) => {
      const effect: Operation<Uint8Array | null>['effect'] = (corrupt) => {
        const content = readFile(root, namesOf(path));
        return content === null ? null : corrupt(content);
      };
      perform({ kind: 'read', path, byteCount: 0, effect }, done);
    },
    list: (path, done) => {
      perform({ kind: 'list', path, byteCount: 0, effect: () => findDirectory(root, namesOf(path)).list() }, done);
    },
    makeDirectory: (path, done) => {
      perform({ kind: 'make-directory', path, byteCount: 0, effect: () => makeDirectory(root, namesOf(path)) }, done);
    },
    rename: (from, to, done) => {
      perform(
        { kind: 'rename', path: from, byteCount: 0, effect: () => rename(root, namesOf(from), namesOf(to)) },
        done,
      );
    },
    remove: (path, done) => {
      perform({ kind: 'remove', path, byteCount: 0, effect: () => remove(root, namesOf(path)) }, done);
    },
    syncDirectory: (path, done) => {
      // What is changed while the sync is under way is not covered by it.
      const names = diskPathNames(path);
      const directory = names.ok ? find(root, names.value) : undefined;
      const covered = directory?.changeCount ?? 0;
      const effect = () => {
        const found = findDirectory(root, namesOf(path));
        if (found === directory) found.synced(covered);
      };
      perform({ kind: 'sync-directory', path, byteCount: 0, effect }, done);
    },
  };
}

function openedFile(file: StoredFile, path: string, perform: Perform): DiskFile {
  let closed = false;
  const call = (
    kind: DiskOperationKind,
    byteCount: number,
    done: Callback<void>,
    effect: Operation<void>['effect'],
    onError?: () => void,
  ): void => {
    const closedBefore = closed;
    const unlessClosed: Operation<void>['effect'] = (corrupt) => {
      if (closedBefore) throw new ChaosError('EBADF', 'the file is closed');
      effect(corrupt);
    };
    perform({ kind, path, byteCount, effect: unlessClosed, ...(onError === undefined ? {} : { onError }) }, done);
  };
  return {
    write: (position, bytes, done) => {
      assert(Number.isSafeInteger(position) && position >= 0, () => `a position in a file, not ${position}`);
      const written = bytes.slice();
      call('write', written.length, done, (corrupt) => {
        if (written.length > 0) file.change({ kind: 'write', position, bytes: corrupt(written) });
      });
    },
    truncate: (length, done) => {
      assert(Number.isSafeInteger(length) && length >= 0, () => `a length of a file, not ${length}`);
      call('truncate', 0, done, () => file.change({ kind: 'truncate', length }));
    },
    fdatasync: (done) => {
      // Only what had been written when the sync was called is covered by it.
      const covered = file.changeCount;
      call(
        'fdatasync',
        0,
        done,
        () => file.synced(covered),
        () => file.syncFailed(covered),
      );
    },
    close: (done) => {
      call('close', 0, done, () => {});
      closed = true;
    },
  };
}

function openFile(root: StoredDirectory, names: readonly string[]): StoredFile {
  const { directory, name } = parentOf(root, names);
  const found = directory.get(name);
  if (found instanceof StoredFile) return found;
  if (found !== undefined) throw new ChaosError('EISDIR', 'a directory');
  const file = new StoredFile();
  directory.change((entries) => entries.set(name, file));
  return file;
}

function readFile(root: StoredDirectory, names: readonly string[]): Uint8Array | null {
  const found = find(root, names);
  if (found instanceof StoredDirectory) throw new ChaosError('EISDIR', 'a directory');
  return found === undefined ? null : found.content();
}

function makeDirectory(root: StoredDirectory, names: readonly string[]): void {
  let at = root;
  for (const name of names) {
    const found = at.get(name);
    if (found instanceof StoredFile) throw new ChaosError('EEXIST', 'a file of that name is there');
    const next = found ?? new StoredDirectory();
    if (found === undefined) at.change((entries) => entries.set(name, next));
    at = next;
  }
}

function rename(root: StoredDirectory, from: readonly string[], to: readonly string[]): void {
  const source = parentOf(root, from);
  const target = parentOf(root, to);
  const moved = source.directory.get(source.name);
  if (moved === undefined) throw new ChaosError('ENOENT', 'no such file');
  if (moved instanceof StoredDirectory) throw new ChaosError('EISDIR', 'directories are not renamed here');
  if (target.directory.get(target.name) instanceof StoredDirectory) throw new ChaosError('EISDIR', 'onto a directory');
  if (source.directory === target.directory) {
    // One change, so that a power loss shows the old name or the new one, never both or neither.
    source.directory.change((entries) => {
      entries.delete(source.name);
      entries.set(target.name, moved);
    });
  } else {
    target.directory.change((entries) => entries.set(target.name, moved));
    source.directory.change((entries) => entries.delete(source.name));
  }
}

function remove(root: StoredDirectory, names: readonly string[]): void {
  const { directory, name } = parentOf(root, names);
  const found = directory.get(name);
  if (found === undefined) throw new ChaosError('ENOENT', 'no such file');
  if (found instanceof StoredDirectory) throw new ChaosError('EISDIR', 'a directory');
  directory.change((entries) => entries.delete(name));
}

function parentOf(root: StoredDirectory, names: readonly string[]): { directory: StoredDirectory; name: string } {
  const name = names.at(-1);
  if (name === undefined) throw new ChaosError('EISDIR', 'the root');
  return { directory: findDirectory(root, names.slice(0, -1)), name };
}

function namesOf(path: string): readonly string[] {
  const names = diskPathNames(path);
  if (!names.ok) throw names.error;
  return names.value;
}
