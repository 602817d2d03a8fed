import { resolve } from 'node:path';
import { type Clock, nowMs, promised } from '../base/clock.ts';
import type { Disk } from '../base/disk.ts';
import { ChaosError } from '../base/errors.ts';
import type { Network } from '../base/network.ts';
import { realClock } from '../base/real/clock.ts';
import { realDisk } from '../base/real/disk.ts';
import { tcpNetwork } from '../base/real/network.ts';
import { tlsNetwork } from '../base/real/tls-network.ts';
import type { Application } from './application.ts';
import type { RaftConfig } from './config.ts';
import { checkedConfig, checkMembers, checkName, checkPosition, checkTimeout, type Settings } from './config-checks.ts';
import { type DeliveredMessage, Deliveries } from './deliveries.ts';
import type { RaftDriver } from './driver.ts';
import type { DriverEvents } from './driver-ports.ts';
import { RaftError } from './errors.ts';
import { GuardedMachine } from './guarded-machine.ts';
import { LeaderWatch } from './leader-watch.ts';
import { assembleMember, votersAt } from './member.ts';
import { copied } from './message-bytes.ts';
import type { NodeId } from './protocol/entries.ts';
import type { Delivery } from './protocol/events.ts';
import type { Request } from './protocol/messages.ts';
import { leaderOf } from './protocol/roles.ts';
import type { State } from './protocol/state.ts';
import { retried } from './retry.ts';
import { Session } from './session.ts';
import { type RaftStatus, statusOf } from './status.ts';
import type { Place } from './waiting-requests.ts';

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
  readonly #settings: Settings;
  readonly #callbacks: Pick<RaftConfig, 'onNotice' | 'onFailure'>;
  readonly #ports: RaftPorts;
  readonly #directory: string;
  readonly #deliveries: Deliveries;
  readonly #leaders: LeaderWatch;
  #driver: RaftDriver | null = null;
  #boot = 0;
  #starting: Promise<void> | null = null;
  /** Stopped by its user, or by a failure. */
  #stopped = false;

  /** Throws `bad-config` for what cannot work. */
  constructor(config: RaftConfig, ports: RaftPorts | null = null) {
    this.#settings = checkedConfig(config);
    this.#callbacks = config;
    this.#ports = ports ?? realPorts(this.#settings);
    this.#directory = ports === null ? resolve(config.path).slice(1) : config.path;
    this.#deliveries = new Deliveries(this.#ports.clock);
    this.#leaders = new LeaderWatch(this.#ports.clock);
  }

  /** Reads the directory and takes part. Rejects with the reason (ChaosError) where it cannot. */
  async start(): Promise<void> {
    if (this.#starting !== null || this.#stopped) {
      throw new ChaosError('bad-config', 'a Raft object is started once', {
        remedy: 'Make a new one to start it again.',
      });
    }
    this.#starting = this.#start();
    try {
      await this.#starting;
    } catch (error) {
      this.#stopped = true;
      this.#end('the node has not started');
      throw error;
    }
  }

  async #start(): Promise<void> {
    const { clock } = this.#ports;
    const { self, join, addresses, ...settings } = this.#settings;
    const { driver, boot } = await assembleMember(
      {
        ...settings,
        id: self,
        initial: join ? [] : votersAt(addresses),
        directory: this.#directory,
        seed: Math.floor(nowMs(clock) * 1000) % 0x1_0000_0000,
      },
      this.#ports,
      this.#application(),
      () => this.#events(),
    );
    this.#driver = driver;
    this.#boot = boot;
    if (!this.#stopped) {
      await promised<void>(clock, (done) => driver.start(done));
      return;
    }
    await promised<void>(clock, (done) => driver.stop(done));
    throw new RaftError('stopped', 'the node was stopped while it started', true);
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
  async openSession(timeoutMs?: number): Promise<Session> {
    const { clock } = this.#ports;
    // What is opened twice is one session too many, which nobody uses and which ends before others.
    const { index } = await this.#request({ type: 'open-session' }, timeoutMs, true);
    return new Session(index, clock, this.#settings.requestTimeoutMs, (payload, stamp, leftMs) =>
      this.#attempt({ type: 'broadcast', payload, stamp }, leftMs),
    );
  }

  /**
   * The messages delivered here from a position on (1 unless told otherwise), and those that come, one after the other. The
   * iteration throws `compacted` where a message is in a snapshot already, `stopped` when the node stops, and the reason of
   * `signal` once that is aborted. It ends at `return` (a `break` of `for await`) at once, also while it waits. There may be
   * any number of iterations.
   */
  deliveries(from = 1, options: { readonly signal?: AbortSignal } = {}): AsyncIterableIterator<DeliveredMessage> {
    checkPosition('from', from);
    return this.#deliveries.from(from, options.signal ?? null);
  }

  /**
   * Resolves, to the position of the last message, once this node has delivered everything that was committed anywhere when
   * it was called: what is then read here is linearizable.
   */
  async read(timeoutMs: number = this.#settings.requestTimeoutMs): Promise<number> {
    checkTimeout('timeoutMs', timeoutMs);
    const { clock } = this.#ports;
    const { position } = await retried(clock, timeoutMs, true, (leftMs) =>
      promised<Place>(clock, (done) => this.#running().readBarrier(leftMs, done)),
    );
    return position;
  }

  /** Throws `stopped` where the node does not run. */
  status(): RaftStatus {
    return statusOf(this.#state(), this.#boot, this.#deliveries.position);
  }

  /**
   * Hands the leadership to another voter; resolves once this node sees that it leads. Any node may be asked, that one too.
   * Rejects with `not-a-voter`; with `transfer-failed` where it did not take over within an election time-out, though it still
   * may; or with `timeout`.
   */
  async transferLeadership(to: NodeId, timeoutMs: number = this.#settings.requestTimeoutMs): Promise<void> {
    checkName('to', to);
    checkTimeout('timeoutMs', timeoutMs);
    await this.#leaders.until(
      to,
      timeoutMs,
      // Whoever leads by then may be asked again: it is to be the same one.
      () => this.#request({ type: 'transfer-leadership', to }, timeoutMs, true),
      () => !this.#stopped && leaderOf(this.#state()) === to,
    );
  }

  /**
   * Makes these the members, by name with their addresses: `voters` decide, `learners` only receive the log. New ones must
   * have been started with `join`. Resolves once the new members alone decide; who is left out may be stopped then, and should
   * be, for it is not told. After an error that is not definite the change may have been made, or may still be: `status` tells
   * who the members are, and a change to the same members, which does nothing where they are, may be asked for again.
   */
  async changeMembership(
    members: {
      readonly voters: Readonly<Record<NodeId, string>>;
      readonly learners?: Readonly<Record<NodeId, string>>;
    },
    timeoutMs?: number,
  ): Promise<void> {
    const { voters, learners = {} } = members;
    checkMembers(['voters', voters], ['learners', learners]);
    const learning = votersAt(learners).map((member) => ({ ...member, standing: 'learner' as const }));
    await this.#request({ type: 'change-membership', members: [...votersAt(voters), ...learning] }, timeoutMs);
  }

  /** Stops taking part. What was not acknowledged may be lost or not; what waits for an answer is told `stopped`. */
  async stop(): Promise<void> {
    this.#stopped = true;
    this.#end('the node was stopped');
    const driver = this.#driver;
    if (driver !== null) await promised<void>(this.#ports.clock, (done) => driver.stop(done));
    // It lets its directory go when it finds that it is to stop; why else it may fail, `start` tells.
    else await this.#starting?.catch(() => {});
  }

  #end(why: string): void {
    this.#deliveries.end(new RaftError('stopped', why, true));
    // Unlike who only listens, who waits for a leader has asked for something.
    this.#leaders.end(new RaftError('stopped', why, false));
  }

  #running(): RaftDriver {
    if (this.#driver === null || this.#stopped) throw new RaftError('stopped', 'the node does not run', true);
    return this.#driver;
  }

  #state(): State {
    const { state } = this.#running();
    if (state === null) throw new RaftError('stopped', 'the node has not started yet', true);
    return state;
  }

  /** While there is no leader, or not the one that was asked, nothing has happened: it is asked again. */
  async #request(
    request: Request,
    timeoutMs: number = this.#settings.requestTimeoutMs,
    harmless = false,
  ): Promise<Place> {
    checkTimeout('timeoutMs', timeoutMs);
    return await retried(this.#ports.clock, timeoutMs, harmless, (leftMs) => this.#attempt(request, leftMs));
  }

  async #attempt(request: Request, timeoutMs: number): Promise<Place> {
    const driver = this.#running();
    return promised<Place>(this.#ports.clock, (done) => driver.request(request, timeoutMs, done));
  }

  #application(): Application {
    const { stateMachine } = this.#settings;
    const machine = stateMachine === null ? null : new GuardedMachine(stateMachine);
    return {
      deliver: (deliveries: readonly Delivery[]) => {
        if (machine !== null) for (const delivery of deliveries) machine.apply(delivery);
        this.#deliveries.add(deliveries);
      },
      snapshot: () => machine?.snapshot(this.#deliveries.position) ?? new Uint8Array(),
      restore: (data, position) => {
        machine?.restore(data, position);
        this.#deliveries.skipTo(position);
      },
    };
  }

  #events(): DriverEvents {
    return {
      noticed: (what) => callBack('onNotice', () => this.#callbacks.onNotice?.(what)),
      failed: (error) => {
        this.#stopped = true;
        this.#end(`the node has stopped: ${error.message}`);
        callBack('onFailure', () => this.#callbacks.onFailure?.(error));
      },
      trace: {
        stepped: (before, after) => {
          if (before.logStart !== after.logStart) this.#deliveries.dropUpTo(after.logStart.index);
          this.#leaders.stepped(before, after);
        },
        message: () => {},
      },
    };
  }
}

function realPorts({ tls }: Settings): RaftPorts {
  return { clock: realClock(), disk: realDisk('/'), network: tls === null ? tcpNetwork() : tlsNetwork(tls) };
}

/** What it throws is no fault of the node's, which goes on: whoever runs the process is warned. */
function callBack(name: string, call: () => unknown): void {
  const warn = (thrown: unknown): void => {
    const text = thrown instanceof Error ? thrown.message : String(thrown);
    process.emitWarning(`${name} of a Raft node threw: ${text}`, 'RaftWarning');
  };
  try {
    const returned = call();
    if (returned instanceof Promise) returned.catch(warn);
  } catch (error) {
    warn(error);
  }
}
