import type { Entry, SnapshotMeta } from '../../raft/protocol/entries.ts';
import type { Write } from '../../raft/protocol/events.ts';
import type { DurableState, LogStart } from '../../raft/protocol/state.ts';

/** What a node's disk holds: see raft/storage/storage.ts. */
export interface Disk {
  readonly term: number;
  readonly votedFor: string | null;
  /** The log goes on after this entry, which a stored snapshot covers. */
  readonly logStart: LogStart;
  readonly entries: readonly Entry[];
  /** The newest two, the older one first. */
  readonly snapshots: readonly StoredSnapshot[];
}

export interface StoredSnapshot {
  readonly snapshot: SnapshotMeta;
  /** The state of the application: see `dataOf`. */
  readonly data: Uint8Array;
}

export const emptyDisk: Disk = {
  term: 0,
  votedFor: null,
  logStart: { index: 0, term: 0 },
  entries: [],
  snapshots: [],
};

/** What is on the disk once this write is. */
export function applyWrite(
  disk: Disk,
  { term, votedFor, restartAfter, truncateFrom, entries }: Omit<Write, 'write'>,
): Disk {
  if (restartAfter !== null) return compacted({ ...disk, term, votedFor, logStart: restartAfter, entries });
  const kept =
    truncateFrom === null ? disk.entries : disk.entries.slice(0, Math.max(0, truncateFrom - 1 - disk.logStart.index));
  return compacted({ ...disk, term, votedFor, entries: [...kept, ...entries] });
}

/** What is on the disk once this snapshot is. */
export function storeSnapshot(disk: Disk, { snapshot, data }: StoredSnapshot): Disk {
  const others = disk.snapshots.filter((stored) => stored.snapshot.index !== snapshot.index);
  const snapshots = [...others, { snapshot, data }].sort((a, b) => a.snapshot.index - b.snapshot.index).slice(-2);
  return compacted({ ...disk, snapshots });
}

/** What a node finds there when it starts: see `Recovered` of raft/storage/storage.ts. */
export function recovered(disk: Disk): Disk {
  const newest = disk.snapshots.at(-1)?.snapshot;
  if (newest === undefined || isAt(disk, newest)) return disk;
  const { index, term } = newest;
  return { ...disk, logStart: { index, term }, entries: [] };
}

/** Why a node cannot start from there, if so. */
export function faultOf({ logStart, snapshots }: Disk): string | null {
  const lacks = logStart.index > 0 && snapshots.length === 0;
  return lacks ? `its log goes on after entry ${logStart.index}, and the snapshot up to there is not stored` : null;
}

export function durableStateOf({ term, votedFor, entries, snapshots }: Disk): DurableState {
  return { term, votedFor, snapshot: snapshots.at(-1)?.snapshot ?? null, entries };
}

/** What the newest snapshot covers of the log goes, where the log has got so far. */
function compacted(disk: Disk): Disk {
  const newest = disk.snapshots.at(-1)?.snapshot;
  if (newest === undefined || newest.index <= disk.logStart.index) return disk;
  const { index, term } = newest;
  const at = index - disk.logStart.index;
  if (disk.entries[at - 1]?.term !== term) return disk;
  return { ...disk, logStart: { index, term }, entries: disk.entries.slice(at) };
}

function isAt({ logStart }: Disk, { index, term }: LogStart): boolean {
  return logStart.index === index && logStart.term === term;
}

/** An application is the list of the messages that it was delivered, by number, with an end: two pieces for one message. */
export function dataOf(messages: readonly number[]): Uint8Array {
  return Uint8Array.of(...messages, 0);
}

export function messagesIn(data: Uint8Array): number[] {
  return [...data.subarray(0, -1)];
}
