import { type Clock, promised } from '../../src/base/clock.ts';
import type { ChaosError } from '../../src/base/errors.ts';
import type { Random } from '../../src/base/random.ts';
import type { Configuration, Entry, SnapshotMeta } from '../../src/raft/protocol/entries.ts';
import type { Write } from '../../src/raft/protocol/events.ts';
import type { DurableState, LogStart } from '../../src/raft/protocol/state.ts';
import type { Recovered, SnapshotPiece, Storage } from '../../src/raft/storage/storage.ts';

const encoder = new TextEncoder();

export const empty: DurableState = { term: 0, votedFor: null, snapshot: null, entries: [] };

export function message(term: number, text = 'm'): Entry {
  return { kind: 'message', term, payload: encoder.encode(text), stamp: null };
}

export function writing(write: number, change: Partial<Write>): Write {
  return { write, term: 1, votedFor: 'a', restartAfter: null, truncateFrom: null, entries: [], ...change };
}

export function appending(write: number, ...entries: Entry[]): Write {
  return writing(write, { term: entries.at(-1)?.term ?? 1, entries });
}

const members: Configuration = [
  { id: 'a', address: 'a:1', standing: 'voter' },
  { id: 'b', address: 'b:1', standing: 'learner' },
];

export function snapshotOf(index: number, term: number, change: Partial<SnapshotMeta> = {}): SnapshotMeta {
  return { index, term, position: index, configuration: members, sessions: [], ...change };
}

/** An entry of each kind. */
export function everyEntry(term: number): Entry[] {
  return [
    { kind: 'noop', term },
    { kind: 'session', term },
    {
      kind: 'message',
      term,
      payload: new Uint8Array([0, 255, 1]),
      stamp: { session: 2, sequence: 3, acknowledged: 1 },
    },
    { kind: 'configuration', term, configuration: members },
    message(term, ''),
  ];
}

/** A storage that has been opened, with what it has reported since, and its calls as promises. */
export class Life {
  readonly storage: Storage;
  readonly durable: number[] = [];
  readonly failed: ChaosError[] = [];
  readonly #clock: Clock;
  #waiting: { readonly write: number; readonly resolve: () => void }[] = [];

  constructor(clock: Clock, storage: Storage) {
    this.#clock = clock;
    this.storage = storage;
  }

  open(): Promise<Recovered> {
    const events = {
      durable: (write: number) => {
        this.durable.push(write);
        const done = this.#waiting.filter((one) => one.write <= write);
        this.#waiting = this.#waiting.filter((one) => one.write > write);
        for (const { resolve } of done) resolve();
      },
      failed: (error: ChaosError) => void this.failed.push(error),
    };
    return promised<Recovered>(this.#clock, (done) => this.storage.open(events, done));
  }

  /** Gives the writes at once, and waits until the last is durable. */
  commit(...writes: readonly Write[]): Promise<void> {
    for (const write of writes) this.storage.append(write);
    const last = writes.at(-1)?.write ?? 0;
    return this.#clock.promise((resolve) => void this.#waiting.push({ write: last, resolve }));
  }

  save(snapshot: SnapshotMeta, data: Uint8Array): Promise<void> {
    return promised<void>(this.#clock, (done) => this.storage.saveSnapshot(snapshot, data, done));
  }

  receive(snapshot: SnapshotMeta, offset: number, data: Uint8Array, last: boolean): Promise<void> {
    return promised<void>(this.#clock, (done) => this.storage.receiveSnapshot({ snapshot, offset, data, last }, done));
  }

  read(index: number, offset: number, maxBytes: number): Promise<SnapshotPiece | null> {
    return promised<SnapshotPiece | null>(this.#clock, (done) =>
      this.storage.readSnapshot(index, offset, maxBytes, done),
    );
  }

  /** All of a snapshot's data, in pieces of at most so many bytes; null where it is not kept. */
  async readAll(index: number, maxBytes: number): Promise<number[] | null> {
    const data: number[] = [];
    for (;;) {
      const piece = await this.read(index, data.length, maxBytes);
      if (piece === null) return null;
      data.push(...piece.data);
      if (piece.last) return data;
    }
  }

  close(): Promise<void> {
    return promised<void>(this.#clock, (done) => this.storage.close(done));
  }
}

export function bytes(length: number, salt = 0): Uint8Array {
  return Uint8Array.from({ length }, (_, at) => (at * 7 + salt + (at >> 8)) & 0xff);
}

/** What storage holds and may be asked for, as the contract has it: without files. */
export interface Contents {
  readonly term: number;
  readonly votedFor: string | null;
  readonly start: LogStart;
  readonly entries: readonly Entry[];
  /** All that were ever stored, the newest last. */
  readonly snapshots: readonly SnapshotMeta[];
}

export const nothing: Contents = {
  ...{ term: 0, votedFor: null, start: { index: 0, term: 0 } },
  ...{ entries: [], snapshots: [] },
};

export function applied(contents: Contents, { term, votedFor, restartAfter, truncateFrom, entries }: Write): Contents {
  const start = restartAfter ?? contents.start;
  const old = restartAfter === null ? contents.entries : [];
  const kept = truncateFrom === null ? old : old.slice(0, truncateFrom - 1 - start.index);
  return { ...contents, term, votedFor, start, entries: [...kept, ...entries] };
}

/** What is to be recovered of it. */
export function recovered({ term, votedFor, start, entries, snapshots }: Contents): DurableState {
  const snapshot = snapshots.reduce<SnapshotMeta | null>(
    (newest, one) => (newest === null || one.index > newest.index ? one : newest),
    null,
  );
  if (snapshot === null) return { term, votedFor, snapshot, entries };
  const place = snapshot.index - start.index;
  const own = place === 0 ? start.term : entries[place - 1]?.term;
  return { term, votedFor, snapshot, entries: own === snapshot.term ? entries.slice(place) : [] };
}

/** A state as text, for a comparison that is quick. */
export function textOf({ term, votedFor, snapshot, entries }: DurableState): string {
  const plain = entries.map((entry) =>
    entry.kind === 'message' ? { ...entry, payload: Buffer.from(entry.payload).toString('latin1') } : entry,
  );
  return JSON.stringify([term, votedFor, snapshot, plain]);
}

/** What a node might write next, having these contents. */
export function drawWrite(random: Random, write: number, contents: Contents): Write {
  const term = Math.max(1, contents.term + (random.integer(0, 3) === 0 ? 1 : 0));
  const votedFor = random.pick(['', 'a', 'b', 'a-node-with-a-long-name']) || null;
  const newest = contents.snapshots.at(-1)?.index ?? 0;
  const lastIndex = contents.start.index + contents.entries.length;
  // What a snapshot covers is committed, and never truncated.
  const first = Math.max(contents.start.index, newest) + 1;
  const truncateFrom = lastIndex >= first && random.integer(0, 3) === 0 ? random.integer(first, lastIndex) : null;
  const entries = Array.from({ length: random.integer(0, 3) }, () => {
    const kind = random.integer(0, 5);
    if (kind === 0) return { kind: 'noop', term } as const;
    if (kind === 1) return { kind: 'session', term } as const;
    return message(term, String.fromCharCode(97 + random.integer(0, 25)).repeat(random.pick([0, 1, 20, 120, 600])));
  });
  return { write, term, votedFor, restartAfter: null, truncateFrom, entries };
}
