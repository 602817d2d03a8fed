import { assert } from '../../../src/base/assert.ts';
import type { Entry, NodeId, SnapshotMeta } from '../../../src/raft/protocol/entries.ts';
import type { Effect, Write } from '../../../src/raft/protocol/events.ts';
import type { DurableState, LogStart } from '../../../src/raft/protocol/state.ts';
import type { SnapshotPiece } from '../../../src/raft/storage/storage.ts';

/** A snapshot on its way to the disk, or on it. */
export interface StoredSnapshot {
  readonly snapshot: SnapshotMeta;
  readonly data: Uint8Array;
  readonly origin: 'here' | 'leader';
}

type StoreSnapshot = Effect & { readonly type: 'store-snapshot' };

/**
 * The disk of one member, as the storage port describes it: writes become durable in their order and when the test says so;
 * a snapshot at once and whole; half a received one is lost with a crash.
 */
export class ProtocolDisk {
  readonly unsynced: Write[] = [];
  /** Whole, but not durable yet. */
  readonly storing: StoredSnapshot[] = [];
  #term: number;
  #votedFor: NodeId | null = null;
  #start: LogStart = { index: 0, term: 0 };
  #entries: Entry[];
  /** By index; the newest two. */
  #stored: StoredSnapshot[] = [];
  #received: { readonly snapshot: SnapshotMeta; readonly data: Uint8Array } | null = null;

  constructor(entries: readonly Entry[] = []) {
    this.#term = entries.at(-1)?.term ?? 0;
    this.#entries = [...entries];
  }

  /** Makes the oldest `count` writes durable; the number of the last of them. */
  sync(count: number): number | null {
    const synced = this.unsynced.splice(0, count);
    for (const write of synced) this.#apply(write);
    return synced.at(-1)?.write ?? null;
  }

  receive({ snapshot, offset, data, last }: StoreSnapshot): void {
    const before = offset === 0 ? new Uint8Array() : this.#received?.data;
    assert(before?.length === offset, `a piece at ${offset} after ${before?.length} bytes`);
    this.#received = { snapshot, data: Uint8Array.from([...before, ...data]) };
    if (!last) return;
    this.storing.push({ ...this.#received, origin: 'leader' });
    this.#received = null;
  }

  /** Makes the oldest snapshot that is being stored durable. */
  store(): StoredSnapshot | null {
    const stored = this.storing.shift() ?? null;
    // Two of the same index say the same; the first stays, for it may be being read.
    if (stored !== null && this.find(stored.snapshot.index) === null) {
      this.#stored = [...this.#stored, stored].sort((a, b) => a.snapshot.index - b.snapshot.index).slice(-2);
    }
    return stored;
  }

  find(index: number): StoredSnapshot | null {
    return this.#stored.find(({ snapshot }) => snapshot.index === index) ?? null;
  }

  read(index: number, offset: number, maxBytes: number): SnapshotPiece | null {
    const found = this.find(index);
    if (found === null) return null;
    const data = found.data.subarray(offset, offset + maxBytes);
    return { data, last: offset + data.length >= found.data.length };
  }

  /** Loses what is not durable, but for what became so without anybody being told. */
  crash(writesThatMadeIt: number, snapshotsThatMadeIt: number): void {
    this.sync(writesThatMadeIt);
    for (let i = 0; i < snapshotsThatMadeIt; i++) this.store();
    this.unsynced.length = 0;
    this.storing.length = 0;
    this.#received = null;
  }

  /** What the node finds as it starts again. */
  recover(): DurableState {
    const snapshot = this.#stored.at(-1)?.snapshot ?? null;
    if (snapshot !== null) {
      assert(snapshot.index >= this.#start.index, 'what a log goes on from is stored');
      const holds = this.#termAt(snapshot.index) === snapshot.term;
      this.#entries = holds ? this.#entries.slice(snapshot.index - this.#start.index) : [];
      this.#start = { index: snapshot.index, term: snapshot.term };
    }
    return { term: this.#term, votedFor: this.#votedFor, snapshot, entries: this.#entries };
  }

  /** Whether this entry would survive a crash, in the log or in a snapshot. */
  holds(index: number, term: number): boolean {
    const newest = this.#stored.at(-1)?.snapshot;
    return (newest !== undefined && newest.index >= index) || this.#termAt(index) === term;
  }

  #termAt(index: number): number | undefined {
    return index === this.#start.index ? this.#start.term : this.#entries[index - this.#start.index - 1]?.term;
  }

  #apply(write: Write): void {
    this.#term = write.term;
    this.#votedFor = write.votedFor;
    if (write.restartAfter !== null) {
      assert(this.find(write.restartAfter.index) !== null, 'a log goes on from a stored snapshot');
      this.#start = write.restartAfter;
      this.#entries = [];
    }
    const kept = write.truncateFrom === null ? this.#entries.length : write.truncateFrom - 1 - this.#start.index;
    assert(kept >= 0 && kept <= this.#entries.length, `truncated from ${write.truncateFrom}`);
    this.#entries = [...this.#entries.slice(0, kept), ...write.entries];
  }
}
