import { resolve } from 'node:path';
import { type Clock, nowMs, promised } from '../base/clock.ts';
import type { Disk } from '../base/disk.ts';
import { ChaosError } from '../base/errors.ts';
import { type Network, parseAddress } from '../base/network.ts';
import { realClock } from '../base/real/clock.ts';
import { realDisk } from '../base/real/disk.ts';
import { tcpNetwork } from '../base/real/network.ts';
import { type TlsOptions, tlsNetwork } from '../base/real/tls-network.ts';
import type { Application } from './application.ts';
import { type DeliveredMessage, Deliveries } from './deliveries.ts';
import type { RaftDriver } from './driver.ts';
import type { DriverEvents } from './driver-ports.ts';
import { RaftError } from './errors.ts';
import { assembleMember, type Compaction, defaultCompaction, votersAt } from './member.ts';
import { copied } from './message-bytes.ts';
import { latestConfiguration } from './protocol/configuration.ts';
import type { NodeId, Standing } from './protocol/entries.ts';
import type { Delivery } from './protocol/events.ts';
import type { Request } from './protocol/messages.ts';
import { leaderOf } from './protocol/roles.ts';
import type { Role } from './protocol/state.ts';
import { retried } from './retry.ts';
import { Session } from './session.ts';
import { defaultTiming, type Timing } from './timers.ts';
import type { Place } from './waiting-requests.ts';

export interface RaftConfig {
  /**
   * The nodes that start the cluster, the same on all of them: addresses `host:port`, or names with their addresses. Where
   * `join` is set, only this node need be among them.
   */
  readonly peers: readonly string[] | Readonly<Record<NodeId, string>>;
  /** This node: one of `peers`, by its name, or by its address where they have no names. */
  readonly self: NodeId;
  /** Directory of the log and the snapshots; made where it is missing. One node uses it at a time. */
  readonly path: string;
  /** Time-outs; the same on all nodes. */
  readonly params?: Partial<Timing>;
  /** Nodes of another cluster are refused. */
  readonly clusterId?: string;
  /** Where to listen, if not at the address that peers use: `host:port`. */
  readonly listen?: string;
  /** This node is to be added to a cluster that runs, by `changeMembership` of one of its nodes. */
  readonly join?: boolean;
  /** What the messages do. Without it nothing is compacted: `deliveries` has all messages, and memory and disk grow. */
  readonly stateMachine?: StateMachine;
  /** When the state machine's snapshot is taken and the log compacted; null: never. */
  readonly compaction?: Compaction | null;
  /** How long a request may take before it ends with `timeout`. */
  readonly requestTimeoutMs?: number;
  /** Mutual TLS between the peers: each proves its name by its certificate. */
  readonly tls?: TlsOptions;
  /**
   * Serve reads without a round of messages, given that the clocks of all nodes run at rates that differ by less than this
   * fraction (say 0.1), and that no node is paused and goes on unawares. Null, as by default: linearizable whatever clocks do.
   */
  readonly leaseClockDrift?: number | null;
  /** Hears what an operator may want to know: a refused peer, an unfinished write at the end of the log. */
  readonly onNotice?: (what: string) => void;
  /** Hears that the node cannot go on, because its disk failed or an invariant broke, and has stopped. */
  readonly onFailure?: (error: Error) => void;
}

/** A replicated state machine: deterministic, so that the same messages make the same state on every node. */
export interface StateMachine {
  /** Called with each message once, in the order of positions. What it throws stops the node. */
  apply(message: DeliveredMessage): void;
  /** The whole state, as bytes that are not changed afterwards. */
  snapshot(): Uint8Array;
  /** The state becomes that of a snapshot, taken on this or another node after the message at `position`. */
  restore(snapshot: Uint8Array, position: number): void;
}

export interface RaftStatus {
  readonly self: NodeId;
  /** How often this node has been started, from 1. */
  readonly boot: number;
  readonly role: Role['name'];
  readonly term: number;
  /** Whom this node takes for the leader. */
  readonly leader: NodeId | null;
  readonly commitIndex: number;
  /** The position of the last message delivered here. */
  readonly position: number;
  /** The index of the last entry that the stored snapshot covers; 0 for none. */
  readonly snapshotIndex: number;
  readonly members: readonly { readonly id: NodeId; readonly address: string; readonly standing: Standing }[];
}

/** The world of a node, where it is not the real one. */
export interface RaftPorts {
  readonly clock: Clock;
  readonly disk: Disk;
  readonly network: Network;
}

