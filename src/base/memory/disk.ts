import { assert } from '../assert.ts';
import type { Delays, DiskCounters, DiskImpairment, DiskOperationKind } from '../conditions.ts';
import { type Disk, type DiskFile, directoryInUse, writeThenSync } from '../disk.ts';
import { diskPathNames } from '../disk-path.ts';
import { ChaosError } from '../errors.ts';
import { type Callback, failure, type Outcome, success } from '../outcome.ts';
import type { Random } from '../random.ts';
import type { VirtualClock } from './clock.ts';
import { drawDelayNs } from './delays.ts';
import { DiskImpairments } from './disk-impairments.ts';
import { fileAt, makeDirectory, namesOf, openFile, readFile, remove, rename } from './file-calls.ts';
import { find, findDirectory, losePower, StoredDirectory, type StoredFile } from './file-tree.ts';
import type { VirtualProcess } from './process.ts';

/** The disk of one virtual host: it outlives the processes that use it. What a power loss keeps: see file-tree.ts. */
export interface MemoryDisk {
  /** The port for one process. */
  port(process: VirtualProcess): Disk;
  /** The process has died: each call under way has its effect or has not, and what had it stays readable. */
  crash(): void;
  /** The same, and then what was not synced is kept or lost as `random` draws it. */
  powerLoss(random: Random): void;
  /** Makes the disk worse until `mend` of the same fault; several impairments add up. */
  impair(fault: string, impairment: DiskImpairment): void;
  mend(fault: string): void;
  /**
   * Flips a bit (0 to 7) of a byte of a file, on the medium, in the cache, and in what is on its way between them; false
   * where there is no such file or byte. The same flip undoes it, unless the byte has been written since.
   */
  flipBit(path: string, byteAt: number, bit: number): boolean;
  /** A file's bytes, as a process sees them; null where there is no such file. */
  content(path: string): Uint8Array | null;
  /** The names in a directory, as a process sees them, sorted; none where there is no such directory. */
  names(directory: string): readonly string[];
  counters(): DiskCounters;
  /** Whether this very error, or what caused it, is one that an impairment made the disk report to a process. */
  imposed(error: Error): boolean;
}

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
}

export interface MemoryDiskOptions {
  /** Of `fdatasync` and `syncDirectory`. */
  readonly syncLatency?: Delays;
  readonly otherLatency?: Delays;
  /** Decides each operation by itself, instead of the latencies and before the impairments: to meet a certain one. */
  readonly decide?: (operation: DiskOperation) => DiskFate;
}

const DEFAULTS = {
  syncLatency: { kind: 'uniform', minNs: 200_000, maxNs: 2_000_000 },
  otherLatency: { kind: 'uniform', minNs: 5_000, maxNs: 50_000 },
} satisfies MemoryDiskOptions;

/** One call of a process: `effect` happens when it is done, `onError` instead where it is decided to fail. */
interface Operation<T> extends DiskOperation {
  readonly effect: () => T;
  readonly onError?: () => void;
}

type Perform = <T>(operation: Operation<T>, done: Callback<T>) => void;

export function memoryDisk(clock: VirtualClock, random: Random, options: MemoryDiskOptions = {}): MemoryDisk {
  const root = new StoredDirectory();
  const locks: Locks = new Map();
  const underWay = new Set<() => unknown>();
  const decide = options.decide ?? latencyOnly(random, { ...DEFAULTS, ...options });
  const impairments = new DiskImpairments(random.fork('impairments'));
  const refused = { ENOSPC: 0, EIO: 0 };
  const imposed = new WeakSet<Error>();
  const counters = {
    ...{ operations: 0, slowed: 0, slowedNs: 0, soundSyncs: 0, soundSyncsNs: 0 },
    ...{ flippedBits: 0, lostWrites: 0, tornWrites: 0 },
  };
  const took = (kind: DiskOperationKind, slowed: boolean, ns: number): void => {
    if (slowed) {
      counters.slowed += 1;
      counters.slowedNs += ns;
    } else if (isSync(kind)) {
      counters.soundSyncs += 1;
      counters.soundSyncsNs += ns;
    }
  };

  const performFor =
    (process: VirtualProcess): Perform =>
    (operation, done) => {
      if (!process.alive) return;
      const fate = decide(operation);
      const { extraNs, error } = impairments.drawFor(operation.kind);
      counters.operations += 1;
      const begunNs = clock.nowNs();
      const finish = () => {
        const outcome = outcomeOf(operation, fate.error ?? error);
        if (outcome.ok) return outcome;
        const { code } = outcome.error;
        if (code === 'ENOSPC' || code === 'EIO') {
          refused[code] += 1;
          if (fate.error === null) imposed.add(outcome.error);
        }
        return outcome;
      };
      underWay.add(finish);
      clock.schedule(fate.delayNs + extraNs, () => {
        if (!underWay.delete(finish)) return;
        took(operation.kind, extraNs > 0, clock.nowNs() - begunNs);
        const outcome = finish();
        process.deliver(() => done(outcome));
      });
    };
  const crash = (): void => {
    for (const finish of underWay) if (random.integer(0, 1) === 1) finish();
    underWay.clear();
  };
  return {
    port: (process) =>
      diskPort(root, performFor(process), () => impairments.claimRoom(), directoryLocks(locks, process)),
    crash,
    powerLoss: (lossRandom) => {
      crash();
      const { lost, torn } = losePower(root, lossRandom);
      counters.lostWrites += lost;
      counters.tornWrites += torn;
    },
    impair: (fault, impairment) => impairments.add(fault, impairment),
    mend: (fault) => impairments.remove(fault),
    flipBit: (path, byteAt, bit) => {
      const flipped = fileAt(root, path)?.flipBit(byteAt, bit) ?? false;
      if (flipped) counters.flippedBits += 1;
      return flipped;
    },
    content: (path) => fileAt(root, path)?.content() ?? null,
    names: (path) => {
      const found = find(root, namesOf(path));
      return found instanceof StoredDirectory ? found.list() : [];
    },
    counters: () => ({ ...counters, refused: { ...refused } }),
    imposed: (error) => {
      for (let at: unknown = error; at instanceof Error; at = at.cause) if (imposed.has(at)) return true;
      return false;
    },
  };
}

