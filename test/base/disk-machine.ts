import { promised } from '../../src/base/clock.ts';
import type { DirectoryLock, DiskFile } from '../../src/base/disk.ts';
import type { ChaosError } from '../../src/base/errors.ts';
import { virtualClock } from '../../src/base/memory/clock.ts';
import { type DiskFate, type DiskOperation, memoryDisk } from '../../src/base/memory/disk.ts';
import { seededRandom } from '../../src/base/random.ts';

export const SEEDS = Array.from({ length: 200 }, (_, i) => i + 1);

/** A disk with a process on it; `reboot` starts the next one after a crash or a power loss. */
export function machine(seed: number, decide?: (operation: DiskOperation) => DiskFate) {
  const random = seededRandom(seed);
  const virtual = virtualClock();
  const disk = memoryDisk(virtual, random.fork('disk'), decide === undefined ? {} : { decide });
  let { process, clock } = virtual.startProcess('n1');
  let port = disk.port(process);
  const drive = <T>(call: Parameters<typeof promised<T>>[1]): Promise<T> => virtual.drive(promised(clock, call));
  const reboot = (): void => {
    process.kill();
    ({ process, clock } = virtual.startProcess('n1'));
    port = disk.port(process);
  };
  return {
    virtual,
    medium: disk,
    disk: () => port,
    open: (path: string) => drive<DiskFile>((done) => port.open(path, done)),
    write: (file: DiskFile, position: number, bytes: Uint8Array) =>
      drive<void>((done) => file.write(position, bytes, done)),
    truncate: (file: DiskFile, length: number) => drive<void>((done) => file.truncate(length, done)),
    sync: (file: DiskFile) => drive<void>((done) => file.fdatasync(done)),
    syncDirectory: (path = '.') => drive<void>((done) => port.syncDirectory(path, done)),
    makeDirectory: (path: string) => drive<void>((done) => port.makeDirectory(path, done)),
    rename: (from: string, to: string) => drive<void>((done) => port.rename(from, to, done)),
    remove: (path: string) => drive<void>((done) => port.remove(path, done)),
    read: async (path: string) => (await drive<Uint8Array | null>((done) => port.readFile(path, done))) ?? null,
    lock: (path: string) => drive<DirectoryLock>((done) => port.lock(path, done)),
    list: (path = '.') => drive<readonly string[]>((done) => port.list(path, done)),
    crash: () => {
      reboot();
      disk.crash();
    },
    powerLoss: () => {
      reboot();
      disk.powerLoss(random.fork('loss'));
    },
  };
}

export const filled = (length: number, value: number): Uint8Array => new Uint8Array(length).fill(value);
export const bytesOf = (text: string): Uint8Array => new TextEncoder().encode(text);
export const textOf = (bytes: Uint8Array | null): string | null =>
  bytes === null ? null : new TextDecoder().decode(bytes);

/** The different outcomes of a scenario over all seeds. */
export async function outcomes(scenario: (seed: number) => Promise<unknown>): Promise<Set<string>> {
  const seen = new Set<string>();
  for (const seed of SEEDS) seen.add(JSON.stringify(await scenario(seed)));
  return seen;
}

export const codeOf = (promise: Promise<unknown>): Promise<string> =>
  promise.then(
    () => 'no error',
    (error: ChaosError) => error.code,
  );
