import { type ByteWriter, putU32, u32At } from '../../base/bytes.ts';
import { crc32c } from '../../base/crc32c.ts';
import { ChaosError } from '../../base/errors.ts';

/**
 * What every file of the storage begins with, in this and all later versions, so that each can tell another's:
 *
 *   magic (8 bytes) | version (u32) | CRC32C of these twelve bytes (u32)
 */
export const preambleBytes = 16;

/** A kind of file, and what its damage is called. */
export interface FileKind {
  readonly magic: string;
  readonly version: number;
  /** Of earlier versions the one from which on files are still read. */
  readonly oldest?: number;
  readonly damaged: (path: string, offset: number, what: string) => ChaosError;
}

export const logFile: FileKind = {
  magic: 'RAFTCLOG',
  version: 1,
  damaged: (path, offset, what) =>
    new ChaosError('corrupt-log', `${path} ${what} (offset ${offset})`, {
      remedy:
        'The node does not start on a damaged log: it may have forgotten what it promised. Restore the file, or empty the directory of this node and let it join anew under a new name.',
    }),
};

export const snapshotFile: FileKind = {
  magic: 'RAFTSNAP',
  version: 1,
  damaged: (path, offset, what) =>
    new ChaosError('corrupt-snapshot', `${path} ${what} (offset ${offset})`, {
      remedy:
        'The log that it stands for is gone, so no other file can take its place. Restore the file, or empty the directory of this node and let it join anew under a new name.',
    }),
};

export const bootFile: FileKind = {
  magic: 'RAFTBOOT',
  version: 2,
  oldest: 1,
  damaged: (path, offset, what) =>
    new ChaosError('corrupt-boot', `${path} ${what} (offset ${offset})`, {
      remedy:
        'It says whose the directory is, who started the cluster and how often the node was started, without which it could be taken for an earlier life of itself. Restore the file, or empty the directory of this node and let it join anew under a new name.',
    }),
};

export function writePreamble(writer: ByteWriter, { magic, version }: FileKind): void {
  writer.text(magic).u32(version).u32(preambleSum(magic, version));
}

/** The version of the file. Throws unless it begins as one of this kind does that can be read. */
export function checkPreamble(kind: FileKind, path: string, file: Uint8Array): number {
  const { magic, version, oldest = version, damaged } = kind;
  if (file.length < preambleBytes) throw damaged(path, 0, 'ends within its header');
  const found = u32At(file, 8);
  const begins = [...magic].every((letter, at) => file[at] === letter.charCodeAt(0));
  if (!begins || u32At(file, 12) !== preambleSum(magic, found)) throw damaged(path, 0, 'has a damaged header');
  if (found < oldest || found > version) {
    throw new ChaosError('wrong-version', `${path} has the format version ${found}; this program knows ${version}`, {
      remedy: `Start the node with the version of the program that wrote the file, or empty its directory and let it join anew under a new name.`,
    });
  }
  return found;
}

function preambleSum(magic: string, version: number): number {
  const bytes = new Uint8Array(12);
  bytes.set(new TextEncoder().encode(magic));
  putU32(bytes, 8, version);
  return crc32c(bytes);
}
