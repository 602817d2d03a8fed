import { assert, present, unreachable } from '../base/assert.ts';
import type { Clock, Timer } from '../base/clock.ts';
import { asChaosError, ChaosError } from '../base/errors.ts';
import { type Callback, failure, success } from '../base/outcome.ts';
import type { Random } from '../base/random.ts';
import { step as protocolStep, recover } from './protocol/step.ts';
import type {
  Answer,
  Delivery,
  Effect,
  Event,
  Message,
  NodeId,
  State,
  Step,
  TimerName,
  Transition,
} from './protocol/types.ts';
import type { Storage } from './storage/storage.ts';
import type { Transport } from './transport/transport.ts';

export interface DriverSettings {
  readonly id: NodeId;
  readonly members: readonly NodeId[];
  /** How often this node has been started, from 1: request ids stay unique over restarts with it. */
  readonly boot: number;
  /** An election time-out is drawn anew from this range each time (section 5.2). */
  readonly electionTimeoutMs: readonly [low: number, high: number];
  readonly heartbeatIntervalMs: number;
}

export type Timing = Pick<DriverSettings, 'electionTimeoutMs' | 'heartbeatIntervalMs'>;

/** Suits a local network: section 5.6 asks for broadcast time << election time-out << time between failures. */
export const defaultTiming: Timing = { electionTimeoutMs: [300, 600], heartbeatIntervalMs: 75 };

export interface DriverPorts {
  readonly clock: Clock;
  readonly random: Random;
  readonly storage: Storage;
  readonly transport: Transport;
  /** The protocol; another one only to plant a bug. */
  readonly step?: Step;
}

export interface DriverEvents {
  /** Committed messages, each once, in the order of their positions, from 1 on after every start. */
  delivered(deliveries: readonly Delivery[]): void;
  /** Something an operator may want to know. */
  noticed(what: string): void;
  /** The node cannot go on (its disk failed, an invariant broke) and has stopped. */
  failed(error: Error): void;
  /** Whoever wants to see all that the node does, or null. */
  readonly trace: DriverTrace | null;
}

export interface DriverTrace {
  /** After every step: what the node was and is. */
  stepped(before: State, after: State): void;
  message(event: 'send' | 'receive' | 'drop', from: NodeId, to: NodeId, message: Message, id: string): void;
}

/** An error of `broadcast`; where it is definite, the message certainly was not and will not be delivered. */
export class BroadcastError extends ChaosError {
  override readonly name = 'BroadcastError';
  readonly definite: boolean;

  constructor(code: string, message: string, definite: boolean) {
    super(code, message);
    this.definite = definite;
  }
}

/** Runs the protocol core on real or simulated ports: feeds it events and performs its effects, each when it may happen. */
export class RaftDriver {
  readonly #settings: DriverSettings;
  readonly #ports: DriverPorts;
  readonly #events: DriverEvents;
  readonly #step: Step;
  readonly #timers = new Map<TimerName, Timer>();
  readonly #requests = new Map<number, { readonly done: Callback<number>; readonly timeout: Timer }>();
  /** Effects that wait for a write to become durable, in order of that write. */
  readonly #held: (Effect & { readonly afterWrite: number })[] = [];
  readonly #inbox: Event[] = [];
  #state: State | null = null;
  #stepping = false;
  #stopped = false;
  #lastRequest = 0;

  constructor(settings: DriverSettings, ports: DriverPorts, events: DriverEvents) {
    this.#settings = settings;
    this.#ports = ports;
    this.#events = events;
    this.#step = ports.step ?? protocolStep;
  }

  /** Reads what the disk has, starts listening to the peers and takes part. */
  start(done: Callback<void>): void {
    const { storage, transport } = this.#ports;
    const storageEvents = {
      durable: (write: number) => this.#onDurable(write),
      failed: (error: ChaosError) => this.#fail(error),
    };
    storage.open(storageEvents, (opened) => {
      if (this.#stopped) return;
      if (!opened.ok) {
        done(opened);
        return;
      }
      if (opened.value.tornBytes > 0) {
        this.#events.noticed(`dropped ${opened.value.tornBytes} bytes of an unfinished write from the end of the log`);
      }
      transport.start(this.#transportEvents(), (started) => {
        if (this.#stopped) return;
        if (started.ok) this.#begin(recover(this.#config(), opened.value.durable));
        done(started);
      });
    });
  }

  /** What the node is now; null until it has started. */
  get state(): State | null {
    return this.#state;
  }

  /**
   * Broadcasts a message to all members. Reports its position once it is committed, else a BroadcastError: after
   * `timeoutMs` one that is not definite.
   */
  broadcast(payload: Uint8Array, timeoutMs: number, done: Callback<number>): void {
    this.#dispatch({ type: 'broadcast', requestId: this.#await(timeoutMs, done), payload });
  }

  /**
   * Waits until this node has delivered everything that was committed anywhere when it was called, and reports the
   * position of the last message delivered here: what is read in the callback is linearizable. Errors as of `broadcast`.
   */
  readBarrier(timeoutMs: number, done: Callback<number>): void {
    this.#dispatch({ type: 'read', requestId: this.#await(timeoutMs, done) });
  }

  /** Stops at once, as far as others can see; what is not durable yet may be lost. */
  stop(): void {
    if (this.#stopped) return;
    this.#stopped = true;
    for (const timer of this.#timers.values()) timer.cancel();
    for (const { timeout } of this.#requests.values()) timeout.cancel();
    this.#ports.transport.stop();
    this.#ports.storage.close(() => {});
  }

  /** A new request, whose answer or time-out `done` is told of. */
  #await(timeoutMs: number, done: Callback<number>): number {
    const requestId = this.#settings.boot * 0x1_0000_0000 + ++this.#lastRequest;
    const timeout = this.#ports.clock.setTimer(timeoutMs, () => {
      this.#requests.delete(requestId);
      this.#dispatch({ type: 'give-up', requestId });
      done(failure(new BroadcastError('timeout', `not done within ${timeoutMs} ms`, false)));
    });
    this.#requests.set(requestId, { done, timeout });
    return requestId;
  }

  #config(): State['config'] {
    const { id, members } = this.#settings;
    return { id, members, maxEntriesPerMessage: 512, maxBytesPerMessage: 1024 * 1024, maxInflightMessages: 16 };
  }

