import type { ChaosError } from '../../base/errors.ts';
import type { Callback } from '../../base/outcome.ts';
import type { SnapshotMeta } from '../protocol/entries.ts';
import type { Write } from '../protocol/events.ts';
import type { DurableState } from '../protocol/state.ts';

/** The port of what must survive a crash: the term, the vote, the log and the snapshots. */
export interface Storage {
  /** Reads what is there and keeps others out. Called once, before anything else. */
  open(events: StorageEvents, done: Callback<Recovered>): void;
  /** Takes a write; `durable` tells when it will survive a crash. Writes become durable in the order they are given. */
  append(write: Write): void;
  /**
   * Stores a snapshot that was taken here. Once that is done it survives a crash, and what it covers of the log may go. Of
   * the stored snapshots the newest two are kept.
   */
  saveSnapshot(snapshot: SnapshotMeta, data: Uint8Array, done: Callback<void>): void;
  /**
   * Takes a piece of a snapshot that the leader sends; pieces come in order, and offset 0 begins one anew, whatever was
   * received before. Done with the last piece, the whole snapshot is stored as by `saveSnapshot`.
   */
  receiveSnapshot(piece: ReceivedPiece, done: Callback<void>): void;
  /** A piece of the stored snapshot up to this index; null where that is not kept (any more). */
  readSnapshot(index: number, offset: number, maxBytes: number, done: Callback<SnapshotPiece | null>): void;
  /** Lets others in again. */
  close(done: Callback<void>): void;
}

export interface ReceivedPiece {
  readonly snapshot: SnapshotMeta;
  readonly offset: number;
  readonly data: Uint8Array;
  readonly last: boolean;
}

export interface SnapshotPiece {
  readonly data: Uint8Array;
  readonly last: boolean;
}

export interface StorageEvents {
  /** All writes up to and including this one are durable; called at least once for the last write given. */
  durable(write: number): void;
  /** Nothing more will become durable: the node must stop rather than go on without its disk. */
  failed(error: ChaosError): void;
}

export interface Recovered {
  /**
   * Where a stored snapshot is newer than the log knows (the node died between the two), the log is what follows the
   * snapshot if it has the snapshot's last entry, of the same term; else nothing of the log is left.
   */
  readonly durable: DurableState;
  /** Bytes dropped from the end of the log: a write that was under way when the node died. */
  readonly tornBytes: number;
}