function latencyOnly(
  random: Random,
  { syncLatency, otherLatency }: Required<Pick<MemoryDiskOptions, 'syncLatency' | 'otherLatency'>>,
): (operation: DiskOperation) => DiskFate {
  return ({ kind }) => {
    return { delayNs: drawDelayNs(isSync(kind) ? syncLatency : otherLatency, random), error: null };
  };
}

function isSync(kind: DiskOperationKind): boolean {
  return kind === 'fdatasync' || kind === 'sync-directory';
}

function outcomeOf<T>({ kind, path, effect, onError }: Operation<T>, error: string | null): Outcome<T> {
  if (error !== null) {
    onError?.();
    return failure(new ChaosError(error, `${kind} ${path}: ${error}`));
  }
  try {
    return success(effect());
  } catch (error) {
    if (!(error instanceof ChaosError)) throw error;
    const { code, message, remedy } = error;
    const options = remedy === undefined ? { cause: error } : { cause: error, remedy };
    return failure(new ChaosError(code, `${kind} ${path}: ${message}`, options));
  }
}

/** Who holds which directory: the process, for as long as it lives, by the claim that `release` gives back. */
type Locks = Map<StoredDirectory, { readonly process: VirtualProcess }>;

/** Takes a directory, or throws; what it returns frees it again. */
type Claim = (directory: StoredDirectory, path: string) => () => void;

function directoryLocks(locks: Locks, process: VirtualProcess): Claim {
  return (directory, path) => {
    if (locks.get(directory)?.process.alive) throw directoryInUse(path);
    const claim = { process };
    locks.set(directory, claim);
    return () => {
      if (locks.get(directory) === claim) locks.delete(directory);
    };
  };
}

/** `claimRoom` throws where there is none. */
function diskPort(root: StoredDirectory, perform: Perform, claimRoom: () => void, claim: Claim): Disk {
  return {
    open: (path, done) => {
      const effect = () => openedFile(openFile(root, namesOf(path), claimRoom), path, perform, claimRoom);
      perform({ kind: 'open', path, byteCount: 0, effect }, done);
    },
    readFile: (path, done) => {
      perform({ kind: 'read', path, byteCount: 0, effect: () => readFile(root, namesOf(path)) }, done);
    },
    list: (path, done) => {
      perform({ kind: 'list', path, byteCount: 0, effect: () => findDirectory(root, namesOf(path)).list() }, done);
    },
    makeDirectory: (path, done) => {
      const effect = () => makeDirectory(root, namesOf(path), claimRoom);
      perform({ kind: 'make-directory', path, byteCount: 0, effect }, done);
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
    lock: (path, done) => {
      const effect = () => {
        const free = claim(findDirectory(root, namesOf(path)), path);
        const release = (released: Callback<void>) =>
          perform({ kind: 'lock', path, byteCount: 0, effect: free }, released);
        return { release };
      };
      perform({ kind: 'lock', path, byteCount: 0, effect }, done);
    },
  };
}

function openedFile(file: StoredFile, path: string, perform: Perform, claimRoom: () => void): DiskFile {
  let closed = false;
  const call = <T>(
    kind: DiskOperationKind,
    byteCount: number,
    done: Callback<T>,
    effect: () => T,
    onError?: () => void,
  ): void => {
    const closedBefore = closed;
    const unlessClosed = (): T => {
      if (closedBefore) throw new ChaosError('EBADF', 'the file is closed');
      return effect();
    };
    perform({ kind, path, byteCount, effect: unlessClosed, ...(onError === undefined ? {} : { onError }) }, done);
  };
  const opened: DiskFile = {
    read: (position, length, done) => {
      assert(Number.isSafeInteger(position) && position >= 0, () => `a position in a file, not ${position}`);
      call('read', 0, done, () => file.content(position, position + length));
    },
    write: (position, bytes, done) => {
      assert(Number.isSafeInteger(position) && position >= 0, () => `a position in a file, not ${position}`);
      const written = bytes.slice();
      call('write', written.length, done, () => {
        if (written.length === 0) return;
        if (position + written.length > file.size) claimRoom();
        file.change({ kind: 'write', position, bytes: written });
      });
    },
    writeDurably: (position, bytes, done) => writeThenSync(opened, position, bytes, done),
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
  return opened;
}
