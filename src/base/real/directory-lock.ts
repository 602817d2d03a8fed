import { randomBytes } from 'node:crypto';
import * as fs from 'node:fs';
import { connect, createServer, type Server } from 'node:net';
import { join } from 'node:path';
import { type DirectoryLock, directoryInUse } from '../disk.ts';
import { asChaosError } from '../errors.ts';
import { type Callback, failure, success } from '../outcome.ts';

/**
 * A lock that the kernel releases when its process dies: a Unix socket in the directory, `lock-<generation>`, on which the
 * holder listens. Whoever can be connected to is alive, in whatever container and whatever its process number; a dead one
 * refuses at once, so nothing here waits for a time-out. Processes of other machines on a shared file system are not seen.
 *
 * Two starters must not both take over from a dead holder, so its name is never moved or used again: the next generation's
 * is made with `link`, which only one of them can do. The highest generation holds the lock. Its name stays behind when it
 * is released, since whoever looked before could else take an older one; only a holder removes lower ones. A starter that
 * was slow may still make one of those anew, and finds out when it looks once more.
 */
export function lockDirectory(directory: string, done: Callback<DirectoryLock>): void {
  acquire(directory).then(
    (server) => done(success({ release: (released) => release(server, released) })),
    (error: unknown) => done(failure(asChaosError(error, `lock ${directory}`))),
  );
}

const lockName = /^lock-([1-9][0-9]*)$/;

async function acquire(directory: string): Promise<Server> {
  for (;;) {
    const highest = Math.max(0, ...(await generations(directory)));
    if (highest > 0 && (await isAlive(directory, `lock-${highest}`))) throw directoryInUse(directory);
    const server = await claim(directory, highest + 1);
    if (server === null) continue;
    try {
      if (await isHolder(directory, highest + 1)) return server;
    } catch (error) {
      await closed(server);
      throw error;
    }
    await closed(server);
  }
}

/** Whether who has made this generation's name holds the lock, and then nothing is left of others but that name. */
async function isHolder(directory: string, generation: number): Promise<boolean> {
  const name = `lock-${generation}`;
  if (Math.max(...(await generations(directory))) > generation) {
    // The name was there before, and had been removed: others have come, and perhaps gone.
    await removed(join(directory, name));
    return false;
  }
  const names = await fs.promises.readdir(directory);
  for (const other of names) if (other.startsWith('lock-') && other !== name) await removed(join(directory, other));
  return true;
}

/** A small directory is listed by one call of the system, which no change of names interrupts. */
async function generations(directory: string): Promise<number[]> {
  const names = await fs.promises.readdir(directory);
  return names.flatMap((name) => lockName.exec(name)?.slice(1).map(Number) ?? []);
}

/** Listens under this generation's name, or null where another was first. It listens before it has the name. */
async function claim(directory: string, generation: number): Promise<Server | null> {
  const name = `lock-${generation}.${randomBytes(8).toString('hex')}`;
  const server = await listening(directory, name);
  try {
    await fs.promises.link(join(directory, name), join(directory, `lock-${generation}`));
    await removed(join(directory, name));
    return server;
  } catch (error) {
    await closed(server);
    await removed(join(directory, name));
    // Missing: a holder has cleared it away.
    if (codeOf(error) === 'EEXIST' || codeOf(error) === 'ENOENT') return null;
    throw error;
  }
}

async function removed(file: string): Promise<void> {
  await fs.promises.rm(file, { force: true });
}

function listening(directory: string, name: string): Promise<Server> {
  return atAddress(directory, name, (path) => {
    const server = createServer((socket) => socket.destroy());
    // A lock is no reason for a process to go on.
    server.unref();
    return new Promise((resolve, reject) => {
      server.once('error', reject);
      server.listen({ path }, () => {
        server.off('error', reject);
        // From here on errors are of connections that could not be accepted; whoever opened them is connected all the same.
        server.on('error', () => {});
        resolve(server);
      });
    });
  });
}

/** Whether anybody listens. One whose queue of connections is full does, and so does one that is paused. */
function isAlive(directory: string, name: string): Promise<boolean> {
  return atAddress(directory, name, (path) => {
    return new Promise((resolve, reject) => {
      const socket = connect({ path });
      socket.once('connect', () => {
        socket.destroy();
        resolve(true);
      });
      socket.once('error', (error) => {
        const code = codeOf(error);
        if (code === 'ECONNREFUSED' || code === 'ENOENT') resolve(false);
        else if (code === 'EAGAIN' || code === 'ECONNRESET') resolve(true);
        else reject(error);
      });
    });
  });
}

/** The longest address of a Unix socket, in bytes, on the system that allows least. */
const longestAddressBytes = 103;

/** Calls with the socket's path: where it is too long for an address (Linux), with another way to the same directory. */
async function atAddress<T>(directory: string, name: string, use: (path: string) => Promise<T>): Promise<T> {
  const path = join(directory, name);
  if (Buffer.byteLength(path) <= longestAddressBytes) return use(path);
  const opened = await fs.promises.open(directory, fs.constants.O_RDONLY | fs.constants.O_DIRECTORY);
  try {
    return await use(`/proc/self/fd/${opened.fd}/${name}`);
  } finally {
    await opened.close();
  }
}

function release(server: Server, done: Callback<void>): void {
  void closed(server).then(() => done(success(undefined)));
}

function closed(server: Server): Promise<void> {
  return new Promise((resolve) => void server.close(() => resolve()));
}

function codeOf(error: unknown): unknown {
  return (error as { code?: unknown } | null)?.code;
}
