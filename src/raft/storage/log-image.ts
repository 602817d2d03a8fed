import type { Entry, NodeId, SnapshotMeta } from '../protocol/entries.ts';
import type { LogStart } from '../protocol/state.ts';
import type { Checkpoint, LoggedWrite } from './groups.ts';

/** What the writes of a log come to: the term, the vote, and the entries as far back as they are known. */
export class LogImage {
  term = 0;
  votedFor: NodeId | null = null;
  /** The entry before the first; its term is null where nothing tells it. */
  start: { readonly index: number; readonly term: number | null } = { index: 0, term: 0 };
  entries: Entry[] = [];

  /** Begins after what is not there any more. */
  static after({ term, votedFor, lastIndex }: Checkpoint): LogImage {
    const image = new LogImage();
    image.term = term;
    image.votedFor = votedFor;
    if (lastIndex > 0) image.start = { index: lastIndex, term: null };
    return image;
  }

  get checkpoint(): Checkpoint {
    return { term: this.term, votedFor: this.votedFor, lastIndex: this.start.index + this.entries.length };
  }

  isAt({ term, votedFor, lastIndex }: Checkpoint): boolean {
    return term === this.term && votedFor === this.votedFor && lastIndex === this.checkpoint.lastIndex;
  }

  apply({ term, votedFor, restartAfter, truncateFrom, entries }: LoggedWrite): void {
    this.term = term;
    this.votedFor = votedFor;
    if (restartAfter !== null) this.#restart(restartAfter);
    if (truncateFrom !== null) this.#truncate(truncateFrom);
    for (const entry of entries) this.entries.push(entry);
  }

  /**
   * The entries after a snapshot, or after the beginning of the log where it is null. `stale`: the log does not have the
   * snapshot's last entry, so nothing of it goes on from there. `gap`: what is between the two, or which of these it is,
   * is not known.
   */
  entriesAfter(snapshot: SnapshotMeta | null): Entry[] | 'stale' | 'gap' {
    const { index, term } = snapshot ?? { index: 0, term: 0 };
    const place = index - this.start.index;
    const own = place === 0 ? this.start.term : this.entries[place - 1]?.term;
    if (place < 0 || own === null) return 'gap';
    if (own !== term) return 'stale';
    return place === 0 ? this.entries : this.entries.slice(place);
  }

  /** Drops what a snapshot covers, where the log goes on after it. */
  forgetThrough(snapshot: SnapshotMeta): void {
    const entries = this.entriesAfter(snapshot);
    if (!Array.isArray(entries)) return;
    this.start = { index: snapshot.index, term: snapshot.term };
    this.entries = entries;
  }

  #restart(after: LogStart): void {
    this.start = after;
    this.entries = [];
  }

  #truncate(from: number): void {
    const kept = from - 1 - this.start.index;
    this.entries.length = Math.min(this.entries.length, Math.max(0, kept));
    if (kept < 0) this.start = { index: from - 1, term: null };
  }
}
