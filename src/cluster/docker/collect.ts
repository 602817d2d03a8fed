import { mkdir, writeFile } from 'node:fs/promises';
import { join, normalize } from 'node:path';
import type Docker from 'dockerode';
import { asChaosError } from '../../base/errors.ts';
import { engineMessage, engineStatus } from './engine.ts';
import { onDisk, untar } from './untar.ts';

/** Where a node keeps its files, in its container. */
export const dataDirectory = '/data';
const traceName = 'trace.jsonl';

/**
 * What a node's container holds, dead or alive: `stdout.log`, `stderr.log`, `trace.jsonl`, and the other files of its data
 * directory below `data/`. Of a file that is being written it takes what was there.
 */
export async function collectNode(docker: Docker, containerId: string, directory: string): Promise<void> {
  try {
    await onDisk(directory, mkdir(directory, { recursive: true }));
    const container = docker.getContainer(containerId);
    const { stdout, stderr } = await output(container);
    for (const [name, pieces] of Object.entries({ 'stdout.log': stdout, 'stderr.log': stderr })) {
      const path = join(directory, name);
      await onDisk(path, writeFile(path, pieces));
    }
    // By itself first: it only grows, whereas a file that shrinks meanwhile cuts short the archive of the directory.
    await extract(container, `${dataDirectory}/${traceName}`, (path) =>
      path === traceName ? join(directory, traceName) : null,
    );
    await extract(container, dataDirectory, (path) => {
      const inside = normalize(path).replace(/^data\//, '');
      if (inside === traceName || inside.startsWith('..') || inside.startsWith('/')) return null;
      return join(directory, 'data', inside);
    });
  } catch (thrown) {
    throw asChaosError(thrown, `collecting from container ${containerId.slice(0, 12)}: ${engineMessage(thrown)}`);
  }
}

/** The last lines of what a container printed, and that the kernel ended it for lack of memory, where it did. */
export async function lastWords(docker: Docker, containerId: string): Promise<string> {
  const container = docker.getContainer(containerId);
  const { stdout, stderr } = await output(container, { tail: 5 });
  const printed = Buffer.concat([...stdout, ...stderr])
    .toString('utf8')
    .trim();
  const { State } = await container.inspect();
  return State.OOMKilled && !State.Running ? `${printed}\n(ended by the kernel: out of memory)`.trim() : printed;
}

async function output(container: Docker.Container, options: { tail?: number } = {}): Promise<Output> {
  const log = await container.logs({ stdout: true, stderr: true, follow: false, ...options });
  const found: Output = { stdout: [], stderr: [] };
  // Frames: which stream (1 or 2), three bytes of nothing, the length in four bytes, the piece.
  for (let at = 0; at + 8 <= log.length; ) {
    const end = at + 8 + log.readUInt32BE(at + 4);
    (log[at] === 2 ? found.stderr : found.stdout).push(log.subarray(at + 8, end));
    at = end;
  }
  return found;
}

interface Output {
  readonly stdout: Buffer[];
  readonly stderr: Buffer[];
}

/** A path that is not there is nothing to collect. */
async function extract(
  container: Docker.Container,
  path: string,
  place: (path: string) => string | null,
): Promise<void> {
  try {
    const archive = await container.getArchive({ path });
    await untar(archive as unknown as AsyncIterable<Buffer>, place);
  } catch (thrown) {
    if (engineStatus(thrown) !== 404) throw thrown;
  }
}
