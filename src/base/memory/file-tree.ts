import { ChaosError } from '../errors.ts';
import type { Random } from '../random.ts';

/** What a power loss may tear a write at: a sector is kept or lost whole. */
export const SECTOR_BYTES = 512;

/**
 * A file, in the page cache and on the medium. A power loss keeps of each change that was not synced, in order, some of
 * its sectors: all, none, or each with even odds; so a later write may survive an earlier one.
 */
export class StoredFile {
  private cached = new Extent();
  private durable = new Extent();
  private unsynced: FileChange[] = [];
  private forgotten = 0;

  /** Changes made so far: what a sync that is called now will cover. */
  get changeCount(): number {
    return this.forgotten + this.unsynced.length;
  }

  /** The bytes as a process reads them. */
  content(): Uint8Array {
    return this.cached.content();
  }

  change(change: FileChange): void {
    this.cached.apply(change);
    this.unsynced.push(change);
  }

  /** The first `count` changes ever made have reached the medium. */
  synced(count: number): void {
    for (const change of this.forget(count)) this.durable.apply(change);
  }

  /**
   * The first `count` changes could not be written, and as on Linux no later sync tries them again: they stay readable
   * and are lost with the power.
   */
  syncFailed(count: number): void {
    this.forget(count);
  }

  losePower(random: Random): void {
    const keptPercent = random.pick([0, 50, 100]);
    for (const change of this.forget(this.changeCount)) {
      for (const part of sectorsOf(change)) {
        if (random.integer(1, 100) <= keptPercent) this.durable.apply(part);
      }
    }
    this.cached = new Extent();
    this.cached.apply({ kind: 'write', position: 0, bytes: this.durable.content() });
  }

  private forget(count: number): FileChange[] {
    const changes = this.unsynced.splice(0, Math.max(0, count - this.forgotten));
    this.forgotten += changes.length;
    return changes;
  }
}

export type FileChange =
  | { readonly kind: 'write'; readonly position: number; readonly bytes: Uint8Array }
  | { readonly kind: 'truncate'; readonly length: number };

function sectorsOf(change: FileChange): readonly FileChange[] {
  if (change.kind === 'truncate') return [change];
  const { position, bytes } = change;
  const sectors: FileChange[] = [];
  for (let start = 0; start < bytes.length; ) {
    const end = Math.min(bytes.length, start + SECTOR_BYTES - ((position + start) % SECTOR_BYTES));
    sectors.push({ kind: 'write', position: position + start, bytes: bytes.subarray(start, end) });
    start = end;
  }
  return sectors;
}

/** Bytes that grow; what is skipped reads as zeros. */
class Extent {
  private bytes = new Uint8Array(0);
  private length = 0;

  content(): Uint8Array {
    return this.bytes.slice(0, this.length);
  }

  apply(change: FileChange): void {
    if (change.kind === 'write') {
      const end = change.position + change.bytes.length;
      if (end > this.length) this.resize(end);
      this.bytes.set(change.bytes, change.position);
    } else {
      this.resize(change.length);
    }
  }

  private resize(length: number): void {
    if (length > this.bytes.length) {
      const larger = new Uint8Array(Math.max(length, 2 * this.bytes.length));
      larger.set(this.bytes);
      this.bytes = larger;
    }
    if (length < this.length) this.bytes.fill(0, length, this.length);
    this.length = length;
  }
}

export type Stored = StoredFile | StoredDirectory;
type Names = Map<string, Stored>;

/** A directory. A power loss keeps, of the changes of names that were not synced, the first few: any number of them. */
export class StoredDirectory {
  private names: Names = new Map();
  private readonly durable: Names = new Map();
  private unsynced: ((names: Names) => void)[] = [];
  private forgotten = 0;

  get changeCount(): number {
    return this.forgotten + this.unsynced.length;
  }

  list(): readonly string[] {
    return [...this.names.keys()].sort();
  }

  get(name: string): Stored | undefined {
    return this.names.get(name);
  }

  /** One change of names, which a power loss keeps whole or not at all. */
  change(change: (names: Names) => void): void {
    change(this.names);
    this.unsynced.push(change);
  }

  synced(count: number): void {
    const changes = this.unsynced.splice(0, Math.max(0, count - this.forgotten));
    this.forgotten += changes.length;
    for (const change of changes) change(this.durable);
  }

  losePower(random: Random): void {
    this.synced(this.forgotten + random.integer(0, this.unsynced.length));
    this.forgotten += this.unsynced.length;
    this.unsynced = [];
    this.names = new Map(this.durable);
    for (const stored of this.names.values()) stored.losePower(random);
  }
}

/** What the names lead to from `root`, or undefined where there is nothing. */
export function find(root: StoredDirectory, names: readonly string[]): Stored | undefined {
  let at: Stored | undefined = root;
  for (const name of names) at = at instanceof StoredDirectory ? at.get(name) : undefined;
  return at;
}

/** The directory that the names lead to; throws ENOENT or ENOTDIR. */
export function findDirectory(root: StoredDirectory, names: readonly string[]): StoredDirectory {
  const found = find(root, names);
  if (found instanceof StoredDirectory) return found;
  if (found === undefined) throw new ChaosError('ENOENT', 'no such directory');
  throw new ChaosError('ENOTDIR', 'not a directory');
}
