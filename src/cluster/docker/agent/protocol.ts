/**
 * What the controller and a pod's agent say to each other: one JSON object a line, requests on the agent's standard
 * input, replies with the same `id` on its standard output, in any order. Nodes are IPv4 addresses here; the agent knows
 * no names.
 */
export interface AgentCalls {
  /** Answers once the packet filter is set up: what the pod consists of and what it drops now. */
  state: { params: object; answer: AgentState };
  /**
   * Drop everything from the `inbound` addresses and everything to the `outbound` ones, and nothing else. One
   * transaction of the kernel; an address that stays cut keeps its counter.
   */
  cut: { params: CutAddresses; answer: null };
  /** The kernel's count of the packets dropped, by address that is cut now, since it was cut. */
  dropped: { params: object; answer: DroppedCounts };
  /**
   * Send datagrams of this round to the peers for `waitMs` milliseconds. Answers when that time is over, or as soon as
   * every peer's own have come in.
   */
  probe: {
    params: { readonly round: number; readonly peers: readonly string[]; readonly waitMs: number };
    answer: null;
  };
  /** The addresses from which a datagram of this round has come in. */
  heard: { params: { readonly round: number }; answer: readonly string[] };
  /** Signal every process of the node. Answers how many there were, once they are seen to have stopped or gone on. */
  signal: { params: { readonly signal: NodeSignal }; answer: number };
  /** Look at the node's process, and try a connection to a port of it for `waitMs` milliseconds. */
  observe: {
    params: { readonly address: string; readonly port: number; readonly waitMs: number };
    answer: Sighting;
  };
}

export type NodeSignal = 'SIGSTOP' | 'SIGCONT' | 'SIGKILL';

export interface Sighting {
  /** The node's first process; null where there is none. */
  readonly process: ProcessSighting | null;
  readonly connection: 'accepted' | 'refused' | 'timeout';
}

export interface ProcessSighting {
  /** In the namespace of the pod. */
  readonly pid: number;
  readonly paused: boolean;
  /** As the kernel puts it: `S (sleeping)`, `T (stopped)`, `frozen: D (disk sleep) in __refrigerator`. */
  readonly detail: string;
}

export interface CutAddresses {
  readonly inbound: readonly string[];
  readonly outbound: readonly string[];
}

export interface DroppedCounts {
  readonly inbound: Readonly<Record<string, number>>;
  readonly outbound: Readonly<Record<string, number>>;
}

export interface AgentState extends CutAddresses {
  /** `process.version` of the Node.js in the image, which the node's image has from the same base. */
  readonly nodeVersion: string;
  readonly kernel: string;
  /** What `nft --version` prints. */
  readonly nft: string;
}

export type AgentOperation = keyof AgentCalls;
export type AgentRequest = {
  [Op in AgentOperation]: { readonly id: number; readonly op: Op } & AgentCalls[Op]['params'];
}[AgentOperation];

export type AgentReply =
  | { readonly id: number; readonly ok: true; readonly answer: unknown }
  | {
      readonly id: number;
      readonly ok: false;
      readonly code: string;
      readonly message: string;
      readonly remedy: string | null;
    };

/** The UDP port of the agents' probes, in the namespace that the node's own ports are in too. */
export const probePort = 7999;
