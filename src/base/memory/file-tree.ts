import { assert } from '../assert.ts';
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

  get size(): number {
    return this.cached.size;
  }

  /** The bytes as a process reads them, from `start` up to `end`. */
  content(start = 0, end = this.size): Uint8Array {
    return this.cached.content(start, end);
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

  /** Flips a bit wherever the byte is kept, so that the same flip undoes it; false where the file has no such byte. */
  flipBit(byteAt: number, bit: number): boolean {
    assert(Number.isInteger(bit) && bit >= 0 && bit < 8, () => `a bit of a byte is 0 to 7, not ${bit}`);
    if (!this.cached.flipBit(byteAt, bit)) return false;
    this.durable.flipBit(byteAt, bit);
    for (const change of this.unsynced) {
      if (change.kind !== 'write') continue;
      const at = byteAt - change.position;
      const byte = change.bytes[at];
      if (byte !== undefined) change.bytes[at] = byte ^ (1 << bit);
    }
    return true;
  }

  /** Counts in `loss` what it takes. */
  losePower(random: Random, loss: PowerLoss): void {
    const keptPercent = random.pick([0, 50, 100]);
    for (const change of this.forget(this.changeCount)) {
      const parts = sectorsOf(change);
      let kept = 0;
      for (const part of parts) {
        if (random.integer(1, 100) > keptPercent) continue;
        this.durable.apply(part);
        kept += 1;
      }
      if (kept === 0) loss.lost += 1;
      else if (kept < parts.length) loss.torn += 1;
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

/** What a power loss has taken: changes that are gone, and writes of which only some sectors are left. */
interface PowerLoss {
  lost: number;
  torn: number;
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

  get size(): number {
    return this.length;
  }

  content(start = 0, end = this.length): Uint8Array {
    return this.bytes.slice(start, Math.min(end, this.length));
  }

  flipBit(byteAt: number, bit: number): boolean {
    const byte = byteAt < this.length ? this.bytes[byteAt] : undefined;
    if (byte === undefined) return false;
    this.bytes[byteAt] = byte ^ (1 << bit);
    return true;
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

interface NameChange {
  readonly apply: (names: Names) => void;
  /** What must have reached the medium before. */
  readonly first: () => void;
}

/** A directory. A power loss keeps, of the changes of names that were not synced, the first few: any number of them. */
export class StoredDirectory {
  private names: Names = new Map();
  private readonly durable: Names = new Map();
  private unsynced: NameChange[] = [];
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

  /** What the names lead to now or, after a power loss, may lead to again. */
  children(): Set<Stored> {
    return new Set([...this.names.values(), ...this.durable.values()]);
  }

  /** One change of names: a power loss keeps it whole or not at all, and never without what `first` makes durable. */
  change(apply: NameChange['apply'], first: NameChange['first'] = () => {}): void {
    apply(this.names);
    this.unsynced.push({ apply, first });
  }

  synced(count: number): void {
    const changes = this.unsynced.splice(0, Math.max(0, count - this.forgotten));
    this.forgotten += changes.length;
    for (const { apply, first } of changes) {
      first();
      apply(this.durable);
    }
  }

  /** What reached the medium although nobody waited for it. */
  keepSome(random: Random): void {
    this.synced(this.forgotten + random.integer(0, this.unsynced.length));
  }

  /** Counts in `loss` what it takes. */
  forgetRest(loss: PowerLoss): void {
    loss.lost += this.unsynced.length;
    this.forgotten += this.unsynced.length;
    this.unsynced = [];
    this.names = new Map(this.durable);
  }
}

/** Leaves of the tree what is on the medium, and of what was not synced a part that is drawn. */
export function losePower(root: StoredDirectory, random: Random): PowerLoss {
  const loss = { lost: 0, torn: 0 };
  const all = new Set<Stored>([root]);
  for (const stored of all)
    if (stored instanceof StoredDirectory) for (const child of stored.children()) all.add(child);
  const directories = [...all].filter((stored) => stored instanceof StoredDirectory);
  // All of them keep before one forgets: what one keeps may need what another has not yet.
  for (const directory of directories) directory.keepSome(random);
  for (const directory of directories) directory.forgetRest(loss);
  for (const stored of all) if (stored instanceof StoredFile) stored.losePower(random, loss);
  return loss;
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
