import { resolve } from 'node:path';
import { type Clock, nowMs, promised } from '../base/clock.ts';
import type { Disk } from '../base/disk.ts';
import { ChaosError } from '../base/errors.ts';
import type { Network } from '../base/network.ts';
import { realClock } from '../base/real/clock.ts';
import { realDisk } from '../base/real/disk.ts';
import { tcpNetwork } from '../base/real/network.ts';
import { type TlsOptions, tlsNetwork } from '../base/real/tls-network.ts';
import { Callbacks } from './callbacks.ts';
import type { Membership, RaftConfig, StopOptions } from './config.ts';
import {
  checkedConfig,
  checkKeys,
  checkMembership,
  checkName,
  checkPosition,
  checkStopOptions,
  checkTimeout,
  type Settings,
} from './config-checks.ts';
import type { DeliveredMessage } from './deliveries.ts';
import type { RaftDriver } from './driver.ts';
import type { DriverEvents } from './driver-ports.ts';
import { RaftError } from './errors.ts';
import { successorOf } from './handing-over.ts';
import { LeaderWait } from './leader-wait.ts';
import { LeaderWatch } from './leader-watch.ts';
import { LocalApplication } from './local-application.ts';
import { assembleMember, defaultBytes, votersAt } from './member.ts';
import { differenceOfMembers } from './members-told.ts';
import { copied } from './message-bytes.ts';
import { latestConfiguration } from './protocol/configuration.ts';
import type { NodeId } from './protocol/entries.ts';
import type { Request } from './protocol/messages.ts';
import { leaderOf } from './protocol/roles.ts';
import type { State } from './protocol/state.ts';
import { Requests } from './requests.ts';
import type { AppliedMessage } from './results.ts';
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
export class Raft<Result = unknown> {
  readonly #settings: Settings<Result>;
  readonly #callbacks: Callbacks;
  readonly #ports: RaftPorts;
  readonly #directory: string;
  readonly #application: LocalApplication<Result>;
  readonly #leaders: LeaderWatch;
  readonly #leaderWait: LeaderWait;
  readonly #requests: Requests;
  #driver: RaftDriver | null = null;
  #boot = 0;
  #starting: Promise<void> | null = null;
  /** It takes no more requests, and ends what it has begun. */
  #leaving: Promise<void> | null = null;
  /** Stopped by its user, or by a failure. */
  #stopped = false;

