import { assert, present } from '../../base/assert.ts';
import { type Clock, promised } from '../../base/clock.ts';
import { type DirectoryLock, type Disk, makeDurableDirectory } from '../../base/disk.ts';
import { asChaosError, ChaosError } from '../../base/errors.ts';
import { type Callback, failure, success } from '../../base/outcome.ts';
import type { Configuration, Entry, SnapshotMeta } from '../protocol/entries.ts';
import type { Write } from '../protocol/events.ts';
import { type Boot, countBoot, type DirectoryOwner } from './boot-record.ts';
import { logFile } from './file-format.ts';
import { newestRun, readLog, resumeLog } from './log-recovery.ts';
import type { LogReplay } from './log-replay.ts';
import { SegmentedLog } from './segmented-log.ts';
import { segmentDraftName, segmentNumbers, segmentPath } from './segments.ts';
import { SnapshotFiles, snapshotDraftNames } from './snapshot-files.ts';
import type { ReceivedPiece, Recovered, SnapshotPiece, Storage, StorageEvents } from './storage.ts';
import { Work } from './work.ts';

export interface FileStorageOptions {
  /** About how large a file of the log may become. */
  readonly segmentBytes?: number;
  /** How much of a snapshot is checked together: to read any of it, so much is read at least. */
  readonly snapshotChunkBytes?: number;
}

const defaults = { segmentBytes: 8 * 1024 * 1024, snapshotChunkBytes: 64 * 1024 } satisfies FileStorageOptions;

/**
 * Storage in the files of one directory: a log in segments, and snapshots. Other files in it are left alone. Where the disk
 * fails in any way, what met it fails and is not tried again: the node must stop, and finds out what there is when it starts.
 */
export class FileStorage implements Storage {
  readonly #clock: Clock;
  readonly #disk: Disk;
  readonly #directory: string;
  readonly #segmentBytes: number;
  readonly #snapshots: SnapshotFiles;
  readonly #work = new Work();
  #lock: DirectoryLock | null = null;
  #log: SegmentedLog | null = null;
  #closed = false;

  constructor(clock: Clock, disk: Disk, directory: string, options: FileStorageOptions = {}) {
    const { segmentBytes, snapshotChunkBytes } = { ...defaults, ...options };
    this.#clock = clock;
    this.#disk = disk;
    this.#directory = directory;
    this.#segmentBytes = segmentBytes;
    this.#snapshots = new SnapshotFiles(clock, disk, directory, snapshotChunkBytes);
  }

  /**
   * Keeps others out already before `open`, makes sure that the directory is the owner's (else `wrong-directory`), and counts
   * this start of it. The first one also stores who starts the cluster. Nothing of a directory that another has is touched.
   */
  claim(owner: DirectoryOwner, founders: Configuration, done: Callback<Boot>): void {
    const count = async (): Promise<Boot> => {
      await this.#enter();
      return await countBoot(this.#clock, this.#disk, this.#directory, owner, founders);
    };
    this.#inTurn(`opening ${this.#directory}`, () => this.#orShut(count), done);
  }

  open(events: StorageEvents, done: Callback<Recovered>): void {
    this.#inTurn(`opening ${this.#directory}`, () => this.#orShut(() => this.#recover(events)), done);
  }

  append(write: Write): void {
    if (!this.#closed) present(this.#log, 'storage is open').append(write);
  }

  saveSnapshot(snapshot: SnapshotMeta, data: Uint8Array, done: Callback<void>): void {
    const save = async (): Promise<void> => {
      await this.#snapshots.save(snapshot, data);
      await this.#dropNeedless();
    };
    this.#inTurn('saving a snapshot', save, done);
  }

  receiveSnapshot(piece: ReceivedPiece, done: Callback<void>): void {
    const receive = async (): Promise<void> => {
      await this.#snapshots.receive(piece);
      if (piece.last) await this.#dropNeedless();
    };
    this.#inTurn('receiving a snapshot', receive, done);
  }

  readSnapshot(index: number, offset: number, maxBytes: number, done: Callback<SnapshotPiece | null>): void {
    this.#inTurn('reading a snapshot', () => this.#snapshots.read(index, offset, maxBytes), done);
  }

  /** What is under way is done before others are let in, since it would reach their files. */
  close(done: Callback<void>): void {
    assert(!this.#closed, 'storage is closed once');
    this.#closed = true;
    this.#log?.stop();
    this.#work.whenIdle(() => {
      this.#shut().then(
        () => done(success(undefined)),
        (error: unknown) => done(failure(asChaosError(error, `closing ${this.#directory}`))),
      );
    });
  }

