import { type Clock, promised } from '../../base/clock.ts';
import type { Disk, DiskFile } from '../../base/disk.ts';
import type { SnapshotMeta } from '../protocol/entries.ts';
import { chunkOffset, encodeChunk, encodeHead, type SnapshotHead } from './snapshot-format.ts';

/** Writes the file of one snapshot, whose length is known at the end only: the head is written last. */
export class SnapshotWriter {
  readonly #clock: Clock;
  readonly #file: DiskFile;
  readonly #snapshot: SnapshotMeta;
  readonly #chunkBytes: number;
  readonly #headBytes: number;
  /** What has come of the chunk that is not full yet. */
  #partial: Uint8Array;
  #partialBytes = 0;
  #chunks = 0;

  private constructor(clock: Clock, file: DiskFile, snapshot: SnapshotMeta, chunkBytes: number) {
    this.#clock = clock;
    this.#file = file;
    this.#snapshot = snapshot;
    this.#chunkBytes = chunkBytes;
    this.#headBytes = encodeHead(this.#head()).length;
    this.#partial = new Uint8Array(chunkBytes);
  }

  static async open(
    clock: Clock,
    disk: Disk,
    path: string,
    snapshot: SnapshotMeta,
    chunkBytes: number,
  ): Promise<SnapshotWriter> {
    const file = await promised<DiskFile>(clock, (done) => disk.open(path, done));
    await promised<void>(clock, (done) => file.truncate(0, done));
    return new SnapshotWriter(clock, file, snapshot, chunkBytes);
  }

  get dataBytes(): number {
    return this.#chunks * this.#chunkBytes + this.#partialBytes;
  }

  /** The next of the data. */
  async write(data: Uint8Array): Promise<void> {
    for (let taken = 0; taken < data.length; ) {
      const piece = data.subarray(taken, taken + this.#chunkBytes - this.#partialBytes);
      this.#partial.set(piece, this.#partialBytes);
      this.#partialBytes += piece.length;
      taken += piece.length;
      if (this.#partialBytes === this.#chunkBytes) await this.#writeChunk();
    }
  }

  /** Makes the file whole and durable, under the name it has; nothing is written after that. */
  async finish(): Promise<void> {
    const head = encodeHead(this.#head());
    if (this.#partialBytes > 0) await this.#writeChunk();
    await promised<void>(this.#clock, (done) => this.#file.write(0, head, done));
    await promised<void>(this.#clock, (done) => this.#file.fdatasync(done));
    await this.close();
  }

  async close(): Promise<void> {
    await promised<void>(this.#clock, (done) => this.#file.close(done));
  }

  async #writeChunk(): Promise<void> {
    const bytes = encodeChunk(this.#partial.subarray(0, this.#partialBytes), this.#chunks);
    const position = this.#headBytes + chunkOffset(this.#head(), this.#chunks);
    await promised<void>(this.#clock, (done) => this.#file.write(position, bytes, done));
    this.#chunks += 1;
    this.#partialBytes = 0;
  }

  #head(): SnapshotHead {
    const chunkBytes = this.#chunkBytes;
    return { snapshot: this.#snapshot, dataBytes: this.dataBytes, chunkBytes };
  }
}
