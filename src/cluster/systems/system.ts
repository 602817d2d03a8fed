import type { Clock } from '../../base/clock.ts';
import type { RequestClient } from '../../base/requests.ts';
import type { NodeSettings } from '../../node/settings.ts';
import type { Cluster } from '../cluster.ts';

/** What the nodes of a cluster run: where it can, what their containers are made of, how they are set up and called. */
export interface System {
  readonly name: string;
  readonly summary: string;
  /** The simulator runs only what keeps to the ports of src/base. */
  readonly backends: readonly Cluster['backend'][];
  /** The workloads whose calls its client can make; the first unless another one is asked for. */
  readonly workloads: readonly string[];
  /** Whether its nodes have the planted bugs. */
  readonly hasBugs: boolean;
  readonly image: SystemImage;
  /** Where a node takes clients' connections, in its own network namespace. */
  readonly clientPort: number;
  /** The environment variables that a node's container is started with. */
  environment(settings: NodeSettings): Record<string, string>;
  /**
   * Makes the calls of the workloads, as src/node/client-api.ts has them, and `GET /status` at least with what
   * src/cluster/status.ts reports.
   */
  client(clock: Clock): RequestClient;
}

export interface SystemImage {
  /** Without the tag. */
  readonly name: string;
  /** In `node-image`. */
  readonly dockerfile: string;
  /** The compiled program that it starts, and the directories that go into it for that; all below `dist`. */
  readonly program: string;
  readonly directories: readonly string[];
}
