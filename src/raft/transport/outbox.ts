import { ByteWriter } from '../../base/bytes.ts';
import { maxPieceBytes } from './limits.ts';

/** Frames that wait to be written, put together into pieces, since each write costs a system call. A piece holds whole frames. */
export class Outbox {
  #pieces: Uint8Array[] = [];
  readonly #last = new ByteWriter(2 * maxPieceBytes);
  #byteCount = 0;

  get byteCount(): number {
    return this.#byteCount;
  }

  /** Whether there is enough for a piece. */
  get hasPiece(): boolean {
    return this.#pieces.length > 0;
  }

  add(frame: Uint8Array): void {
    this.#byteCount += frame.length;
    if (frame.length < maxPieceBytes) {
      this.#last.raw(frame);
      if (this.#last.length >= maxPieceBytes) this.#finishPiece();
    } else {
      this.#finishPiece();
      this.#pieces.push(frame);
    }
  }

  /** All pieces, in order. The outbox is empty again. */
  take(): Uint8Array[] {
    this.#finishPiece();
    const pieces = this.#pieces;
    this.#pieces = [];
    this.#byteCount = 0;
    return pieces;
  }

  #finishPiece(): void {
    if (this.#last.length > 0) this.#pieces.push(this.#last.finish());
  }
}
