import type { Random } from '../base/random.ts';
import type { Cluster } from '../cluster/cluster.ts';

/**
 * A nemesis hurts the cluster again and again. It chooses each fault anew; a chosen fault is resolved to its targets, so
 * that the history can say what was done and a later run can do the same.
 */
export interface Nemesis {
  readonly name: string;
  readonly schedule: Schedule;
  choose(cluster: Cluster): Promise<ChosenFault>;
}

/**
 * Each fault lasts `forMs`, and on average they begin `everyMs` apart: the healthy gaps between them, the first included,
 * are drawn from half to one and a half of their mean, so that several nemeses do not keep step.
 */
export interface Schedule {
  readonly everyMs: number;
  readonly forMs: number;
}

export interface ChosenFault {
  /** In words, for reports: `n1 n2 | n3 n4 n5`. */
  readonly description: string;
  /** Whether a majority of the nodes can still talk and work, so that clients of some node must succeed. */
  readonly leavesQuorum: boolean;
  /** The nodes that it keeps from working, or cuts off from the largest group. */
  readonly hit: readonly string[];
  /** The resolved choice, as JSON. */
  readonly target: Readonly<Record<string, unknown>>;
  /** Puts it in force; `fault` names it towards the cluster. */
  inject(fault: string): Promise<Evidence>;
  /** Undoes it. */
  heal(fault: string): Promise<Evidence>;
}

/** What others than the injector saw of a fault. */
export interface Evidence {
  readonly evidence: readonly string[];
  readonly effective: boolean;
  /** What was observed, as JSON. */
  readonly observed: Readonly<Record<string, unknown>>;
}

/** A kind of nemesis, as `raft-chaos list nemeses` shows it. */
export interface NemesisKind {
  readonly name: string;
  readonly summary: string;
  /** The options it takes after colons, with what they mean. */
  readonly options: Readonly<Record<string, string>>;
  /** Makes one from its options. Throws a UsageError for a value that it does not take. */
  create(options: NemesisOptions, context: NemesisContext): Nemesis;
}

export interface NemesisContext {
  readonly random: Random;
  readonly nodes: readonly string[];
}

/** Options as given, by name; every name is one of the kind's. */
export type NemesisOptions = ReadonlyMap<string, string>;