  /** Throws `bad-config` for what cannot work. */
  constructor(config: RaftConfig<Result>, ports: RaftPorts | null = null) {
    this.#settings = checkedConfig(config);
    this.#ports = ports ?? realPorts(this.#settings.tls);
    this.#directory = ports === null ? resolve(config.path) : config.path;
    const { clock } = this.#ports;
    this.#callbacks = new Callbacks(config, clock);
    this.#application = new LocalApplication(clock, this.#settings.stateMachine);
    this.#leaders = new LeaderWatch(clock);
    this.#leaderWait = new LeaderWait(clock);
    this.#requests = new Requests({ clock, leaders: this.#leaderWait, driver: () => this.#open() }, defaultBytes);
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
    const told = join ? [] : votersAt(addresses);
    const { driver, boot, founders } = await assembleMember(
      {
        ...settings,
        id: self,
        founders: told,
        directory: this.#directory,
        seed: Math.floor(nowMs(clock) * 1000) % 0x1_0000_0000,
      },
      this.#ports,
      this.#application,
      () => this.#events(),
    );
    this.#driver = driver;
    this.#boot = boot;
    if (!this.#stopped) {
      await promised<void>(clock, (done) => driver.start(done));
      const { state } = driver;
      const difference = state === null ? null : differenceOfMembers(told, founders, latestConfiguration(state));
      if (difference !== null) this.#callbacks.noticed(difference);
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

  /**
   * As `broadcast`, and waits until this node has applied the message: resolves to its position and to what `apply` of the
   * state machine has returned here. Rejects with `result-unknown` where the message is committed, at the error's `position`,
   * but this node cannot tell what came of it: it has not applied it in time, or has got a snapshot in its place.
   */
  async apply(
    payload: Uint8Array,
    timeoutMs: number = this.#settings.requestTimeoutMs,
  ): Promise<AppliedMessage<Result>> {
    checkTimeout('timeoutMs', timeoutMs);
    return await this.#application.resultOf((leftMs) => this.broadcast(payload, leftMs), timeoutMs);
  }

  /**
   * Resolves once this node has applied the message at a position, or has a snapshot in its place. Rejects with `timeout`, or
   * with `stopped` where it will not.
   */
  async applied(position: number, timeoutMs: number = this.#settings.requestTimeoutMs): Promise<void> {
    checkPosition('position', position);
    checkTimeout('timeoutMs', timeoutMs);
    this.#running();
    await this.#application.positions.until(position, timeoutMs);
  }

  /** Begins a session, whose broadcasts are delivered exactly once though they are sent again. */
  async openSession(timeoutMs?: number): Promise<Session<Result>> {
    // What is opened twice is one session too many, which nobody uses and which ends before others.
    const { index } = await this.#request({ type: 'open-session' }, timeoutMs, true);
    return new Session(index, {
      clock: this.#ports.clock,
      defaultTimeoutMs: this.#settings.requestTimeoutMs,
      held: (bytes, wait) => this.#requests.held(bytes, wait),
      send: async (payload, stamp, leftMs) => (await this.#requests.askStamped(payload, stamp, leftMs)).position,
      resultOf: (broadcast, leftMs) => this.#application.resultOf(broadcast, leftMs),
    });
  }

  /**
   * The messages delivered here from a position on (1 unless told otherwise), and those that come, one after the other. The
   * iteration throws `compacted` where a message is in a snapshot already, `stopped` when the node stops, and the reason of
   * `signal` once that is aborted. It ends at `return` (a `break` of `for await`) at once, also while it waits. There may be
   * any number of iterations.
   */
  deliveries(from = 1, options: { readonly signal?: AbortSignal } = {}): AsyncIterableIterator<DeliveredMessage> {
    checkPosition('from', from);
    checkKeys('the options of deliveries', options, ['signal']);
    return this.#application.deliveries.from(from, options.signal ?? null);
  }

  /**
   * Resolves, to the position of the last message, once this node has delivered everything that was committed anywhere when
   * it was called: what is then read here is linearizable.
   */
  async read(timeoutMs: number = this.#settings.requestTimeoutMs): Promise<number> {
    checkTimeout('timeoutMs', timeoutMs);
    return (await this.#requests.read(timeoutMs)).position;
  }

  /** Throws `stopped` where the node does not run. */
  status(): RaftStatus {
    return statusOf(this.#state(), this.#boot, this.#application.positions.position);
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
  async changeMembership(members: Membership, timeoutMs?: number): Promise<void> {
    const { voters, learners = {} } = checkMembership(members);
    const learning = votersAt(learners).map((member) => ({ ...member, standing: 'learner' as const }));
    await this.#request({ type: 'change-membership', members: [...votersAt(voters), ...learning] }, timeoutMs);
  }

  /**
   * Stops taking part. It takes no more requests (`stopped`, definite), waits for the answers to those that are under way, and
   * where it leads it hands over to the follower that has most of the log: for each, no longer than the longest election
   * time-out. What waits for a leader ends at once. Then, or without `handOver` at once, it stops as a process that is killed
   * does: what was not acknowledged may be lost or not, and what still waits for an answer is told `stopped`.
   */
  async stop(options: StopOptions = {}): Promise<void> {
    if (checkStopOptions(options).handOver !== false && !this.#stopped && (this.#driver?.state ?? null) !== null) {
      this.#leaving ??= this.#leave();
      await this.#leaving;
    }
    this.#stopped = true;
    this.#end('the node was stopped');
    const driver = this.#driver;
    if (driver !== null) await promised<void>(this.#ports.clock, (done) => driver.stop(done));
    // It lets its directory go when it finds that it is to stop; why else it may fail, `start` tells.
    else await this.#starting?.catch(() => {});
  }

  async #leave(): Promise<void> {
    const driver = this.#driver;
    const [, longestMs] = this.#settings.timing.electionTimeoutMs;
    this.#leaderWait.end();
    await this.#requests.idle(longestMs);
    // It may have failed meanwhile.
    if (driver === null || this.#stopped) return;
    const to = successorOf(this.status().followers ?? []);
    if (to === null) return;
    const request = { type: 'transfer-leadership', to } as const;
    const ask = () => promised<Place>(this.#ports.clock, (done) => driver.request(request, longestMs, done));
    // Whatever comes of it: the others will find a leader without it.
    await this.#leaders.until(to, longestMs, ask, () => false).catch(() => {});
  }

  #end(why: string): void {
    this.#application.end(new RaftError('stopped', why, true));
    // Unlike who only listens, who waits for a leader has asked for something.
    this.#leaders.end(new RaftError('stopped', why, false));
    this.#leaderWait.end();
  }

  /** Throws where it takes no more requests. */
  #open(): RaftDriver {
    if (this.#leaving !== null) throw new RaftError('stopped', 'the node is being stopped', true);
    return this.#running();
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

  async #request(
    request: Request,
    timeoutMs: number = this.#settings.requestTimeoutMs,
    harmless = false,
  ): Promise<Place> {
    checkTimeout('timeoutMs', timeoutMs);
    return await this.#requests.ask(request, timeoutMs, harmless);
  }

  #events(): DriverEvents {
    return {
      noticed: (what) => this.#callbacks.noticed(what),
      failed: (error) => {
        this.#stopped = true;
        this.#end(`the node has stopped: ${error.message}`);
        this.#callbacks.failed(error);
      },
      trace: {
        stepped: (before, after) => {
          if (before.logStart !== after.logStart) this.#application.deliveries.dropUpTo(after.logStart.index);
          this.#leaders.stepped(before, after);
          this.#leaderWait.stepped(before, after);
          this.#callbacks.stepped(before, after);
        },
        message: () => {},
      },
    };
  }
}

function realPorts(tls: TlsOptions | null): RaftPorts {
  return { clock: realClock(), disk: realDisk('/'), network: tls === null ? tcpNetwork() : tlsNetwork(tls) };
}
