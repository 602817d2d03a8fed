import type { ChaosError } from '../../src/base/errors.ts';
import type { Random } from '../../src/base/random.ts';
import type { SnapshotMeta } from '../../src/raft/protocol/entries.ts';
import type { Write } from '../../src/raft/protocol/events.ts';
import { FileStorage } from '../../src/raft/storage/file-storage.ts';
import { type DiskChange, hurriedClock, PlainDisk } from './plain-disk.ts';
import {
  applied,
  bytes,
  type Contents,
  drawWrite,
  Life,
  nothing,
  recovered,
  snapshotOf,
  textOf,
} from './storage-life.ts';

/** So small that a few writes fill a segment, and few bytes have several chunks. */
const smallFiles = { segmentBytes: 2048, snapshotChunkBytes: 200 };

export function lifeOn(disk: PlainDisk): Life {
  return new Life(hurriedClock, new FileStorage(hurriedClock, disk, 'data', smallFiles));
}

/** What a node was promised of its storage, and what it may find besides. */
export class Promised {
  /** The contents after none, one, two... of the writes. */
  readonly #after: Contents[] = [nothing];
  #durable = 0;
  #storing: SnapshotMeta | null = null;
  #stored: readonly SnapshotMeta[] = [];
  readonly #texts = new Map<string, string>();

  get contents(): Contents {
    return this.#after.at(-1) ?? nothing;
  }

  given(write: Write): void {
    this.#after.push(applied(this.contents, write));
  }

  durable(writes: number): void {
    this.#durable = writes;
  }

  /** All that was given is durable, and this is what it comes to after a restart. */
  restarted({ start, entries }: Pick<Contents, 'start' | 'entries'>): void {
    const latest = { ...this.contents, start, entries };
    this.#after.length = 0;
    this.#after.push(latest);
    this.#durable = 0;
    this.#texts.clear();
  }

  storing(snapshot: SnapshotMeta): void {
    this.#storing = snapshot;
    this.#after.push({ ...this.#pop(), snapshots: [...this.#stored, snapshot] });
  }

  stored(): void {
    if (this.#storing !== null) this.#stored = [...this.#stored, this.#storing];
    this.#storing = null;
  }

  /** Everything that may be found now, as texts. */
  possible(): Set<string> {
    const texts = new Set<string>();
    const storing = this.#storing === null ? [] : [[...this.#stored, this.#storing]];
    for (let writes = this.#durable; writes < this.#after.length; writes++) {
      for (const snapshots of [this.#stored, ...storing]) {
        const key = `${writes} ${snapshots.length}`;
        const text = this.#texts.get(key) ?? textOf(recovered({ ...(this.#after[writes] ?? nothing), snapshots }));
        this.#texts.set(key, text);
        texts.add(text);
      }
    }
    return texts;
  }

  #pop(): Contents {
    return this.#after.pop() ?? nothing;
  }
}

/**
 * A life of a node's storage, drawn at random, with all that can happen in one: votes, entries large and small, alone and in
 * groups, truncations, snapshots taken while it is written, snapshots received and given up, restarts. After each step
 * `promised` says what is to be found.
 */
export class Script {
  readonly promised = new Promised();
  readonly disk: PlainDisk;
  readonly #random: Random;
  #life: Life;
  #given = 0;

  /** `changed` is told of each change of the disk. */
  constructor(random: Random, changed: (change: DiskChange) => void = () => {}) {
    this.#random = random;
    this.disk = new PlainDisk(new Map(), changed);
    this.#life = lifeOn(this.disk);
  }

  /** Everything that may be found now, as texts. */
  possible(): Set<string> {
    this.promised.durable(this.#life.durable.at(-1) ?? 0);
    return this.promised.possible();
  }

  async run(steps: number): Promise<void> {
    await this.#open();
    for (let step = 0; step < steps; step++) {
      const choice = this.#random.integer(0, 19);
      if (choice < 12) await this.#write(this.#random.pick([1, 1, 1, 2, 5]));
      else if (choice < 16) await this.#saveWhileWriting();
      else if (choice < 18) await this.#receive();
      else await this.#restart();
      if (this.#life.failed.length > 0) throw this.#life.failed[0] as ChaosError;
    }
  }

  async close(): Promise<void> {
    await this.#life.close();
  }

  async #open(): Promise<void> {
    this.promised.durable(this.#given);
    this.#life = lifeOn(this.disk);
    const { durable } = await this.#life.open();
    this.#given = 0;
    if (!this.possible().has(textOf(durable))) throw new Error(`found what was not written: ${textOf(durable)}`);
    const { snapshot, entries } = durable;
    this.promised.restarted({ start: snapshot ?? { index: 0, term: 0 }, entries });
  }

  #give(write: Write): Promise<void> {
    this.promised.given(write);
    return this.#life.commit(write);
  }

  async #write(count: number): Promise<void> {
    const given: Promise<void>[] = [];
    for (let at = 0; at < count; at++) {
      this.#given += 1;
      given.push(this.#give(drawWrite(this.#random, this.#given, this.promised.contents)));
    }
    await Promise.all(given);
  }

  async #saveWhileWriting(): Promise<void> {
    const { contents } = this.promised;
    const { start, entries, snapshots } = contents;
    const newest = Math.max(start.index, snapshots.at(-1)?.index ?? 0);
    const lastIndex = start.index + entries.length;
    if (lastIndex <= newest) return this.#write(1);
    const index = this.#random.integer(newest + 1, lastIndex);
    const own = entries[index - start.index - 1];
    if (own === undefined) return;
    const snapshot = snapshotOf(index, own.term);
    this.promised.storing(snapshot);
    const saved = this.#life
      .save(snapshot, bytes(this.#random.integer(0, 900), index))
      .then(() => this.promised.stored());
    await this.#write(this.#random.integer(1, 4));
    await saved;
  }

  async #receive(): Promise<void> {
    const { start, entries, term } = this.promised.contents;
    const snapshot = snapshotOf(start.index + entries.length + this.#random.integer(1, 5), term);
    const data = bytes(this.#random.integer(1, 900), snapshot.index);
    if (this.#random.integer(0, 2) === 0) await this.#life.receive(snapshot, 0, data, false);
    const half = this.#random.integer(1, data.length);
    if (half < data.length) await this.#life.receive(snapshot, 0, data.subarray(0, half), false);
    this.promised.storing(snapshot);
    const offset = half < data.length ? half : 0;
    await this.#life.receive(snapshot, offset, data.subarray(offset), true);
    this.promised.stored();
    this.#given += 1;
    const restartAfter = { index: snapshot.index, term: snapshot.term };
    const { votedFor } = this.promised.contents;
    await this.#give({ write: this.#given, term, votedFor, restartAfter, truncateFrom: null, entries: [] });
  }

  async #restart(): Promise<void> {
    await this.#life.close();
    await this.#open();
  }
}