  #inTurn<T>(context: string, job: () => Promise<T>, done: Callback<T>): void {
    if (!this.#closed) this.#work.inTurn(context, job, done);
    else this.#clock.setTimer(0, () => done(failure(new ChaosError('closed', `${context}: the storage is closed`))));
  }

  async #orShut<T>(open: () => Promise<T>): Promise<T> {
    try {
      return await open();
    } catch (error) {
      // Others may have better luck; what else fails now is no news.
      await this.#shut().catch(() => undefined);
      throw error;
    }
  }

  async #enter(): Promise<void> {
    if (this.#lock !== null) return;
    await makeDurableDirectory(this.#clock, this.#disk, this.#directory);
    this.#lock = await promised<DirectoryLock>(this.#clock, (done) => this.#disk.lock(this.#directory, done));
  }

  async #recover(events: StorageEvents): Promise<Recovered> {
    const [clock, disk, directory] = [this.#clock, this.#disk, this.#directory];
    await this.#enter();
    const names = await promised<readonly string[]>(clock, (done) => disk.list(directory, done));
    const snapshot = await this.#snapshots.open(names);
    const replay = await readLog(clock, disk, directory, names);
    const entries = entriesAfter(snapshot, replay, directory);
    // Until here nothing is changed: what is damaged stays as it was found.
    await promised<void>(clock, (done) => disk.syncDirectory(directory, done));
    for (const path of leftovers(directory, names)) await promised<void>(clock, (done) => disk.remove(path, done));
    const resumed = await resumeLog(clock, disk, directory, replay);
    await this.#startLog(events, replay, resumed, entries === 'stale' ? snapshot : null);
    await this.#dropNeedless();
    const { term, votedFor } = replay.image;
    const tornBytes = replay.segments.reduce((sum, segment) => sum + segment.tornBytes, 0);
    return { durable: { term, votedFor, snapshot, entries: entries === 'stale' ? [] : entries }, tornBytes };
  }

  /** Where it has to go on after a snapshot, that is durable as well when it is done. */
  async #startLog(
    events: StorageEvents,
    replay: LogReplay,
    resumed: Awaited<ReturnType<typeof resumeLog>>,
    restart: SnapshotMeta | null,
  ): Promise<void> {
    let reported = events;
    const log = new SegmentedLog(
      this.#clock,
      this.#disk,
      { directory: this.#directory, segmentBytes: this.#segmentBytes },
      { replay, resumed },
      this.#work,
      { durable: (write) => reported.durable(write), failed: (error) => reported.failed(error) },
    );
    this.#log = log;
    if (restart === null) return;
    const { term, votedFor } = replay.image;
    const { index } = restart;
    const restartAfter = { index, term: restart.term };
    await this.#clock.promise<void>((resolve, reject) => {
      reported = { durable: () => resolve(), failed: reject };
      log.append({ write: 0, term, votedFor, restartAfter, truncateFrom: null, entries: [] });
    });
    reported = events;
  }

  /** Removes what the stored snapshots make needless. */
  async #dropNeedless(): Promise<void> {
    await this.#snapshots.prune();
    await this.#log?.dropCovered(this.#snapshots.newestIndex);
  }

  async #shut(): Promise<void> {
    const [log, lock] = [this.#log, this.#lock];
    this.#log = null;
    this.#lock = null;
    await log?.close();
    await this.#snapshots.close();
    if (lock !== null) await promised<void>(this.#clock, (done) => lock.release(done));
  }
}

/** What earlier runs had not finished making, or removing. */
function leftovers(directory: string, names: readonly string[]): string[] {
  const drafts = [segmentDraftName, ...snapshotDraftNames].filter((name) => names.includes(name));
  const needed = newestRun(names);
  const needless = segmentNumbers(names).filter((number) => !needed.includes(number));
  return [...drafts.map((name) => `${directory}/${name}`), ...needless.map((number) => segmentPath(directory, number))];
}

/** The entries that follow the newest snapshot. Throws where something between the two is missing. */
function entriesAfter(snapshot: SnapshotMeta | null, replay: LogReplay, directory: string): Entry[] | 'stale' {
  const first = replay.segments[0];
  if (first === undefined && snapshot !== null) {
    throw logFile.damaged(directory, 0, `has a snapshot up to entry ${snapshot.index}, but no log beside it`);
  }
  const entries = replay.image.entriesAfter(snapshot);
  if (entries !== 'gap') return entries;
  const { index } = replay.image.start;
  throw logFile.damaged(
    first?.path ?? directory,
    0,
    `goes back to entry ${index + 1} only, and the newest snapshot is up to ${snapshot?.index ?? 0}: a file is missing`,
  );
}
