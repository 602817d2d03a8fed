import type { Clock } from '../base/clock.ts';
import type { ClockChange, DiskCounters, DiskImpairment, LinkCondition, LinkTraffic } from '../base/conditions.ts';
import type { Callback } from '../base/outcome.ts';
import type { ApiRequest, ApiResponse } from '../base/requests.ts';
import type { Compaction } from '../raft/member.ts';
import type { Timing } from '../raft/timers.ts';

/** What can be done to a cluster, as nemeses are called. */
export type FaultKind =
  | 'partition'
  | 'pause'
  | 'kill'
  | 'power'
  | 'network'
  | 'disk'
  | 'clock'
  | 'membership'
  | 'transfer';

/** A directed link: what `from` sends to `to`. */
export interface Link {
  readonly from: string;
  readonly to: string;
}

/** How many packets (messages, in a simulation) a cut link has dropped, as the kernel of the receiving or sending node counts them. */
export interface DroppedOnLink extends Link {
  readonly packets: number;
}

/** `freezer`: the kernel's cgroup freezer, as `docker pause`. `signal`: SIGSTOP. */
export type PauseMethod = 'freezer' | 'signal';

export interface NodeObservation {
  readonly state: 'running' | 'paused' | 'dead';
  /** As the kernel or the engine puts it: `S (sleeping)`, `T (stopped)`, `frozen`, `exited with 137`. */
  readonly detail: string;
  /** The process id, in the pod; a new one after each restart. Null while dead. */
  readonly pid: number | null;
  /** How often the process has been started, as its observer counts. */
  readonly starts: number;
  /** What a new connection to the client port met. A paused node's kernel still accepts. */
  readonly connection: 'accepted' | 'refused' | 'timeout';
}

/** What became of messages that were sent over a link beside the nodes' own, and echoed. */
export interface Echoes {
  readonly sent: number;
  /** How many came back at least once, and how many came back once more. */
  readonly answered: number;
  readonly repeated: number;
  /** How many came back after one that was sent later. */
  readonly overtaken: number;
  /** Of those that came back; null where none did. */
  readonly medianMs: number | null;
}

/** Makes links worse without cutting them. */
export interface NetworkFaults {
  /** The condition of the links until `restore` of the same fault; those of several faults add up. */
  degrade(fault: string, links: readonly Link[], condition: LinkCondition): Promise<void>;
  restore(fault: string): Promise<void>;
  /** What became of the messages on a link so far, as the network counts them. */
  traffic(link: Link): Promise<LinkTraffic>;
  /** Sends `count` messages of so many bytes (8 or more) over a link, beside the nodes' own, and sees what comes back over its opposite. */
  echo(link: Link, count: number, messageBytes: number): Promise<Echoes>;
}

/** Takes the power from a node. */
export interface PowerFaults {
  /**
   * Whatever state the node is in, killed and paused ones too, it is dead, and what had not been synced is lost or torn.
   * Until `restart` nothing at its address answers, and nobody is told: connections to it are half-open, new ones time out.
   * From then on what belongs to old ones is answered with a reset. Nothing where the power is off.
   */
  cut(node: string): Promise<void>;
}

/** Breaks the disks of nodes. What a node's disk cannot do for it may end the node, which is no crash then. */
export interface DiskFaults {
  /** The disk's condition until `mend` of the same fault. */
  impair(fault: string, node: string, impairment: DiskImpairment): Promise<void>;
  /** Flips one bit of a dead node's log, at this share (0 to 1) of it, until `mend` turns it back. Null where there is none. */
  flipBit(fault: string, node: string, share: number, bit: number): Promise<FlippedBit | null>;
  /**
   * Mends the disk. A node that the disk has ended is left dead: `restart` it. One that ends later, of a call that had
   * failed before, is started again as soon as nothing is wrong with its disk.
   */
  mend(fault: string): Promise<void>;
  /** What the disk has done so far, as it counts. */
  counters(node: string): Promise<DiskCounters>;
  /** The last line that the node has printed. */
  lastWords(node: string): Promise<string>;
}

export interface FlippedBit {
  readonly path: string;
  readonly byte: number;
  readonly bit: number;
}

/** Makes the clocks of nodes wrong. */
export interface ClockFaults {
  /**
   * From now on the node's clocks run at `rate` times true time, and its wall clock has jumped by `jumpMs`. Its monotonic
   * clock never jumps.
   */
  set(node: string, change: ClockChange): Promise<void>;
}

export interface NodeCrash {
  readonly node: string;
  /** Null where a signal or the kernel ended it and no code is known. */
  readonly exitCode: number | null;
  /** The last lines that it printed. */
  readonly output: string;
}

/** What a node was asked to be when the cluster was made. */
export interface ClusterOptions {
  readonly runId: string;
  readonly nodes: readonly string[];
  /** A planted bug that the nodes switch on, or null. */
  readonly bug: string | null;
  /** Seed of whatever the nodes draw: election time-outs. */
  readonly seed: number;
  readonly timing: Timing;
  /** When the nodes compact their logs; null: never. */
  readonly compaction: Compaction | null;
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

  /**
   * Waits for what comes of a scenario with the cluster: a simulated cluster's time goes by only while it is driven. One
   * scenario at a time.
   */
  drive<T>(scenario: Promise<T>): Promise<T>;

  /** Makes the nodes and waits until each answers its client API. */
  start(): Promise<ClusterFacts>;
  /** A client call to one node. Callbacks, not promises: this is the hot path. */
  call(node: string, request: ApiRequest, timeoutMs: number, done: Callback<ApiResponse>): void;
  /** Where the other nodes reach it, as `host:port`: what a change of the membership gives them. Known once it is started. */
  peerAddress(node: string): string;

  /** Drops everything on these links until `heal` of the same fault. Cuts of several faults add up. */
  cut(fault: string, links: readonly Link[]): Promise<void>;
  heal(fault: string): Promise<void>;
  /** Undoes every fault that is still in force, whatever it is; paused nodes are resumed, dead ones started again. */
  healAll(): Promise<void>;

  /** What the links that are cut now have dropped since each was cut. */
  dropped(): Promise<readonly DroppedOnLink[]>;
  /** Tries every directed link with a connection of its own, beside the nodes' own; the ones that got through. */
  probe(): Promise<readonly Link[]>;

  /** Stops a node's process from running, by `how`; nothing where it is dead. It keeps its memory and its connections. */
  pause(node: string, how: PauseMethod): Promise<void>;
  /** Lets a paused node run on; nothing where it is not paused. */
  resume(node: string): Promise<void>;
  /** Ends a node's process with SIGKILL; nothing where it is dead. What it wrote stays. */
  kill(node: string): Promise<void>;
  /** Starts a dead node again; nothing where it is alive. Resolves once its process runs, before it answers. */
  restart(node: string): Promise<void>;
  /** Looks at a node from beside it: what the kernel says of its process, and whether its client port takes connections. */
  observe(node: string): Promise<NodeObservation>;
  /** What only some backends can do; null: this one cannot. */
  readonly network: NetworkFaults | null;
  readonly power: PowerFaults | null;
  readonly disks: DiskFaults | null;
  readonly clocks: ClockFaults | null;

  /** Told of every exit of a node's process that no fault explains, once each, from `start` on. */
  onCrash(listener: (crash: NodeCrash) => void): void;

  /** Writes what each node left (standard output, `trace.jsonl`) to `directory/<node>/`; works after the nodes died. */
  collect(directory: string): Promise<void>;
  /** Removes everything the cluster made. May be called at any time, more than once, also after a failed start. */
  stop(): Promise<void>;
}
