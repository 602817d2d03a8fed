import type { Random } from '../base/random.ts';
import type { Cluster, FaultKind } from '../cluster/cluster.ts';

/**
 * A nemesis hurts the cluster again and again. It chooses each fault anew, and a choice is resolved to its targets, so
 * that the history can say what was done and a later run can do the same.
 */
export interface Nemesis {
  readonly name: FaultKind;
  readonly schedule: Schedule;
  choose(cluster: Cluster): Promise<FaultTarget>;
}

/**
 * Each fault lasts `forMs`, and on average they begin `everyMs` apart: the healthy gaps between them, the first included,
 * are drawn from half to one and a half of their mean, so that several nemeses do not keep step.
 */
export interface Schedule {
  readonly everyMs: number;
  readonly forMs: number;
}

/** What is done to whom, resolved and as JSON: with its kind enough to do the same again. */
export type FaultTarget = Readonly<Record<string, unknown>>;

/** A fault that is aimed at a cluster, to be put in force and undone once each. */
export interface Fault {
  /** In words, for reports: `n1 n2 | n3 n4 n5`. */
  readonly description: string;
  /** Whether a majority of the nodes can still talk and work, so that clients of some node must succeed. */
  readonly leavesQuorum: boolean;
  /** The nodes that it keeps from working, or cuts off from the largest group. */
  readonly hit: readonly string[];
  /** The one node through which alone the others can work together; absent where they need no such. */
  readonly hub?: string;
  /** Puts it in force; `fault` names it towards the cluster. */
  inject(fault: string): Promise<Evidence>;
  /** Undoes it. */
  heal(fault: string): Promise<Evidence>;
}

/** What others than the injector saw of a fault. */
export interface Evidence {
  readonly evidence: readonly string[];
  readonly effective: boolean;
  /** Of a heal: it could not undo the fault, which goes on. */
  readonly stillInForce?: true;
  /** What was observed, as JSON. */
  readonly observed: Readonly<Record<string, unknown>>;
}

/** A kind of nemesis, as `raft-chaos list nemeses` shows it. */
export interface NemesisKind {
  readonly name: FaultKind;
  readonly summary: string;
  /** The options it takes after colons, with what they mean. */
  readonly options: Readonly<Record<string, string>>;
  /** Makes one from its options. Throws a UsageError for a value that it does not take. */
  create(options: NemesisOptions, context: NemesisContext): Nemesis;
  /** Whether faults of this kind can be injected into such a cluster. */
  isInjectable(cluster: Cluster): boolean;
  /** The fault that a target of this kind stands for. Throws a UsageError for what is no such target. */
  aim(target: FaultTarget, cluster: Cluster): Fault;
  /** Options of its own at random, for a swarm; null where a cluster of so many nodes cannot be hurt in this way. */
  draw(random: Random, nodeCount: number): Readonly<Record<string, string>> | null;
}

export interface NemesisContext {
  readonly random: Random;
  readonly nodes: readonly string[];
}

/** Options as given, by name; every name is one of the kind's. */
export type NemesisOptions = ReadonlyMap<string, string>;
