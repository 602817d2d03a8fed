import { present } from '../../base/assert.ts';
import { type Callback, success } from '../../base/outcome.ts';
import type { SnapshotMeta } from '../../raft/protocol/entries.ts';
import type { Write } from '../../raft/protocol/events.ts';
import type { DurableState } from '../../raft/protocol/state.ts';
import type { ReceivedPiece, Recovered, SnapshotPiece, Storage, StorageEvents } from '../../raft/storage/storage.ts';
import { applyWrite, type Disk, durableStateOf, recovered, type StoredSnapshot, storeSnapshot } from './disk.ts';

/** Storage that writes when it is told to. */
export class ScriptedDisk implements Storage {
  readonly #writes: Write[] = [];
  readonly #snapshots: (StoredSnapshot & { readonly done: Callback<void> })[] = [];
  #content: Disk;
  #received: readonly number[] = [];
  #events: StorageEvents | null = null;

  constructor(content: Disk) {
    this.#content = recovered(content);
  }

  get content(): Disk {
    return this.#content;
  }

  get durableState(): DurableState {
    return durableStateOf(this.#content);
  }

  get unsynced(): number {
    return this.#writes.length;
  }

  /** The indices of the snapshots that are to be stored. */
  get unstored(): readonly number[] {
    return this.#snapshots.map(({ snapshot }) => snapshot.index);
  }

  sync(count: number): void {
    const write = this.#write(count);
    present(this.#events, 'the node has started').durable(write);
  }

  storeSnapshot(index: number): void {
    this.#store(index)(success(undefined));
  }

  crash(keptWrites: number, keptSnapshot: number | null): void {
    if (keptWrites > 0) this.#write(keptWrites);
    if (keptSnapshot !== null) this.#store(keptSnapshot);
    this.#content = recovered(this.#content);
  }

  open(events: StorageEvents, done: Callback<Recovered>): void {
    this.#events = events;
    done(success({ durable: this.durableState, tornBytes: 0 }));
  }

  append(write: Write): void {
    this.#writes.push(write);
  }

  saveSnapshot(snapshot: SnapshotMeta, data: Uint8Array, done: Callback<void>): void {
    this.#snapshots.push({ snapshot, data, done });
  }

  receiveSnapshot({ snapshot, offset, data, last }: ReceivedPiece, done: Callback<void>): void {
    this.#received = [...(offset === 0 ? [] : this.#received), ...data];
    if (last) this.#snapshots.push({ snapshot, data: Uint8Array.from(this.#received), done });
    else done(success(undefined));
  }

  readSnapshot(index: number, offset: number, maxBytes: number, done: Callback<SnapshotPiece | null>): void {
    const stored = [...this.#content.snapshots, ...this.#snapshots].find(({ snapshot }) => snapshot.index === index);
    if (stored === undefined) {
      done(success(null));
      return;
    }
    const data = stored.data.slice(offset, offset + maxBytes);
    done(success({ data, last: offset + data.length >= stored.data.length }));
  }

  close(): void {}

  #write(count: number): number {
    const synced = this.#writes.splice(0, count);
    this.#content = synced.reduce(applyWrite, this.#content);
    return present(synced.at(-1), 'there are so many writes').write;
  }

  #store(index: number): Callback<void> {
    const at = this.#snapshots.findIndex(({ snapshot }) => snapshot.index === index);
    const [stored] = this.#snapshots.splice(at, at < 0 ? 0 : 1);
    const { snapshot, data, done } = present(stored, `the snapshot up to ${index} is to be stored`);
    this.#content = storeSnapshot(this.#content, { snapshot, data });
    return done;
  }
}