/**
 * A member of a replicated log: messages that are broadcast on any node are delivered on all, in the same order. It goes on
 * while a majority of the voters is up and connected, and keeps what it has acknowledged over crashes and power cuts.
 */
export class Raft {
  readonly #config: RaftConfig;
  readonly #ports: RaftPorts;
  readonly #directory: string;
  readonly #addresses: Readonly<Record<NodeId, string>>;
  readonly #deliveries: Deliveries;
  #driver: RaftDriver | null = null;
  #boot = 0;
  #started = false;
  /** Stopped by its user, or by a failure. */
  #stopped = false;

  /** Throws `bad-config` for what cannot work. */
  constructor(config: RaftConfig, ports: RaftPorts | null = null) {
    this.#config = config;
    this.#ports = ports ?? realPorts(config);
    this.#directory = ports === null ? resolve(config.path).slice(1) : config.path;
    this.#addresses = addressesOf(config);
    this.#deliveries = new Deliveries(this.#ports.clock);
  }

  /** Reads the directory and takes part. Rejects with the reason (ChaosError) where it cannot. */
  async start(): Promise<void> {
    if (this.#started || this.#stopped) throw new ChaosError('bad-config', 'a Raft object is started once');
    this.#started = true;
    try {
      await this.#start();
    } catch (error) {
      this.#stopped = true;
      this.#deliveries.end(new RaftError('stopped', 'the node has not started', true));
      throw error;
    }
  }

  async #start(): Promise<void> {
    const { self, clusterId = 'raft', listen, join = false, params, leaseClockDrift } = this.#config;
    const { compaction = defaultCompaction } = this.#config;
    const address = this.#addresses[self] ?? '';
    const { driver, boot } = await assembleMember(
      {
        id: self,
        clusterId,
        listen: parseAddress(listen ?? address),
        address,
        initial: join ? [] : votersAt(this.#addresses),
        directory: this.#directory,
        timing: { ...defaultTiming, ...params },
        seed: Math.floor(nowMs(this.#ports.clock) * 1000) % 0x1_0000_0000,
        compaction: this.#config.stateMachine === undefined ? null : compaction,
        leaseClockDrift: leaseClockDrift ?? null,
      },
      this.#ports,
      this.#application(),
      () => this.#events(),
    );
    if (this.#stopped) throw new RaftError('stopped', 'the node was stopped while it started', true);
    this.#driver = driver;
    this.#boot = boot;
    await promised<void>(this.#ports.clock, (done) => driver.start(done));
  }

  /**
   * Broadcasts a message to all members and resolves to its position, once a majority has it durably. Waits for a leader
   * where there is none. Rejects with a RaftError; unless that is definite, the message may be delivered all the same, and to
   * broadcast it again may deliver it twice: see `openSession`.
   */
  async broadcast(payload: Uint8Array, timeoutMs?: number): Promise<number> {
    const kept = copied(payload);
    return (await this.#request({ type: 'broadcast', payload: kept, stamp: null }, timeoutMs)).position;
  }

  /** Begins a session, whose broadcasts are delivered exactly once though they are sent again. */
  async openSession(): Promise<Session> {
    const { clock } = this.#ports;
    const { index } = await this.#request({ type: 'open-session' });
    return new Session(index, clock, this.#timeoutMs, (payload, stamp, timeoutMs) =>
      this.#attempt({ type: 'broadcast', payload, stamp }, timeoutMs),
    );
  }

  /**
   * The messages delivered here from a position on (1 unless told otherwise), and those that come, one after the other. The
   * iteration throws `compacted` where a message is in a snapshot already, and `stopped` when the node stops.
   */
  deliveries(from = 1): AsyncIterableIterator<DeliveredMessage> {
    return this.#deliveries.from(from);
  }

  /**
   * Resolves, to the position of the last message, once this node has delivered everything that was committed anywhere when
   * it was called: what is then read here is linearizable.
   */
  async read(timeoutMs: number = this.#timeoutMs): Promise<number> {
    const { clock } = this.#ports;
    const { position } = await retried(clock, timeoutMs, true, (leftMs) =>
      promised<Place>(clock, (done) => this.#running().readBarrier(leftMs, done)),
    );
    return position;
  }

  status(): RaftStatus {
    const state = this.#running().state;
    if (state === null) throw new RaftError('stopped', 'the node has not started yet', true);
    return {
      self: state.config.id,
      boot: this.#boot,
      role: state.role.name,
      term: state.term,
      leader: leaderOf(state),
      commitIndex: state.commitIndex,
      position: this.#deliveries.position,
      snapshotIndex: state.snapshot?.index ?? 0,
      members: latestConfiguration(state),
    };
  }

  /** Hands the leadership to another voter; resolves once it stands for election with the leader's consent. */
  async transferLeadership(to: NodeId, timeoutMs?: number): Promise<void> {
    await this.#request({ type: 'transfer-leadership', to }, timeoutMs);
  }

  /**
   * Makes these the members, by name with their addresses: `voters` decide, `learners` only receive the log. New ones must
   * have been started with `join`. Resolves once the new members alone decide; who is left out may be stopped then.
   */
  async changeMembership(
    members: {
      readonly voters: Readonly<Record<NodeId, string>>;
      readonly learners?: Readonly<Record<NodeId, string>>;
    },
    timeoutMs?: number,
  ): Promise<void> {
    for (const address of [...Object.values(members.voters), ...Object.values(members.learners ?? {})]) {
      parseAddress(address);
    }
    const learners = votersAt(members.learners ?? {}).map((member) => ({ ...member, standing: 'learner' as const }));
    await this.#request({ type: 'change-membership', members: [...votersAt(members.voters), ...learners] }, timeoutMs);
  }

  /** Stops taking part. What was not acknowledged may be lost or not; what waits for an answer is told `stopped`. */
  async stop(): Promise<void> {
    this.#stopped = true;
    this.#deliveries.end(new RaftError('stopped', 'the node was stopped', true));
    const driver = this.#driver;
    if (driver !== null) await promised<void>(this.#ports.clock, (done) => driver.stop(done));
  }

  get #timeoutMs(): number {
    return this.#config.requestTimeoutMs ?? 10_000;
  }

  #running(): RaftDriver {
    if (this.#driver === null || this.#stopped) throw new RaftError('stopped', 'the node does not run', true);
    return this.#driver;
  }

  /** While there is no leader, or not the one that was asked, nothing has happened: it is asked again. */
  #request(request: Request, timeoutMs: number = this.#timeoutMs): Promise<Place> {
    return retried(this.#ports.clock, timeoutMs, false, (leftMs) => this.#attempt(request, leftMs));
  }

  async #attempt(request: Request, timeoutMs: number): Promise<Place> {
    const driver = this.#running();
    return promised<Place>(this.#ports.clock, (done) => driver.request(request, timeoutMs, done));
  }

  #application(): Application {
    const { stateMachine } = this.#config;
    return {
      deliver: (deliveries: readonly Delivery[]) => {
        if (stateMachine !== undefined) for (const delivery of deliveries) stateMachine.apply(delivery);
        this.#deliveries.add(deliveries);
      },
      snapshot: () => stateMachine?.snapshot() ?? new Uint8Array(),
      restore: (data, position) => {
        stateMachine?.restore(data, position);
        this.#deliveries.skipTo(position);
      },
    };
  }

  #events(): DriverEvents {
    return {
      noticed: (what) => this.#config.onNotice?.(what),
      failed: (error) => {
        this.#stopped = true;
        this.#deliveries.end(new RaftError('stopped', `the node has stopped: ${error.message}`, true));
        this.#config.onFailure?.(error);
      },
      trace: {
        stepped: (before, after) => {
          if (before.logStart !== after.logStart) this.#deliveries.dropUpTo(after.logStart.index);
        },
        message: () => {},
      },
    };
  }
}

function realPorts({ tls }: RaftConfig): RaftPorts {
  return { clock: realClock(), disk: realDisk('/'), network: tls === undefined ? tcpNetwork() : tlsNetwork(tls) };
}

function addressesOf({ peers, self, join }: RaftConfig): Readonly<Record<NodeId, string>> {
  const addresses = isList(peers) ? Object.fromEntries(peers.map((peer) => [peer, peer])) : peers;
  if (!(self in addresses)) {
    throw new ChaosError('bad-config', `self (${self}) is not one of peers: ${Object.keys(addresses).join(', ')}`, {
      remedy: join ? 'A node that joins names itself, with its address, among its peers.' : 'Name it as peers does.',
    });
  }
  for (const address of Object.values(addresses)) parseAddress(address);
  return addresses;
}

function isList(peers: RaftConfig['peers']): peers is readonly string[] {
  return Array.isArray(peers);
}
