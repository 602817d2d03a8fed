import { ChaosError } from '../base/errors.ts';
import type { SnapshotMeta } from './protocol/entries.ts';
import type { ReceivedPiece, SnapshotPiece, Storage } from './storage/storage.ts';

const wholeReadBytes = 4 * 1024 * 1024;

/** Snapshots on their way between the application, storage and the peers: one thing at a time where order matters. */
export class SnapshotStore {
  readonly #storage: Storage;
  readonly #failed: (error: Error) => void;
  readonly #received: { readonly piece: ReceivedPiece; readonly stored: () => void }[] = [];
  #receiving = false;
  #saving = false;
  /** For how many reasons no snapshot may take the place of those that are there. */
  #holds = 0;

  constructor(storage: Storage, failed: (error: Error) => void) {
    this.#storage = storage;
    this.#failed = failed;
  }

  get saving(): boolean {
    return this.#saving;
  }

  save(snapshot: SnapshotMeta, data: Uint8Array, stored: () => void): void {
    this.#saving = true;
    this.#storage.saveSnapshot(snapshot, data, (outcome) => {
      this.#saving = false;
      if (outcome.ok) stored();
      else this.#failed(outcome.error);
    });
  }

  /** Takes the next piece of a snapshot; `stored` is called after the last, once the whole is durable. */
  receive(piece: ReceivedPiece, stored: () => void): void {
    this.#received.push({ piece, stored });
    if (!this.#receiving) this.#receiveNext();
  }

  #receiveNext(): void {
    const [next] = this.#received;
    // Once it is whole it takes the place of those before it.
    const isReady = next !== undefined && !(next.piece.last && this.#holds > 0);
    this.#receiving = isReady;
    if (!isReady) return;
    this.#received.shift();
    this.#storage.receiveSnapshot(next.piece, (outcome) => {
      if (!outcome.ok) {
        this.#failed(outcome.error);
        return;
      }
      if (next.piece.last) next.stored();
      this.#receiveNext();
    });
  }

  read(index: number, offset: number, maxBytes: number, done: (piece: SnapshotPiece | null) => void): void {
    this.#storage.readSnapshot(index, offset, maxBytes, (outcome) => {
      if (outcome.ok) done(outcome.value);
      else this.#failed(outcome.error);
    });
  }

  /** Lets no received snapshot take the place of those that are there, until `release` is called as often. */
  hold(): void {
    this.#holds++;
  }

  release(): void {
    this.#holds--;
    if (!this.#receiving) this.#receiveNext();
  }

  /** The whole data of a snapshot that must be there. */
  readWhole(index: number, done: (data: Uint8Array) => void): void {
    const pieces: Uint8Array[] = [];
    const readFrom = (offset: number) => {
      this.read(index, offset, wholeReadBytes, (piece) => {
        if (piece === null) {
          this.#failed(new ChaosError('no-snapshot', `the snapshot of index ${index} is not stored any more`));
          return;
        }
        pieces.push(piece.data);
        if (piece.last) done(joined(pieces));
        else readFrom(offset + piece.data.length);
      });
    };
    readFrom(0);
  }
}

function joined(pieces: readonly Uint8Array[]): Uint8Array {
  const [only] = pieces;
  if (only !== undefined && pieces.length === 1) return only;
  const whole = new Uint8Array(pieces.reduce((bytes, piece) => bytes + piece.length, 0));
  let at = 0;
  for (const piece of pieces) {
    whole.set(piece, at);
    at += piece.length;
  }
  return whole;
}
