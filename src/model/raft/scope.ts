import type { recover } from '../../raft/protocol/step.ts';
import type { DurableState, Step } from '../../raft/protocol/types.ts';
import type { NetworkKind } from '../actors/actor.ts';

/** What the model lets happen: the smaller, the sooner everything has been seen. */
export interface RaftScope {
  readonly nodes: number;
  readonly network: NetworkKind;
  readonly lossy: boolean;
  /** How many messages clients broadcast, and how many reads they ask for, all in all, each of any node. */
  readonly broadcasts: number;
  readonly reads: number;
  /** How many crashes there may be, and whether a node starts again after one. */
  readonly crashes: number;
  readonly recovers: boolean;
  /**
   * Whether the disk takes its time, so that a crash may lose what was written last; else everything is durable as soon as it
   * is written.
   */
  readonly lostWrites: boolean;
  /** No election begins a term beyond this one. */
  readonly maxTerm: number;
  /** How often leaders may send heartbeats, each within one term of office. */
  readonly heartbeats: number;
  /** How many entries a message carries at most. */
  readonly entriesPerMessage: number;
  /** What the disks hold at first, by node, as some run may leave them; null for nothing. A shorter way to a late event. */
  readonly disks: readonly DurableState[] | null;
  readonly symmetry: boolean;
  /** What raft-lite's model has, and nothing more: see `raftLite`. */
  readonly compat: 'raft-lite' | null;
}

/** The protocol, or a mutant of it. */
export interface Protocol {
  readonly step: Step;
  readonly recover: typeof recover;
}

export const defaultScope: RaftScope = {
  nodes: 3,
  network: 'unordered-nonduplicating',
  lossy: false,
  broadcasts: 1,
  reads: 0,
  crashes: 1,
  recovers: true,
  lostWrites: true,
  maxTerm: 2,
  heartbeats: 0,
  entriesPerMessage: 4,
  disks: null,
  symmetry: false,
  compat: null,
};

/**
 * The nondeterminism of the model of raft-lite 0.2.7: one broadcast of each node, handed in when the node would take it; as
 * many crashes as leave a majority, for good; nothing is ever lost from a disk; and a timer that has fired is set again only
 * by something else, so that a candidate does not stand twice in a row and a leader sends one heartbeat.
 */
export function raftLite(nodes: number, network: NetworkKind, symmetry: boolean): RaftScope {
  return {
    ...defaultScope,
    nodes,
    network,
    broadcasts: nodes,
    crashes: Math.floor((nodes - 1) / 2),
    recovers: false,
    lostWrites: false,
    maxTerm: Number.POSITIVE_INFINITY,
    heartbeats: Number.POSITIVE_INFINITY,
    symmetry,
    compat: 'raft-lite',
  };
}
