import { assert } from '../../base/assert.ts';
import { type Clock, promised } from '../../base/clock.ts';
import type { Disk, DiskFile } from '../../base/disk.ts';
import type { SnapshotMeta } from '../protocol/entries.ts';
import { snapshotFile } from './file-format.ts';
import {
  chunkCount,
  chunkOffset,
  decodeChunks,
  decodeHead,
  headEnd,
  headLengthEnd,
  type SnapshotHead,
} from './snapshot-format.ts';
import { SnapshotWriter } from './snapshot-writer.ts';
import type { ReceivedPiece, SnapshotPiece } from './storage.ts';

/** What snapshots are called until they are whole and durable. */
export const snapshotDraftNames = ['snapshot-taken.tmp', 'snapshot-received.tmp'] as const;

const [takenDraft, receivedDraft] = snapshotDraftNames;
const snapshotName = /^snapshot-([0-9]+)\.snap$/;
const keptSnapshots = 2;
/** The chunks of so much are read at once, when all of a file is checked. */
const checkedAtOnceBytes = 1024 * 1024;

/**
 * The snapshots of a directory, `snapshot-<index>.snap`; each appears whole and durable, by a rename. Calls must not overlap:
 * opening a file that has just been removed would make it anew.
 */
export class SnapshotFiles {
  readonly #clock: Clock;
  readonly #disk: Disk;
  readonly #directory: string;
  readonly #chunkBytes: number;
  /** The indices of those that are there, the newest first. */
  #indices: number[] = [];
  #receiving: SnapshotWriter | null = null;

  constructor(clock: Clock, disk: Disk, directory: string, chunkBytes: number) {
    this.#clock = clock;
    this.#disk = disk;
    this.#directory = directory;
    this.#chunkBytes = chunkBytes;
  }

  /** Reads all of the newest one, so that the node does not begin with what it cannot restore. Null where there is none. */
  async open(names: readonly string[]): Promise<SnapshotMeta | null> {
    this.#indices = names.flatMap((name) => snapshotName.exec(name)?.slice(1).map(Number) ?? []).sort((a, b) => b - a);
    const newest = this.#indices[0];
    if (newest === undefined) return null;
    return this.#with(newest, async (file, head, offset) => {
      const path = this.#path(newest);
      const count = chunkCount(head.dataBytes, head.chunkBytes);
      const step = Math.max(1, Math.floor(checkedAtOnceBytes / head.chunkBytes));
      for (let first = 0; first < count; first += step) {
        await this.#chunks(file, path, head, offset, first, Math.min(count, first + step));
      }
      const end = offset + chunkOffset(head, count);
      const behind = await promised<Uint8Array>(this.#clock, (done) => file.read(end, 1, done));
      if (behind.length > 0) throw snapshotFile.damaged(path, end, 'goes on behind its end');
      return head.snapshot;
    });
  }

  async save(snapshot: SnapshotMeta, data: Uint8Array): Promise<void> {
    const draft = await this.#draft(takenDraft, snapshot);
    await draft.write(data);
    await this.#finish(draft, takenDraft, snapshot.index);
  }

  async receive({ snapshot, offset, data, last }: ReceivedPiece): Promise<void> {
    if (offset === 0) {
      await this.#receiving?.close();
      this.#receiving = await this.#draft(receivedDraft, snapshot);
    }
    const draft = this.#receiving;
    assert(draft !== null && draft.dataBytes === offset, () => `a piece from ${offset} follows on those before it`);
    await draft.write(data);
    if (!last) return;
    this.#receiving = null;
    await this.#finish(draft, receivedDraft, snapshot.index);
  }

  async read(index: number, offset: number, maxBytes: number): Promise<SnapshotPiece | null> {
    if (!this.#indices.includes(index)) return null;
    return this.#with(index, async (file, head, headBytes) => {
      const end = Math.min(head.dataBytes, offset + maxBytes);
      const first = Math.floor(offset / head.chunkBytes);
      const data = await this.#chunks(
        ...([file, this.#path(index), head, headBytes] as const),
        ...([first, Math.max(first, chunkCount(end, head.chunkBytes))] as const),
      );
      const start = offset - first * head.chunkBytes;
      return { data: data.subarray(start, start + end - offset), last: end === head.dataBytes };
    });
  }

  /** Removes all but the newest two. */
  async prune(): Promise<void> {
    for (const index of this.#indices.splice(keptSnapshots)) {
      await promised<void>(this.#clock, (done) => this.#disk.remove(this.#path(index), done));
    }
  }

  get newestIndex(): number {
    return this.#indices[0] ?? 0;
  }

  async close(): Promise<void> {
    await this.#receiving?.close();
  }

  #draft(name: string, snapshot: SnapshotMeta): Promise<SnapshotWriter> {
    return SnapshotWriter.open(this.#clock, this.#disk, `${this.#directory}/${name}`, snapshot, this.#chunkBytes);
  }

  async #finish(draft: SnapshotWriter, name: string, index: number): Promise<void> {
    await draft.finish();
    await promised<void>(this.#clock, (done) =>
      this.#disk.rename(`${this.#directory}/${name}`, this.#path(index), done),
    );
    await promised<void>(this.#clock, (done) => this.#disk.syncDirectory(this.#directory, done));
    this.#indices = [...new Set([index, ...this.#indices])].sort((a, b) => b - a);
  }

  /** Opens a snapshot that is there, and reads its head; `offset` is where its chunks begin. */
  async #with<T>(index: number, use: (file: DiskFile, head: SnapshotHead, offset: number) => Promise<T>): Promise<T> {
    const path = this.#path(index);
    const file = await promised<DiskFile>(this.#clock, (done) => this.#disk.open(path, done));
    try {
      const read = (length: number) => promised<Uint8Array>(this.#clock, (done) => file.read(0, length, done));
      const offset = headEnd(path, await read(headLengthEnd));
      const head = decodeHead(path, await read(offset));
      if (head.snapshot.index !== index) throw snapshotFile.damaged(path, 0, `is of index ${head.snapshot.index}`);
      return await use(file, head, offset);
    } finally {
      await promised<void>(this.#clock, (done) => file.close(done));
    }
  }

  async #chunks(
    file: DiskFile,
    path: string,
    head: SnapshotHead,
    headBytes: number,
    first: number,
    end: number,
  ): Promise<Uint8Array> {
    const offset = headBytes + chunkOffset(head, first);
    const length = headBytes + chunkOffset(head, end) - offset;
    const bytes = await promised<Uint8Array>(this.#clock, (done) => file.read(offset, length, done));
    return decodeChunks(path, head, { first, end, offset, bytes });
  }

  #path(index: number): string {
    return `${this.#directory}/snapshot-${index}.snap`;
  }
}
