import type { Clock } from '../../../base/clock.ts';
import type { RequestClient } from '../../../base/requests.ts';
import type { NodeSettings } from '../../../node/settings.ts';

/** How the nodes of a system run in containers: what these are made of, how they are set up, and how they are called. */
export interface NodeProgram {
  readonly image: NodeImage;
  /** Where a node takes clients' connections, in its own network namespace. */
  readonly clientPort: number;
  /** The environment variables that a node's container is started with. */
  environment(settings: NodeSettings): Record<string, string>;
  /**
   * Makes the calls of the system's workloads, as src/node/client-api.ts has them, and `GET /status` at least with what
   * src/cluster/status.ts reports.
   */
  client(clock: Clock): RequestClient;
}

export interface NodeImage {
  /** Without the tag. */
  readonly name: string;
  /** In `node-image`. */
  readonly dockerfile: string;
  /** The compiled program that it starts, and the directories that go into it for that; all below `dist`. */
  readonly program: string;
  readonly directories: readonly string[];
}