  #transportEvents() {
    const { id } = this.#settings;
    const { trace } = this.#events;
    return {
      received: (from: NodeId, message: Message, name: string) => {
        trace?.message('receive', from, id, message, name);
        this.#dispatch({ type: 'receive', from, message });
      },
      sent: (to: NodeId, message: Message, name: string) => trace?.message('send', id, to, message, name),
      dropped: (to: NodeId, message: Message, name: string) => trace?.message('drop', id, to, message, name),
      noticed: (what: string) => this.#events.noticed(what),
    };
  }

  #begin(recovered: Transition): void {
    this.#state = recovered.state;
    for (const effect of recovered.effects) this.#perform(effect);
    this.#drain();
  }

  /** Events that come up while a step is being performed wait until it is done. */
  #dispatch(event: Event): void {
    this.#inbox.push(event);
    if (this.#state !== null) this.#drain();
  }

  #drain(): void {
    if (this.#stepping || this.#stopped) return;
    this.#stepping = true;
    try {
      for (let event = this.#inbox.shift(); event !== undefined; event = this.#inbox.shift()) {
        const before = present(this.#state, 'the node has started');
        const { state, effects } = this.#step(before, event);
        this.#state = state;
        this.#events.trace?.stepped(before, state);
        for (const effect of effects) this.#perform(effect);
        if (this.#stopped) return;
      }
    } catch (error) {
      this.#fail(error instanceof Error ? error : new Error(String(error)));
    } finally {
      this.#stepping = false;
    }
  }

  #onDurable(write: number): void {
    while (this.#held[0] !== undefined && this.#held[0].afterWrite <= write) {
      this.#performNow(present(this.#held.shift(), 'one is held'));
    }
    this.#dispatch({ type: 'persisted', write });
  }

  #perform(effect: Effect): void {
    if ('afterWrite' in effect && effect.afterWrite > 0) {
      const last = this.#held.at(-1);
      assert(last === undefined || last.afterWrite <= effect.afterWrite, 'effects wait in the order of their writes');
      this.#held.push(effect);
    } else {
      this.#performNow(effect);
    }
  }

  #performNow(effect: Effect): void {
    if (this.#stopped) return;
    switch (effect.type) {
      case 'persist':
        this.#ports.storage.append(effect.write);
        return;
      case 'send':
        this.#ports.transport.send(effect.to, effect.message);
        return;
      case 'answer':
        this.#answer(effect.requestId, effect.answer);
        return;
      case 'deliver':
        this.#events.delivered(effect.deliveries);
        return;
      case 'set-timer':
        this.#setTimer(effect.timer);
        return;
      case 'cancel-timer':
        this.#timers.get(effect.timer)?.cancel();
        return;
      default:
        unreachable(effect);
    }
  }

  #setTimer(name: TimerName): void {
    const { electionTimeoutMs, heartbeatIntervalMs } = this.#settings;
    const [low, high] = electionTimeoutMs;
    const delayMs = name === 'heartbeat' ? heartbeatIntervalMs : this.#ports.random.integer(low, high);
    this.#timers.get(name)?.cancel();
    this.#timers.set(
      name,
      this.#ports.clock.setTimer(delayMs, () => this.#dispatch({ type: 'timeout', timer: name })),
    );
  }

  #answer(requestId: number, answer: Answer): void {
    const waiting = this.#requests.get(requestId);
    if (waiting === undefined) return;
    this.#requests.delete(requestId);
    waiting.timeout.cancel();
    waiting.done(answer.ok ? success(answer.position) : failure(answerError(answer)));
  }

  #fail(error: Error): void {
    if (this.#stopped) return;
    this.stop();
    this.#events.failed(error instanceof ChaosError ? error : asInvariantError(error));
  }
}

function answerError(answer: Answer & { ok: false }): BroadcastError {
  const messages = {
    'no-leader': 'this node knows of no leader now',
    'not-leader': 'the node this was handed to is not the leader any more',
    'leadership-lost': 'the leader was deposed before the message was committed; it may still be',
  };
  return new BroadcastError(answer.code, messages[answer.code], answer.definite);
}

function asInvariantError(error: Error): Error {
  return error.name === 'AssertionError' ? error : asChaosError(error, 'raft');
}
