import { assert } from '../../base/assert.ts';
import { type Clock, promised } from '../../base/clock.ts';
import type { Disk } from '../../base/disk.ts';
import { asChaosError, type ChaosError } from '../../base/errors.ts';
import type { Outcome } from '../../base/outcome.ts';
import type { Write } from '../protocol/events.ts';
import type { Coverage } from './coverage.ts';
import { fragmented } from './fragments.ts';
import { type Checkpoint, encodeGroup, sealGroup } from './groups.ts';
import type { ResumedLog } from './log-recovery.ts';
import type { LogReplay } from './log-replay.ts';
import { makeSegment, type OpenSegment, segmentHeaderBytes, segmentPath } from './segments.ts';
import type { StorageEvents } from './storage.ts';
import type { Work } from './work.ts';

/**
 * The log while it is written. Writes given while the disk is busy are written together and synced once (group commit). A
 * write that fails is never tried again: after a failed fdatasync nobody knows what the disk holds, so the log reports
 * `failed` and takes no more.
 *
 * The next segment is made while the present one, half full, goes on being written; a group that fills a segment says in
 * itself that the next one follows, so that going over to that costs nothing. Segments are not filled with zeros in advance:
 * a sync would be faster by a quarter, but a write that died half-way would leave a piece of a fragment before zeros, which
 * is no different from damage, and every start would have the zeros to read.
 */
export class SegmentedLog {
  readonly #clock: Clock;
  readonly #disk: Disk;
  readonly #directory: string;
  readonly #segmentBytes: number;
  readonly #work: Work;
  readonly #events: StorageEvents;
  readonly #coverage: Coverage;
  #current: OpenSegment;
  #next: OpenSegment | null;
  #making = false;
  #nextGroup: number;
  /** What the groups so far come to, written or being written. */
  #reached: Checkpoint;
  #waiting: Write[] = [];
  #busy = false;
  #stopped = false;

  constructor(
    clock: Clock,
    disk: Disk,
    settings: { readonly directory: string; readonly segmentBytes: number },
    found: { readonly replay: LogReplay; readonly resumed: ResumedLog },
    work: Work,
    events: StorageEvents,
  ) {
    this.#clock = clock;
    this.#disk = disk;
    this.#directory = settings.directory;
    this.#segmentBytes = settings.segmentBytes;
    this.#work = work;
    this.#events = events;
    this.#coverage = found.replay.coverage;
    this.#reached = found.replay.image.checkpoint;
    this.#current = found.resumed.current;
    this.#next = found.resumed.next;
    this.#nextGroup = found.resumed.nextGroup;
  }

  append(write: Write): void {
    if (this.#stopped) return;
    this.#waiting.push(write);
    if (!this.#busy) this.#commitGroup();
  }

  /** Removes the segments that a durable snapshot up to this index makes needless. */
  async dropCovered(index: number): Promise<void> {
    for (const number of this.#coverage.dropBefore(index)) {
      await promised<void>(this.#clock, (done) => this.#disk.remove(segmentPath(this.#directory, number), done));
    }
  }

  /** Takes and reports nothing more. What is under way is counted in the work. */
  stop(): void {
    this.#stopped = true;
  }

  /** Once nothing is under way any more. */
  async close(): Promise<void> {
    this.stop();
    for (const segment of [this.#current, this.#next]) {
      if (segment !== null) await promised<void>(this.#clock, (done) => segment.file.close(done));
    }
  }

  #commitGroup(): void {
    if (this.#waiting.length === 0 || this.#stopped) return;
    const current = this.#current;
    const checkpoint = current.end === segmentHeaderBytes ? this.#reached : null;
    const { bytes: group, count } = encodeGroup(this.#waiting, checkpoint);
    const writes = this.#waiting.splice(0, count);
    const seals = this.#next !== null && current.end + group.length >= this.#segmentBytes;
    if (seals) sealGroup(group);
    for (const write of writes) this.#reached = reachedBy(this.#reached, write);
    const bytes = fragmented(group, { segment: current.number, offset: current.end }, this.#nextGroup);
    this.#busy = true;
    const finish = this.#work.begin();
    const goesOn = (outcome: Outcome<void>): boolean => {
      if (!outcome.ok) this.#fail(outcome.error);
      if (this.#stopped) finish();
      return !this.#stopped;
    };
    current.file.writeDurably(current.end, bytes, (written) => {
      if (!goesOn(written)) return;
      if (checkpoint !== null) this.#coverage.begin(current.number, checkpoint);
      for (const write of writes) this.#coverage.note(write);
      current.end += bytes.length;
      this.#nextGroup = (this.#nextGroup + 1) >>> 0;
      if (seals) this.#goOver();
      this.#makeReady();
      this.#busy = false;
      this.#events.durable((writes.at(-1) as Write).write);
      if (!this.#busy) this.#commitGroup();
      finish();
    });
  }

  /** To the next segment. */
  #goOver(): void {
    assert(this.#next !== null, 'a segment is sealed when the next one is there');
    const finish = this.#work.begin();
    this.#current.file.close((closed) => {
      if (!closed.ok) this.#fail(closed.error);
      finish();
    });
    this.#current = this.#next;
    this.#next = null;
  }

  /** Makes the next segment ready once it may be needed soon. */
  #makeReady(): void {
    if (this.#next !== null || this.#making || this.#current.end < this.#segmentBytes / 2) return;
    this.#making = true;
    const finish = this.#work.begin();
    makeSegment(this.#clock, this.#disk, this.#directory, this.#current.number + 1).then(
      (segment) => {
        this.#making = false;
        this.#next = segment;
        finish();
      },
      (error: unknown) => {
        this.#fail(asChaosError(error, 'the next segment of the log'));
        finish();
      },
    );
  }

  #fail(error: ChaosError): void {
    if (this.#stopped) return;
    this.#stopped = true;
    this.#events.failed(error);
  }
}

function reachedBy(
  { lastIndex }: Checkpoint,
  { term, votedFor, restartAfter, truncateFrom, entries }: Write,
): Checkpoint {
  const kept = truncateFrom !== null ? truncateFrom - 1 : (restartAfter?.index ?? lastIndex);
  return { term, votedFor, lastIndex: kept + entries.length };
}
