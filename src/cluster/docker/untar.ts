import { mkdir, open } from 'node:fs/promises';
import { dirname } from 'node:path';
import { asChaosError, ChaosError } from '../../base/errors.ts';

/**
 * Writes the regular files of a tar stream to where `place` says, or nowhere where it says null; links, devices and
 * directories are left out. A stream that ends early leaves what had come so far, as the engine's does when a node
 * shortens a file while it is being copied. `place` gets the path as it stands in the archive, and must not trust it.
 * Rejects with a ChaosError where the disk refuses.
 */
export async function untar(archive: AsyncIterable<Buffer>, place: (path: string) => string | null): Promise<void> {
  const chunks = archive[Symbol.asyncIterator]();
  try {
    await extract(sourceOf(chunks), place);
  } finally {
    // Behind the end mark there may be padding: a connection with bytes left unread would stay open.
    await chunks.return?.();
  }
}

async function extract(source: Source, place: (path: string) => string | null): Promise<void> {
  let longPath: string | null = null;
  for (;;) {
    const header = await source.take(blockSize);
    if (header === null || header.every((byte) => byte === 0)) return;
    const size = sizeOf(header);
    const padding = (blockSize - (size % blockSize)) % blockSize;
    const kind = String.fromCharCode(header[156] as number);
    if (kind === 'x' || kind === 'L') {
      const content = await source.take(size);
      if (content === null) return;
      longPath = kind === 'x' ? (paxPath(content) ?? longPath) : cString(content);
    } else {
      const target = kind === '0' || kind === '\0' ? place(longPath ?? pathOf(header)) : null;
      longPath = null;
      if (!(await copy(source, size, target))) return;
    }
    await source.take(padding);
  }
}

const blockSize = 512;

interface Source {
  /** Exactly so many bytes, or null where the stream ends before. */
  take(size: number): Promise<Buffer | null>;
  /** At least one and at most so many bytes, or null at the end. */
  some(most: number): Promise<Buffer | null>;
}

function sourceOf(chunks: AsyncIterator<Buffer>): Source {
  let held: Buffer = Buffer.alloc(0);
  const refill = async (): Promise<boolean> => {
    const next = await chunks.next();
    if (next.done) return false;
    held = held.length === 0 ? next.value : Buffer.concat([held, next.value]);
    return true;
  };
  const split = (size: number): Buffer => {
    const taken = held.subarray(0, size);
    held = held.subarray(size);
    return taken;
  };
  return {
    take: async (size) => {
      while (held.length < size) if (!(await refill())) return null;
      return split(size);
    },
    some: async (most) => {
      while (held.length === 0) if (!(await refill())) return null;
      return split(most);
    },
  };
}

/** Waits for work on the file or directory `path`. Where the disk refuses, the error names it and says what to do. */
export async function onDisk<T>(path: string, work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (thrown) {
    const { code, message } = asChaosError(thrown, `cannot write ${path}`);
    throw new ChaosError(code, message, {
      cause: thrown,
      remedy: 'Make room or give another folder with --runs-dir.',
    });
  }
}

/** False where the stream ended within the file. */
async function copy(source: Source, size: number, target: string | null): Promise<boolean> {
  const file = target === null ? null : await create(target);
  let left = size;
  try {
    while (left > 0) {
      const bytes = await source.some(left);
      if (bytes === null) break;
      left -= bytes.length;
      await file?.append(bytes);
    }
  } catch (thrown) {
    // What went wrong first is what the caller must hear of.
    await file?.close().catch(() => undefined);
    throw thrown;
  }
  await file?.close();
  return left === 0;
}

interface NewFile {
  append(bytes: Buffer): Promise<void>;
  close(): Promise<void>;
}

async function create(path: string): Promise<NewFile> {
  await onDisk(path, mkdir(dirname(path), { recursive: true }));
  const file = await onDisk(path, open(path, 'w'));
  return {
    append: (bytes) => onDisk(path, file.appendFile(bytes)),
    close: () => onDisk(path, file.close()),
  };
}

/** Octal digits; or, for eight gibibytes and more, a big-endian number marked by its highest bit. */
function sizeOf(header: Buffer): number {
  if (((header[124] as number) & 0x80) !== 0) return Number(header.readBigUInt64BE(128));
  return Number.parseInt(cString(header.subarray(124, 136)).trim() || '0', 8);
}

function pathOf(header: Buffer): string {
  const name = cString(header.subarray(0, 100));
  const isUstar = header.toString('latin1', 257, 262) === 'ustar';
  const prefix = isUstar ? cString(header.subarray(345, 500)) : '';
  return prefix === '' ? name : `${prefix}/${name}`;
}

/** The `path` of an extended header: records `LENGTH KEY=VALUE\n`, the length counting the whole record. */
function paxPath(content: Buffer): string | null {
  for (let at = 0; at < content.length; ) {
    const length = Number.parseInt(content.toString('latin1', at, at + 20), 10);
    if (!(length > 0)) return null;
    const record = content.toString('utf8', at, at + length - 1);
    const [key, value] = record.slice(record.indexOf(' ') + 1).split(/=(.*)/s);
    if (key === 'path' && value !== undefined) return value;
    at += length;
  }
  return null;
}

function cString(bytes: Buffer): string {
  const end = bytes.indexOf(0);
  return bytes.toString('utf8', 0, end === -1 ? bytes.length : end);
}
