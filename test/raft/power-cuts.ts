import type { Random } from '../../src/base/random.ts';
import { type DiskChange, type PlainFile, resized, writeInto } from './plain-disk.ts';

const sectorBytes = 512;

/** What a power cut leaves of a disk, and what of it had not been synced. */
export interface Cut {
  readonly files: ReadonlyMap<string, PlainFile>;
  /** Which of the unsynced parts were kept, for messages. */
  readonly kept: string;
}

export interface CutSettings {
  /** Of so many unsynced parts every subset is tried. */
  readonly allSubsetsOf: number;
  /** Of more, so many subsets, drawn at random. */
  readonly drawnSubsets: number;
}

/**
 * The disk as a power cut would leave it, followed change by change: what was synced, and of the rest every part may have
 * come to the medium or not, a write sector by sector. Names and contents do not wait for each other.
 */
export class PowerCuts {
  readonly #durableNames: Map<string, PlainFile>;
  readonly #durable = new Map<PlainFile, Uint8Array>();
  #unsynced: DiskChange[] = [];

  /** Everything there is at first is durable. */
  constructor(files: ReadonlyMap<string, PlainFile> = new Map()) {
    this.#durableNames = new Map(files);
    for (const file of files.values()) this.#durable.set(file, file.bytes.slice());
  }

  add(change: DiskChange): void {
    switch (change.kind) {
      case 'sync':
        this.#settle((one) => (one.kind === 'write' || one.kind === 'truncate') && one.file === change.file);
        return;
      case 'sync-directory':
        this.#settle((one) => one.kind === 'create' || one.kind === 'rename' || one.kind === 'remove');
        return;
      default:
        this.#unsynced.push(change);
    }
  }

  /** The disks that a cut now may leave. */
  *cuts(random: Random, { allSubsetsOf, drawnSubsets }: CutSettings): Generator<Cut> {
    const parts = this.#unsynced.flatMap(partsOf);
    if (parts.length <= allSubsetsOf) {
      for (let subset = 0; subset < 1 << parts.length; subset++) {
        yield this.#cut(parts, (at) => (subset & (1 << at)) !== 0);
      }
      return;
    }
    for (let drawn = 0; drawn < drawnSubsets; drawn++) {
      // Nothing and everything first, then from few to many.
      const percent = drawn === 0 ? 0 : drawn === 1 ? 100 : random.integer(1, 99);
      const kept = parts.map(() => random.integer(1, 100) <= percent);
      yield this.#cut(parts, (at) => kept[at] === true);
    }
  }

  #settle(covers: (change: DiskChange) => boolean): void {
    for (const change of this.#unsynced) if (covers(change)) apply(change, this.#durableNames, this.#durable);
    this.#unsynced = this.#unsynced.filter((change) => !covers(change));
  }

  #cut(parts: readonly DiskChange[], keeps: (at: number) => boolean): Cut {
    const names = new Map(this.#durableNames);
    const contents = new Map(this.#durable);
    const touched = new Set<PlainFile>();
    const kept = parts.filter((part, at) => {
      if (!keeps(at)) return false;
      if ((part.kind === 'write' || part.kind === 'truncate') && !touched.has(part.file)) {
        touched.add(part.file);
        contents.set(part.file, (contents.get(part.file) ?? new Uint8Array(0)).slice());
      }
      apply(part, names, contents);
      return true;
    });
    const files = new Map<string, PlainFile>();
    for (const [name, file] of names) files.set(name, { bytes: (contents.get(file) ?? new Uint8Array(0)).slice() });
    return { files, kept: `${kept.length} of ${parts.length}: ${kept.map(({ kind }) => kind).join(' ')}` };
  }
}

function apply(change: DiskChange, names: Map<string, PlainFile>, contents: Map<PlainFile, Uint8Array>): void {
  const bytesOf = (file: PlainFile): Uint8Array => contents.get(file) ?? new Uint8Array(0);
  switch (change.kind) {
    case 'write':
      contents.set(change.file, writeInto(bytesOf(change.file), change.position, change.bytes));
      return;
    case 'truncate':
      contents.set(change.file, resized(bytesOf(change.file), change.length));
      return;
    case 'create':
      names.set(change.name, change.file);
      return;
    case 'rename':
      // What a name leads to is the file itself, whatever was called so before.
      names.delete(change.from);
      names.set(change.to, change.file);
      return;
    case 'remove':
      names.delete(change.name);
      return;
    case 'sync':
    case 'sync-directory':
  }
}

/** A write comes to the medium sector by sector, anything else whole. */
function partsOf(change: DiskChange): DiskChange[] {
  if (change.kind !== 'write') return [change];
  const { file, position, bytes } = change;
  const parts: DiskChange[] = [];
  for (let start = 0; start < bytes.length; ) {
    const end = Math.min(bytes.length, start + sectorBytes - ((position + start) % sectorBytes));
    parts.push({ kind: 'write', file, position: position + start, bytes: bytes.subarray(start, end) });
    start = end;
  }
  return parts;
}
