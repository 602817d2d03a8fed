import { assert } from '../../base/assert.ts';
import { type Clock, promised } from '../../base/clock.ts';
import { type Disk, type DiskFile, makeDurableDirectory } from '../../base/disk.ts';
import { asChaosError, ChaosError } from '../../base/errors.ts';
import { type Callback, failure, type Outcome, success } from '../../base/outcome.ts';
import type { Entry, Write } from '../protocol/types.ts';
import { encodeRecord, recordAt, recordHeaderBytes } from './log-records.ts';
import type { Recovered, Storage, StorageEvents } from './storage.ts';

const magic = new TextEncoder().encode('RAFTLOG1');

/**
 * A durable log in one file, `raft.log`. Writes given while the disk is busy are written together and synced once (group
 * commit). A write that fails is never tried again: after a failed fdatasync nobody knows what the disk holds, so the log
 * reports `failed` and takes no more.
 */
export class WriteAheadLog implements Storage {
  readonly #clock: Clock;
  readonly #disk: Disk;
  readonly #directory: string;
  readonly #path: string;
  #file: DiskFile | null = null;
  #events: StorageEvents | null = null;
  #end = 0;
  #waiting: Write[] = [];
  #busy = false;
  #stopped = false;

  constructor(clock: Clock, disk: Disk, directory: string) {
    this.#clock = clock;
    this.#disk = disk;
    this.#directory = directory;
    this.#path = `${directory}/raft.log`;
  }

  open(events: StorageEvents, done: Callback<Recovered>): void {
    this.#events = events;
    this.#open().then(
      (recovered) => done(success(recovered)),
      (error: unknown) => done(failure(asChaosError(error, this.#path))),
    );
  }

  append(write: Write): void {
    assert(this.#file !== null, 'the log is open');
    if (this.#stopped) return;
    this.#waiting.push(write);
    if (!this.#busy) this.#commitGroup(this.#file);
  }

  close(done: Callback<void>): void {
    this.#stopped = true;
    if (this.#file === null) this.#clock.setTimer(0, () => done(success(undefined)));
    else this.#file.close(done);
  }

  #commitGroup(file: DiskFile): void {
    const group = this.#waiting;
    const last = group.at(-1);
    if (last === undefined) return;
    this.#waiting = [];
    this.#busy = true;
    const record = encodeRecord(group);
    file.write(this.#end, record, (written) => {
      if (!this.#goesOn(written)) return;
      this.#end += record.length;
      file.fdatasync((synced) => {
        if (!this.#goesOn(synced)) return;
        this.#busy = false;
        this.#events?.durable(last.write);
        if (!this.#busy && !this.#stopped) this.#commitGroup(file);
      });
    });
  }

  #goesOn(outcome: Outcome<void>): boolean {
    if (this.#stopped) return false;
    if (!outcome.ok) {
      this.#stopped = true;
      this.#events?.failed(outcome.error);
    }
    return outcome.ok;
  }

  async #open(): Promise<Recovered> {
    const clock = this.#clock;
    const disk = this.#disk;
    await makeDurableDirectory(clock, disk, this.#directory);
    const found = await promised<Uint8Array | null>(clock, (done) => disk.readFile(this.#path, done));
    const file = await promised<DiskFile>(clock, (done) => disk.open(this.#path, done));
    this.#file = file;
    // Shorter than its magic, the file was being made when the node died, and nothing had been promised on it.
    if (found === null || found.length < magic.length) {
      await promised<void>(clock, (done) => file.truncate(0, done));
      await promised<void>(clock, (done) => file.write(0, magic, done));
      await promised<void>(clock, (done) => file.fdatasync(done));
      await this.#syncName();
      this.#end = magic.length;
      return { durable: { term: 0, votedFor: null, entries: [] }, tornBytes: 0 };
    }
    const replayed = replay(found, this.#path);
    this.#end = replayed.end;
    if (replayed.tornBytes > 0) {
      await promised<void>(clock, (done) => file.truncate(replayed.end, done));
    }
    // The last record may stand in the page cache only, and after a failed sync the kernel takes even that for written: it
    // is written again, with the same bytes, and relied on once that is synced. Those before it had been synced.
    const last = found.slice(replayed.lastStart, replayed.end);
    await promised<void>(clock, (done) => file.write(replayed.lastStart, last, done));
    await promised<void>(clock, (done) => file.fdatasync(done));
    await this.#syncName();
    return { durable: replayed.durable, tornBytes: replayed.tornBytes };
  }

  /** The file's name is durable only when its directory is synced: the run that made the file may have died before. */
  #syncName(): Promise<void> {
    return promised<void>(this.#clock, (done) => this.#disk.syncDirectory(this.#directory, done));
  }
}

/** Where the last record of a log's file begins: damage before it is told from a write that was torn. 0 for none. */
export function lastRecordStart(file: Uint8Array): number {
  return file.length < magic.length ? 0 : replay(file, 'the log').lastStart;
}

interface Replayed extends Recovered {
  readonly end: number;
  /** Where the last record begins; 0 where there is none. */
  readonly lastStart: number;
}

function replay(file: Uint8Array, path: string): Replayed {
  if (magic.some((byte, at) => file[at] !== byte)) {
    throw corrupt(path, 0, 'is no log of this version: it begins with other bytes');
  }
  let term = 0;
  let votedFor: string | null = null;
  const entries: Entry[] = [];
  let offset = magic.length;
  let lastStart = 0;
  for (;;) {
    const record = recordAt(file, offset);
    if (record.kind === 'end') break;
    if (record.kind === 'bad') {
      if (anyRecordAfter(file, offset)) throw corrupt(path, offset, 'has a bad record before good ones');
      break;
    }
    for (const write of record.writes) {
      ({ term, votedFor } = write);
      if (write.truncateFrom !== null) entries.length = write.truncateFrom - 1;
      for (const entry of write.entries) entries.push(entry);
    }
    lastStart = offset;
    offset = record.end;
  }
  return { durable: { term, votedFor, entries }, end: offset, lastStart, tornBytes: file.length - offset };
}

/** Whether a whole record stands anywhere behind a bad one: then the bad one is not the torn end of the log. */
function anyRecordAfter(file: Uint8Array, offset: number): boolean {
  for (let at = offset + 1; at + recordHeaderBytes < file.length; at++) {
    if (recordAt(file, at).kind === 'record') return true;
  }
  return false;
}

function corrupt(path: string, offset: number, what: string): ChaosError {
  return new ChaosError('corrupt-log', `${path} ${what} (offset ${offset})`, {
    remedy:
      'The node does not start on a damaged log. Restore the file, or empty the directory of this node and let it catch up anew under a new name.',
  });
}
