import { assert, present } from '../../base/assert.ts';
import type { Clock } from '../../base/clock.ts';
import { ChaosError } from '../../base/errors.ts';
import { type Callback, failure, type Outcome, success } from '../../base/outcome.ts';
import type { SnapshotMeta } from '../protocol/entries.ts';
import type { Write } from '../protocol/events.ts';
import { LogImage } from './log-image.ts';
import type { ReceivedPiece, Recovered, SnapshotPiece, Storage, StorageEvents } from './storage.ts';

interface StoredSnapshot {
  readonly snapshot: SnapshotMeta;
  readonly data: Uint8Array;
}

const keptSnapshots = 2;

/** What a node in memory keeps over its restarts. */
export class MemoryStore {
  /** Without the entries that the newest snapshot covers. @internal */
  image = new LogImage();
  /** The newest first. @internal */
  snapshots: readonly StoredSnapshot[] = [];
  /** Who has it open; nobody else's calls have an effect. */
  holder: Storage | null = null;

  /** Whoever has it open is cut off, as by the death of its process: what is not durable never will be. */
  crash(): void {
    this.holder = null;
  }

  /** @internal */
  keep(stored: StoredSnapshot): void {
    const others = this.snapshots.filter(({ snapshot }) => snapshot.index !== stored.snapshot.index);
    this.snapshots = [stored, ...others].sort((a, b) => b.snapshot.index - a.snapshot.index).slice(0, keptSnapshots);
    this.image.forgetThrough(present(this.snapshots[0], 'one is kept').snapshot);
  }
}

/** Storage without a disk, for tests and examples. What it is given is durable a turn of the clock later. */
export class MemoryStorage implements Storage {
  readonly #clock: Clock;
  readonly #store: MemoryStore;
  #events: StorageEvents | null = null;
  #waiting: Write[] = [];
  #closed = false;
  #receiving: { readonly snapshot: SnapshotMeta; data: Uint8Array } | null = null;

  constructor(clock: Clock, store: MemoryStore) {
    this.#clock = clock;
    this.#store = store;
  }

  open(events: StorageEvents, done: Callback<Recovered>): void {
    this.#soon(done, () => {
      const store = this.#store;
      if (store.holder !== null) {
        return failure(
          new ChaosError('directory-in-use', 'the store is in use', { remedy: 'Close the storage that has it open.' }),
        );
      }
      store.holder = this;
      this.#events = events;
      const snapshot = store.snapshots[0]?.snapshot ?? null;
      const entries = store.image.entriesAfter(snapshot);
      assert(entries !== 'gap', 'nothing is dropped that no snapshot covers');
      const { term, votedFor } = store.image;
      if (entries === 'stale') {
        const restartAfter = present(snapshot, 'only a snapshot makes a log stale');
        store.image.apply({ term, votedFor, restartAfter, truncateFrom: null, entries: [] });
      }
      const durable = { term, votedFor, snapshot, entries: entries === 'stale' ? [] : entries.slice() };
      return success({ durable, tornBytes: 0 });
    });
  }

  append(write: Write): void {
    assert(this.#events !== null, 'storage is open');
    this.#waiting.push(write);
    if (this.#waiting.length > 1) return;
    this.#clock.setTimer(0, () => {
      if (this.#store.holder !== this) return;
      const group = this.#waiting;
      this.#waiting = [];
      for (const each of group) this.#store.image.apply(each);
      this.#events?.durable(present(group.at(-1), 'a group has a write').write);
    });
  }

  saveSnapshot(snapshot: SnapshotMeta, data: Uint8Array, done: Callback<void>): void {
    const kept = data.slice();
    this.#soon(done, () => success(this.#store.keep({ snapshot, data: kept })));
  }

  receiveSnapshot({ snapshot, offset, data, last }: ReceivedPiece, done: Callback<void>): void {
    const piece = data.slice();
    this.#soon(done, () => {
      if (offset === 0) this.#receiving = { snapshot, data: new Uint8Array(0) };
      const receiving = this.#receiving;
      assert(receiving?.data.length === offset, () => `a piece from ${offset} follows on those before it`);
      receiving.data = joined(receiving.data, piece);
      if (last) {
        this.#receiving = null;
        this.#store.keep(receiving);
      }
      return success(undefined);
    });
  }

  readSnapshot(index: number, offset: number, maxBytes: number, done: Callback<SnapshotPiece | null>): void {
    this.#soon(done, () => {
      const found = this.#store.snapshots.find(({ snapshot }) => snapshot.index === index);
      if (found === undefined) return success(null);
      const data = found.data.slice(offset, offset + maxBytes);
      return success({ data, last: offset + data.length === found.data.length });
    });
  }

  close(done: Callback<void>): void {
    this.#soon(done, () => {
      this.#closed = true;
      if (this.#store.holder === this) this.#store.holder = null;
      return success(undefined);
    });
  }

  /** A call takes effect, and is answered, in a later turn; never after a crash. */
  #soon<T>(done: Callback<T>, effect: () => Outcome<T>): void {
    this.#clock.setTimer(0, () => {
      if (this.#closed) done(failure(new ChaosError('closed', 'the storage is closed')));
      else if (this.#events === null || this.#store.holder === this) done(effect());
    });
  }
}

function joined(first: Uint8Array, second: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(first.length + second.length);
  bytes.set(first);
  bytes.set(second, first.length);
  return bytes;
}
