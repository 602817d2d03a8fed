// What networks, disks and clocks can be made to do, and what they count: words that whoever hurts them and whatever can be
// hurt have in common.

/** What a fault does to one direction between two hosts. A message is what one `write` has written. */
export interface LinkCondition {
  /** Beside the network's own latency. */
  readonly delay?: Delays;
  /** The share of messages, 0 to 1, that vanish. */
  readonly lossRatio?: number;
  /** The share that come twice, the second time a little later. */
  readonly duplicateRatio?: number;
  /** The share that are held back for up to 100 ms, while later ones pass. */
  readonly reorderRatio?: number;
  /** A queue before the link. A message that would wait in it for more than half a second is lost. */
  readonly bandwidthBytesPerS?: number;
}

/** What has become of the transmissions of a link so far. */
export interface LinkTraffic {
  /** Transmissions of every kind: those that open, acknowledge and end connections, and retransmissions, too. */
  readonly sent: number;
  /** Of these: lost to cuts. */
  readonly dropped: number;
  /** Of these: messages that left while the link was degraded, which alone can be lost, duplicated or reordered. */
  readonly messages: number;
  readonly lost: number;
  readonly duplicated: number;
  /** Messages that a later one of their connection has overtaken. */
  readonly reordered: number;
  /** Transmissions of every kind that were given extra delay, and how much, in sum. */
  readonly delayed: number;
  readonly delayedNs: number;
}

export type DiskOperationKind =
  | 'open'
  | 'read'
  | 'list'
  | 'make-directory'
  | 'rename'
  | 'remove'
  | 'sync-directory'
  | 'lock'
  | 'write'
  | 'truncate'
  | 'fdatasync'
  | 'close';

/** What a fault does to a disk. */
export type DiskImpairment =
  /** Whatever needs room fails with ENOSPC: a new name, a write beyond a file's end. What is there can be overwritten. */
  | { readonly kind: 'full' }
  /** This share (0 to 1) of these operations fails, without effect; a failed sync loses what it should have covered. */
  | {
      readonly kind: 'error';
      readonly code: 'EIO';
      readonly ratio: number;
      readonly operations: readonly DiskOperationKind[];
    }
  | { readonly kind: 'slow'; readonly operations: readonly DiskOperationKind[]; readonly extra: Delays };

/** What a disk has done so far. */
export interface DiskCounters {
  /** Calls of processes. */
  readonly operations: number;
  /** Of these, failed with that code. */
  readonly refused: { readonly ENOSPC: number; readonly EIO: number };
  /** Of these, made slower by an impairment and done, and how long they took, in sum. */
  readonly slowed: number;
  readonly slowedNs: number;
  /** Of these, syncs that nothing slowed and that are done, and how long they took, in sum. */
  readonly soundSyncs: number;
  readonly soundSyncsNs: number;
  readonly flippedBits: number;
  /** Changes of files and names that were not synced and went with the power. */
  readonly lostWrites: number;
  /** Writes that were not synced and of which the power left some sectors. */
  readonly tornWrites: number;
}

export interface ClockChange {
  /** From now on the clock goes this many times as fast as true time. */
  readonly rate?: number;
  /** By how much the wall clock jumps now, forth or back. */
  readonly jumpMs?: number;
}

/** How long something takes, in whole nanoseconds, drawn anew each time. No logarithms: the same bits on every engine. */
export type Delays =
  | { readonly kind: 'constant'; readonly ns: number }
  /** Both ends included. */
  | { readonly kind: 'uniform'; readonly minNs: number; readonly maxNs: number }
  /** `minNs` and an exponential of that mean beside it; what is beyond `maxNs` becomes `maxNs`. */
  | { readonly kind: 'exponential'; readonly minNs: number; readonly meanNs: number; readonly maxNs: number }
  /** A heavy tail, the bounded Pareto of alpha 1: of what takes x or more, half takes 2x or more. `minNs` is above 0. */
  | { readonly kind: 'pareto'; readonly minNs: number; readonly maxNs: number };
