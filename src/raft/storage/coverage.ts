import type { Checkpoint, LoggedWrite } from './groups.ts';

/**
 * Which segments of a log a snapshot makes needless. For each segment it knows the lowest index whose entry would be known
 * if the log began there. Where that is the snapshot's or one before it, the segments before are not needed: what follows
 * them tells whether the log has the snapshot's last entry, and goes on from there.
 */
export class Coverage {
  readonly #segments: { readonly number: number; knownFrom: number }[] = [];

  /** The first group of a segment, which is durable. */
  begin(number: number, { lastIndex }: Checkpoint): void {
    this.#segments.push({ number, knownFrom: lastIndex + 1 });
  }

  /** A write of the last segment, which is durable. */
  note({ restartAfter, truncateFrom }: LoggedWrite): void {
    if (restartAfter === null && truncateFrom === null) return;
    for (const segment of this.#segments) {
      // After a restart the entry before the first is known as well.
      if (restartAfter !== null) segment.knownFrom = restartAfter.index;
      if (truncateFrom !== null) segment.knownFrom = Math.min(segment.knownFrom, truncateFrom);
    }
  }

  /** Forgets the segments that a snapshot up to this index makes needless, and tells which they are. */
  dropBefore(index: number): number[] {
    const first = this.#segments.findLastIndex(({ knownFrom }) => knownFrom <= index);
    return this.#segments.splice(0, Math.max(0, first)).map(({ number }) => number);
  }
}
