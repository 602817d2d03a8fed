import type { Clock } from '../base/clock.ts';
import type { Callback } from '../base/outcome.ts';
import type { ApiRequest, ApiResponse } from '../base/requests.ts';

/** A directed link: what `from` sends to `to`. */
export interface Link {
  readonly from: string;
  readonly to: string;
}

/** How many packets (messages, in a simulation) a cut link has dropped, as the kernel of the receiving or sending node counts them. */
export interface DroppedOnLink extends Link {
  readonly packets: number;
}

/** What a node was asked to be when the cluster was made. */
export interface ClusterOptions {
  readonly runId: string;
  readonly nodes: readonly string[];
  /** A planted bug that the nodes switch on, or null. */
  readonly bug: string | null;
  /** Seed of whatever the nodes draw: election time-outs. */
  readonly seed: number;
}

/** Facts for `test.json`: versions, image digests, addresses. */
export type ClusterFacts = Readonly<Record<string, unknown>>;

/**
 * The port "a cluster of nodes that can be hurt". Workloads, nemeses and the controller know only this; Docker and the
 * simulator stand behind it. Promises reject with a ChaosError.
 */
export interface Cluster {
  readonly backend: 'docker' | 'sim';
  readonly nodes: readonly string[];
  /** The clock that the run is timed by. */
  readonly clock: Clock;

  /** Makes the nodes and waits until each answers its client API. */
  start(): Promise<ClusterFacts>;
  /** A client call to one node. Callbacks, not promises: this is the hot path. */
  call(node: string, request: ApiRequest, timeoutMs: number, done: Callback<ApiResponse>): void;

  /** Drops everything on these links until `heal` of the same fault. Cuts of several faults add up. */
  cut(fault: string, links: readonly Link[]): Promise<void>;
  heal(fault: string): Promise<void>;
  /** Undoes every fault that is still in force. */
  healAll(): Promise<void>;

  /** What the links that are cut now have dropped since each was cut. */
  dropped(): Promise<readonly DroppedOnLink[]>;
  /** Tries every directed link with a connection of its own, beside the nodes' own; the ones that got through. */
  probe(): Promise<readonly Link[]>;

  /** Writes what each node left (standard output, `trace.jsonl`) to `directory/<node>/`; works after the nodes died. */
  collect(directory: string): Promise<void>;
  /** Removes everything the cluster made. May be called at any time, more than once, also after a failed start. */
  stop(): Promise<void>;
}
