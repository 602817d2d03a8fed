import { AssertionError, assert, present } from '../../base/assert.ts';
import type { Clock, Timer } from '../../base/clock.ts';
import { type Callback, success } from '../../base/outcome.ts';
import type { Random } from '../../base/random.ts';
import type { Application } from '../../raft/application.ts';
import { RaftDriver } from '../../raft/driver.ts';
import type { Step, TimerName } from '../../raft/protocol/events.ts';
import type { Message, Request } from '../../raft/protocol/messages.ts';
import type { Config, State } from '../../raft/protocol/state.ts';
import type { TransportEvents } from '../../raft/transport/transport.ts';
import { numberOf } from './deliveries.ts';
import { type Disk, dataOf, messagesIn } from './disk.ts';
import type { Protocol } from './scope.ts';
import { ScriptedDisk } from './scripted-disk.ts';

/**
 * Timers are told apart by how long they are. The clock stands still: what is left of a time below a millisecond does not
 * keep a timer of the driver from firing.
 */
const delaysMs = { heartbeat: 0.25, election: 0.5, request: 3 } as const;

/** One life of a node: the library's own driver, whose time, disk and network do what a script says, when it says so. */
export class ScriptedNode {
  readonly #driver: RaftDriver;
  readonly #disk: ScriptedDisk;
  readonly #timers = new Map<TimerName, () => void>();
  /** What the driver does once what is ready to happen has happened. */
  readonly #soon: (() => void)[] = [];
  /** Read by the driver after each turn: changed to have it take a snapshot. */
  readonly #settings: { snapshotEvery: number | null };
  /** What a mutant makes of the disk, until its first step. */
  #recovered: State | null;
  #messages: number[] = [];
  #transport: TransportEvents | null = null;
  #failed: string | null = null;

  constructor(
    config: Config,
    boot: number,
    disk: Disk,
    { step, recover }: Protocol,
    send: (to: string, message: Message) => void,
  ) {
    this.#disk = new ScriptedDisk(disk);
    this.#recovered = recover(config, this.#disk.durableState, 0).state;
    const timing = {
      electionTimeoutMs: [delaysMs.election, delaysMs.election] as const,
      heartbeatIntervalMs: delaysMs.heartbeat,
    };
    const snapshotBytes = Number.POSITIVE_INFINITY;
    const settings = { config, boot, timing, snapshotEvery: null as number | null, snapshotBytes };
    this.#settings = settings;
    const fromRecovered: Step = (state, event) => {
      const before = this.#recovered ?? state;
      this.#recovered = null;
      return step(before, event);
    };
    const ports = {
      clock: this.#clock(),
      random: leastRandom,
      storage: this.#disk,
      transport: {
        start: (events: TransportEvents, done: Callback<void>) => {
          this.#transport = events;
          done(success(undefined));
        },
        setPeers: () => undefined,
        send,
        stop: () => undefined,
      },
      step: fromRecovered,
    };
    this.#driver = new RaftDriver(settings, ports, this.#application(), {
      noticed: () => undefined,
      failed: (error) => {
        assert(error instanceof AssertionError, () => `the driver stopped for something else: ${error.message}`);
        this.#failed = error.message;
      },
      trace: null,
    });
    this.#driver.start((started) => assert(started.ok, 'a scripted node starts'));
    this.#settle();
  }

  get state(): State {
    return this.#recovered ?? present(this.#driver.state, 'the node has started');
  }

  get failed(): string | null {
    return this.#failed;
  }

  /** The state of its application: the messages, by number. */
  get messages(): readonly number[] {
    return this.#messages;
  }

  get disk(): ScriptedDisk {
    return this.#disk;
  }

  receive(from: string, message: Message): void {
    present(this.#transport, 'the node has started').received(from, message, '');
    this.#settle();
  }

  timeout(name: TimerName): void {
    const fire = present(this.#timers.get(name), `the timer ${name} is set`);
    this.#timers.delete(name);
    fire();
    this.#settle();
  }

  request(request: Request): void {
    this.#driver.request(request, delaysMs.request, () => undefined);
    this.#settle();
  }

  read(): void {
    this.#driver.readBarrier(delaysMs.request, () => undefined);
    this.#settle();
  }

  /** Drivers look at the end of a turn whether it is time for one: here is a turn that does nothing else. */
  takeSnapshot(): void {
    // Overdue, so that it is taken also while one is being sent.
    this.#settings.snapshotEvery = 0.01;
    this.receive(this.state.config.id, { kind: 'prevote', term: 0, granted: false });
    this.#settings.snapshotEvery = null;
  }

  sync(count: number): void {
    this.#disk.sync(count);
    this.#settle();
  }

  storeSnapshot(index: number): void {
    this.#disk.storeSnapshot(index);
    this.#settle();
  }

  /** The disk keeps so many of the writes under way, and the snapshot up to this index, if any. */
  crash(keptWrites: number, keptSnapshot: number | null): void {
    this.#driver.stop();
    this.#disk.crash(keptWrites, keptSnapshot);
  }

  #settle(): void {
    for (let next = this.#soon.shift(); next !== undefined; next = this.#soon.shift()) next();
  }

  #application(): Application {
    return {
      deliver: (deliveries) => {
        this.#messages = [...this.#messages, ...deliveries.map(({ payload }) => numberOf(payload))];
      },
      snapshot: () => dataOf(this.#messages),
      restore: (data) => {
        this.#messages = messagesIn(data);
      },
    };
  }

  #clock(): Clock {
    return {
      nowNs: () => 0,
      wallMs: () => 0,
      setTimer: (delayMs, fire): Timer => {
        const name = delayMs === delaysMs.heartbeat ? 'heartbeat' : delayMs === delaysMs.election ? 'election' : null;
        if (name !== null) this.#timers.set(name, fire);
        return {
          cancel: () => {
            if (name !== null && this.#timers.get(name) === fire) this.#timers.delete(name);
          },
        };
      },
      soon: (callback) => {
        this.#soon.push(callback);
      },
      promise: () => {
        throw new AssertionError('a driver waits for nothing but its ports');
      },
    };
  }
}

/** Draws the least of everything: nothing of what is drawn matters here. */
const leastRandom: Random = {
  integer: (low) => low,
  fraction: () => 0,
  pick: (items) => present(items[0], 'there is one'),
  shuffle: (items) => [...items],
  fork: () => leastRandom,
};
