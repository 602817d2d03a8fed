import type { Configuration, Entry } from '../../raft/protocol/entries.ts';
import type { Step } from '../../raft/protocol/events.ts';
import type { recover } from '../../raft/protocol/step.ts';
import type { NetworkKind } from '../actors/actor.ts';
import type { Disk } from './disk.ts';

/** What the model lets happen: the smaller, the sooner everything has been seen. */
export interface RaftScope {
  readonly nodes: number;
  /** How many of the nodes, the first ones, are members at first; the others are there to be added. */
  readonly members: number;
  readonly network: NetworkKind;
  readonly lossy: boolean;
  /** How many messages clients broadcast, and how many reads they ask for, all in all, each of any node. */
  readonly broadcasts: number;
  readonly reads: number;
  /** How many messages a client broadcasts in a session, which is open from the start; each may be sent again, to any node. */
  readonly retries: number;
  /** How many snapshots nodes take of their own. */
  readonly snapshots: number;
  /** What clients may ask the members to become, one after the other. */
  readonly changes: readonly Configuration[];
  /** How often a leader may be asked to hand its office over, within one term of it. */
  readonly transfers: number;
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
  /** How many entries a message carries at most, and how many a node keeps in memory before a snapshot. */
  readonly entriesPerMessage: number;
  readonly keptEntries: number;
  readonly preVote: boolean;
  readonly checkQuorum: boolean;
  /** How it begins where not with empty disks. */
  readonly beginning: Beginning | null;
  readonly symmetry: boolean;
  /** What raft-lite's model has, and nothing more: see `raftLite`. */
  readonly compat: 'raft-lite' | null;
}

/** A shorter way to a late event: what some run may leave. */
export interface Beginning {
  /** By node. */
  readonly disks: readonly Disk[];
  /** What has been committed, as far as that cannot be told from what nodes commit later: what snapshots stand for. */
  readonly committed: readonly Entry[];
}

/** The protocol, or a mutant of it. */
export interface Protocol {
  readonly step: Step;
  readonly recover: typeof recover;
}

export const defaultScope: RaftScope = {
  nodes: 3,
  members: 3,
  network: 'unordered-nonduplicating',
  lossy: false,
  broadcasts: 1,
  reads: 0,
  retries: 0,
  snapshots: 0,
  changes: [],
  transfers: 0,
  crashes: 1,
  recovers: true,
  lostWrites: true,
  maxTerm: 2,
  heartbeats: 0,
  entriesPerMessage: 4,
  keptEntries: 0,
  preVote: false,
  checkQuorum: false,
  beginning: null,
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
    members: nodes,
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

export function nodeNames(count: number): string[] {
  return Array.from({ length: count }, (_, id) => `n${id + 1}`);
}

/** The members at first. The protocol does not look into addresses. */
export function initialMembers({ members }: RaftScope): Configuration {
  return nodeNames(members).map((id) => ({ id, address: '', standing: 'voter' }));
}

/** Where a client has a session, it was opened in term 1, by the second entry of the log of every member. */
export function beginningOf(scope: RaftScope): Beginning | null {
  if (scope.beginning !== null || scope.retries === 0) return scope.beginning;
  const log = { logStart: { index: 0, term: 0 }, entries: openedSession, snapshots: [] };
  const none = { ...log, term: 0, votedFor: null, entries: [] };
  const disks = nodeNames(scope.nodes).map((_, at) =>
    at < scope.members ? { ...log, term: 1, votedFor: 'n1' } : none,
  );
  return { disks, committed: [] };
}

const openedSession: readonly Entry[] = [
  { kind: 'noop', term: 1 },
  { kind: 'session', term: 1 },
];
export const sessionId = 2;
