import { AssertionError, assert, present } from '../../base/assert.ts';
import type { Clock, Timer } from '../../base/clock.ts';
import { success } from '../../base/outcome.ts';
import type { Random } from '../../base/random.ts';
import { RaftDriver } from '../../raft/driver.ts';
import type {
  Config,
  Delivery,
  DurableState,
  Message,
  State,
  Step,
  TimerName,
  Write,
} from '../../raft/protocol/types.ts';
import type { StorageEvents } from '../../raft/storage/storage.ts';
import type { TransportEvents } from '../../raft/transport/transport.ts';
import { applyWrite } from './local-state.ts';
import type { RaftInput } from './raft-actor.ts';

/** Timers are told apart by how long they are. */
const delaysMs = { heartbeat: 1, election: 2, request: 3 } as const;

/** One life of a node: the library's own driver, whose time, disk and network do what a script says, when it says so. */
export class ScriptedNode {
  readonly #driver: RaftDriver;
  readonly #timers = new Map<TimerName, () => void>();
  readonly #writes: Write[] = [];
  readonly #deliveries: Delivery[] = [];
  /** What the node finds on its disk: the same as there is, but for a mutant. */
  readonly #recovered: DurableState;
  #durable: DurableState;
  #storage: StorageEvents | null = null;
  #transport: TransportEvents | null = null;
  #failed: string | null = null;

  constructor(
    { id, members }: Config,
    boot: number,
    { disk, recovered }: { readonly disk: DurableState; readonly recovered: DurableState },
    step: Step,
    send: (to: string, message: Message) => void,
  ) {
    this.#durable = disk;
    this.#recovered = recovered;
    const settings = {
      id,
      members,
      boot,
      electionTimeoutMs: [delaysMs.election, delaysMs.election] as const,
      heartbeatIntervalMs: delaysMs.heartbeat,
    };
    const ports = {
      clock: this.#clock(),
      random: leastRandom,
      storage: this.#storagePort(),
      transport: {
        start: (events: TransportEvents, done: (outcome: { ok: true; value: undefined }) => void) => {
          this.#transport = events;
          done({ ok: true, value: undefined });
        },
        send,
        stop: () => undefined,
      },
      step,
    };
    this.#driver = new RaftDriver(settings, ports, {
      delivered: (deliveries) => this.#deliveries.push(...deliveries),
      trace: null,
      noticed: () => undefined,
      failed: (error) => {
        assert(error instanceof AssertionError, () => `the driver stopped for something else: ${error.message}`);
        this.#failed = error.message;
      },
    });
    this.#driver.start((started) => assert(started.ok, 'a scripted node starts'));
  }

  get state(): State {
    return present(this.#driver.state, 'the node has started');
  }

  get failed(): string | null {
    return this.#failed;
  }

  /** All that it has delivered since it started. */
  get deliveries(): readonly Delivery[] {
    return this.#deliveries;
  }

  get unsynced(): number {
    return this.#writes.length;
  }

  get durable(): DurableState {
    return this.#durable;
  }

  receive(from: string, message: Message): void {
    present(this.#transport, 'the node has started').received(from, message, '');
  }

  timeout(name: TimerName): void {
    const fire = present(this.#timers.get(name), `the timer ${name} is set`);
    this.#timers.delete(name);
    fire();
  }

  input(input: RaftInput): void {
    if (input.kind === 'read') this.#driver.readBarrier(delaysMs.request, () => undefined);
    else this.#driver.broadcast(input.payload, delaysMs.request, () => undefined);
  }

  sync(count: number): void {
    const synced = this.#keep(count);
    present(this.#storage, 'the node has started').durable(synced);
  }

  /** What is on the disk after a crash that keeps so many of the writes under way. */
  crash(kept: number): DurableState {
    this.#driver.stop();
    if (kept > 0) this.#keep(kept);
    return this.#durable;
  }

  #keep(count: number): number {
    const synced = this.#writes.splice(0, count);
    this.#durable = synced.reduce(applyWrite, this.#durable);
    return present(synced.at(-1), 'there are so many writes').write;
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
      promise: () => {
        throw new AssertionError('a driver waits for nothing but its ports');
      },
    };
  }

  #storagePort() {
    return {
      open: (
        events: StorageEvents,
        done: (outcome: ReturnType<typeof success<{ durable: DurableState; tornBytes: number }>>) => void,
      ) => {
        this.#storage = events;
        done(success({ durable: this.#recovered, tornBytes: 0 }));
      },
      append: (write: Write) => {
        this.#writes.push(write);
      },
      close: () => undefined,
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
