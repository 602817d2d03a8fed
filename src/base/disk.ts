import { type Clock, promised } from './clock.ts';
import { ChaosError } from './errors.ts';
import type { Callback } from './outcome.ts';

/**
 * The disk port. Paths are relative to the disk's root and use `/`. What is durable, and when:
 * bytes written are durable once a later `fdatasync` of that file has succeeded; a name created, renamed or removed is
 * durable once a later `syncDirectory` of its directory has succeeded. Anything else may be gone after a power loss.
 * Errors carry the system's code (`ENOSPC`, `EIO`, `ENOENT`, ...).
 */
export interface Disk {
  /** Opens a file for reading and writing; creates it empty where it is missing. */
  open(path: string, done: Callback<DiskFile>): void;
  /** The whole file, or null where there is none. */
  readFile(path: string, done: Callback<Uint8Array | null>): void;
  /** The names in a directory, sorted. */
  list(directory: string, done: Callback<readonly string[]>): void;
  makeDirectory(path: string, done: Callback<void>): void;
  rename(from: string, to: string, done: Callback<void>): void;
  remove(path: string, done: Callback<void>): void;
  syncDirectory(path: string, done: Callback<void>): void;
  /**
   * Takes a directory, which is there, for one holder among all processes of the machine, containers included; fails with
   * `directory-in-use` where another has it. It is free again once it is released, or its process has died in any way.
   */
  lock(directory: string, done: Callback<DirectoryLock>): void;
}

export interface DirectoryLock {
  release(done: Callback<void>): void;
}

/** An open file. Calls may overlap; each write lands whole at its position unless it reports an error. */
export interface DiskFile {
  /** The bytes from `position` on: `length` of them, or fewer where the file ends. */
  read(position: number, length: number, done: Callback<Uint8Array>): void;
  write(position: number, bytes: Uint8Array, done: Callback<void>): void;
  /** As `write` and then `fdatasync` of these bytes, in one call where the system can. */
  writeDurably(position: number, bytes: Uint8Array, done: Callback<void>): void;
  truncate(length: number, done: Callback<void>): void;
  fdatasync(done: Callback<void>): void;
  close(done: Callback<void>): void;
}

/** `writeDurably` of a file that can only do one after the other. */
export function writeThenSync(
  file: Pick<DiskFile, 'write' | 'fdatasync'>,
  position: number,
  bytes: Uint8Array,
  done: Callback<void>,
): void {
  file.write(position, bytes, (written) => {
    if (written.ok) file.fdatasync(done);
    else done(written);
  });
}

/** Makes a directory, and its name durable in each directory above it up to the disk's root. */
export async function makeDurableDirectory(clock: Clock, disk: Disk, path: string): Promise<void> {
  await promised<void>(clock, (done) => disk.makeDirectory(path, done));
  const names = path.split('/').filter((name) => name !== '');
  for (let depth = names.length - 1; depth >= 0; depth--) {
    const parent = names.slice(0, depth).join('/') || '.';
    await promised<void>(clock, (done) => disk.syncDirectory(parent, done));
  }
}

export function directoryInUse(directory: string): ChaosError {
  return new ChaosError('directory-in-use', `${directory} is in use by another process`, {
    remedy: 'Give every node a directory of its own, or stop the process that has this one and start again.',
  });
}
