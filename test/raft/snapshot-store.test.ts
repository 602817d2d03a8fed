import { expect, it } from 'vitest';
import { type Callback, success } from '../../src/base/outcome.ts';
import type { SnapshotMeta } from '../../src/raft/protocol/entries.ts';
import { SnapshotStore } from '../../src/raft/snapshot-store.ts';
import type { ReceivedPiece, SnapshotPiece, Storage } from '../../src/raft/storage/storage.ts';

function snapshotAt(index: number): SnapshotMeta {
  return { index, term: 1, position: index, configuration: [], sessions: [] };
}

/** Storage that has the newest whole snapshot, and answers when the test says so. */
class OneSnapshot {
  newest = 0;
  readonly pending: (() => void)[] = [];

  readonly storage = {
    receiveSnapshot: ({ snapshot, last }: ReceivedPiece, done: Callback<void>) => {
      if (last) this.newest = snapshot.index;
      this.pending.push(() => done(success(undefined)));
    },
    readSnapshot: (index: number, _offset: number, _maxBytes: number, done: Callback<SnapshotPiece | null>) => {
      this.pending.push(() => {
        done(success(index === this.newest ? { data: Uint8Array.of(index), last: true } : null));
      });
    },
  } as unknown as Storage;

  settle(): void {
    while (this.pending.length > 0) this.pending.shift()?.();
  }
}

it('does not let a snapshot take the place of one that the application is yet to be given', () => {
  const disk = new OneSnapshot();
  const heard: string[] = [];
  const store = new SnapshotStore(disk.storage, (error) => heard.push(error.message));
  const receive = (index: number, offset: number, last: boolean) => {
    const piece = { snapshot: snapshotAt(index), offset, data: Uint8Array.of(index), last };
    store.receive(piece, () => heard.push(`stored ${index}`));
  };
  receive(5, 0, true);
  disk.settle();
  store.hold();
  receive(9, 0, false);
  receive(9, 1, true);
  disk.settle();
  expect(disk.newest).toBe(5);
  store.readWhole(5, (data) => heard.push(`read ${data[0]}`));
  disk.settle();
  store.release();
  disk.settle();
  expect(heard).toEqual(['stored 5', 'read 5', 'stored 9']);
  receive(12, 0, true);
  disk.settle();
  expect(heard.at(-1)).toBe('stored 12');
});
