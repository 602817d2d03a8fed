import { assert, present, unreachable } from '../base/assert.ts';
import { type Clock, nowMs } from '../base/clock.ts';
import { asChaosError, type ChaosError } from '../base/errors.ts';
import { type Callback, failure, type Outcome, success } from '../base/outcome.ts';
import type { Random } from '../base/random.ts';
import type { Application } from './application.ts';
import { ApplicationQueue } from './application-queue.ts';
import { errorOfAnswer, RaftError } from './errors.ts';
import { lengthError } from './message-bytes.ts';
import type { NodeId, SnapshotMeta } from './protocol/entries.ts';
import type { Effect, Event, Step, Transition } from './protocol/events.ts';
import type { Answer, Asked, Message, Request } from './protocol/messages.ts';
import { snapshotOf } from './protocol/snapshots.ts';
import type { Config, State } from './protocol/state.ts';
import { recover, stepTogether } from './protocol/step.ts';
import { SnapshotStore } from './snapshot-store.ts';
import type { Recovered, Storage } from './storage/storage.ts';
import { Timers, type Timing } from './timers.ts';
import type { Transport } from './transport/transport.ts';

export interface DriverSettings {
  readonly config: Config;
  /** How often this node has been started, from 1: request ids stay unique over restarts with it. */
  readonly boot: number;
  readonly timing: Timing;
  /** After how many committed entries the application's state is taken and the log compacted; null: never. */
  readonly snapshotEvery: number | null;
}

export interface DriverPorts {
  readonly clock: Clock;
  readonly random: Random;
  readonly storage: Storage;
  readonly transport: Transport;
  /** The protocol; another one only to plant a bug. */
  readonly step?: Step;
}

export interface DriverEvents {
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

/** Where a request stands in the log: see `Answer`. */
export interface Place {
  readonly index: number;
  readonly position: number;
}

/** Runs the protocol core on real or simulated ports: feeds it events and performs its effects, each when it may happen. */
export class RaftDriver {
  readonly #settings: DriverSettings;
  readonly #ports: DriverPorts;
  readonly #events: DriverEvents;
  readonly #step: typeof stepTogether;
  readonly #timers: Timers;
  readonly #application: ApplicationQueue;
  readonly #snapshots: SnapshotStore;
  readonly #waiting = new Map<number, { readonly done: Callback<Place>; readonly timeout: { cancel(): void } }>();
  /** Effects that wait for a write to become durable, in order of that write. */
  readonly #held: (Effect & { readonly afterWrite: number })[] = [];
  readonly #inbox: Event[] = [];
  /** What clients have asked for in this turn of the event loop, to be given to the protocol together. */
  readonly #asked: Asked[] = [];
  #state: State | null = null;
  #turnIsDue = false;
  /** Who waits for the storage to be closed, and how that went. */
  readonly #closing: Callback<void>[] = [];
  #closed: Outcome<void> | null = null;
  #stopped = false;
  #lastRequest = 0;

  constructor(settings: DriverSettings, ports: DriverPorts, application: Application, events: DriverEvents) {
    this.#settings = settings;
    this.#ports = ports;
    this.#events = events;
    this.#step = ports.step === undefined ? stepTogether : oneByOne(ports.step);
    this.#timers = new Timers(ports.clock, ports.random, settings.timing, (timer) =>
      this.#onTimeout({ type: 'timeout', timer, nowMs: nowMs(ports.clock) }),
    );
    this.#application = new ApplicationQueue(application);
    this.#snapshots = new SnapshotStore(ports.storage, (error) => this.#fail(error));
  }

  /** Reads what the disk has, starts listening to the peers and takes part. */
  start(done: Callback<void>): void {
    const storageEvents = {
      durable: (write: number) => this.#onDurable(write),
      failed: (error: ChaosError) => this.#fail(error),
    };
    const started = (outcome: Outcome<void>): void => {
      if (outcome.ok && this.#stopped) done(failure(stoppedError()));
      else if (outcome.ok) done(outcome);
      // What was opened until then is let go again, before anybody is told.
      else this.stop(() => done(outcome));
    };
    this.#ports.storage.open(storageEvents, (opened) => {
      if (opened.ok && !this.#stopped) this.#recover(opened.value, started);
      else started(opened.ok ? success(undefined) : opened);
    });
  }

  /** What the node is now; null until it has started. */
  get state(): State | null {
    return this.#state;
  }

  /**
   * Asks the leader, wherever it is, for something. Reports where in the log it stands once it is committed and, for a
   * message, delivered by the leader; else a RaftError: after `timeoutMs` one that is not definite.
   */
  request(request: Request, timeoutMs: number, done: Callback<Place>): void {
    const error = request.type === 'broadcast' ? lengthError(request.payload) : null;
    if (error !== null) {
      this.#ports.clock.soon(() => done(failure(error)));
      return;
    }
    const requestId = this.#await(timeoutMs, done);
    this.#asked.push({ requestId, request });
    this.#turnSoon();
  }

  /**
   * Waits until this node has delivered everything that was committed anywhere when it was called, and reports the
   * position of the last message delivered here: what is read in the callback is linearizable. Errors as of `request`.
   */
  readBarrier(timeoutMs: number, done: Callback<Place>): void {
    const requestId = this.#await(timeoutMs, done);
    this.#dispatch({ type: 'read', requestId, nowMs: nowMs(this.#ports.clock) });
  }

  /** Stops at once, as far as others can see; what is not durable yet may be lost. Whoever waits for an answer gets none. */
  stop(done: Callback<void> = () => {}): void {
    this.#closing.push(done);
    if (this.#stopped) {
      this.#reportClosed();
      return;
    }
    this.#stopped = true;
    this.#timers.stop();
    this.#ports.transport.stop();
    this.#ports.storage.close((outcome) => {
      this.#closed = outcome;
      this.#reportClosed();
    });
    const waiting = [...this.#waiting.values()];
    this.#waiting.clear();
    for (const { timeout, done: answered } of waiting) {
      timeout.cancel();
      answered(failure(stoppedError()));
    }
  }

  #reportClosed(): void {
    const outcome = this.#closed;
    if (outcome === null) return;
    for (const done of this.#closing.splice(0)) done(outcome);
  }

  /** A new request, whose answer or time-out `done` is told of. */
  #await(timeoutMs: number, done: Callback<Place>): number {
    const requestId = this.#settings.boot * 0x1_0000_0000 + ++this.#lastRequest;
    const timeout = this.#ports.clock.setTimer(timeoutMs, () => {
      this.#waiting.delete(requestId);
      this.#dispatch({ type: 'give-up', requestId });
      done(failure(new RaftError('timeout', `not done within ${timeoutMs} ms`, false)));
    });
    this.#waiting.set(requestId, { done, timeout });
    return requestId;
  }

  #recover({ durable, tornBytes }: Recovered, done: Callback<void>): void {
    if (tornBytes > 0) {
      this.#events.noticed(`dropped ${tornBytes} bytes of an unfinished write from the end of the log`);
    }
    const { transport, clock } = this.#ports;
    transport.start(this.#transportEvents(), (started) => {
      if (started.ok && !this.#stopped) this.#begin(recover(this.#settings.config, durable, nowMs(clock)));
      done(started);
    });
  }

  #transportEvents() {
    const { id } = this.#settings.config;
    const { trace } = this.#events;
    return {
      received: (from: NodeId, message: Message, name: string) => {
        trace?.message('receive', from, id, message, name);
        this.#dispatch({ type: 'receive', from, message, nowMs: nowMs(this.#ports.clock) });
      },
      sent: (to: NodeId, message: Message, name: string) => trace?.message('send', id, to, message, name),
      dropped: (to: NodeId, message: Message, name: string) => trace?.message('drop', id, to, message, name),
      noticed: (what: string) => this.#events.noticed(what),
    };
  }

  #begin(recovered: Transition): void {
    this.#state = recovered.state;
    this.#guarded(() => {
      for (const effect of recovered.effects) this.#perform(effect);
    });
    this.#turnSoon();
  }

  /** Before what came in the same turn: a leader's word that sets the timer anew is not to be forgotten again. */
  #onTimeout(event: Event): void {
    this.#inbox.unshift(event);
    this.#turnSoon();
  }

  #dispatch(event: Event): void {
    this.#inbox.push(event);
    this.#turnSoon();
  }

  /** What comes up in one turn of the event loop is done together: fewer and larger writes, to the disk and to the peers. */
  #turnSoon(): void {
    if (this.#turnIsDue || this.#state === null || this.#stopped) return;
    this.#turnIsDue = true;
    this.#ports.clock.soon(() => this.#turn());
  }

  #turn(): void {
    this.#turnIsDue = false;
    const events = this.#inbox.splice(0);
    const asked = this.#asked.splice(0).filter(({ requestId }) => this.#waiting.has(requestId));
    if (asked.length > 0) events.push({ type: 'request', asked });
    this.#guarded(() => {
      const before = present(this.#state, 'the node has started');
      const { state, effects } = this.#step(before, events);
      this.#state = state;
      this.#events.trace?.stepped(before, state);
      for (const effect of effects) this.#perform(effect);
      if (!this.#stopped) this.#compact(state);
    });
  }

  /** A broken invariant, of the protocol or of the application, stops the node. */
  #guarded(act: () => void): void {
    if (this.#stopped) return;
    try {
      act();
    } catch (error) {
      this.#fail(error instanceof Error ? error : new Error(String(error)));
    }
  }

  #onDurable(write: number): void {
    this.#guarded(() => {
      while (this.#held[0] !== undefined && this.#held[0].afterWrite <= write) {
        this.#performNow(present(this.#held.shift(), 'one is held'));
      }
    });
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
        this.#application.inOrder(() => this.#answer(effect.requestId, effect.answer));
        return;
      case 'deliver':
        this.#application.deliver(effect.deliveries);
        return;
      case 'restore':
        this.#restore(effect.snapshot);
        return;
      case 'send-snapshot':
        this.#sendSnapshot(effect);
        return;
      case 'store-snapshot':
        this.#snapshots.receive(effect, () => {
          this.#dispatch({ type: 'snapshot-stored', snapshot: effect.snapshot, origin: 'leader' });
        });
        return;
      case 'configure': {
        const peers = effect.configuration.filter(({ id }) => id !== this.#settings.config.id);
        this.#ports.transport.setPeers(peers, effect.index);
        return;
      }
      case 'set-timer':
        this.#timers.set(effect.timer);
        return;
      case 'cancel-timer':
        this.#timers.cancel(effect.timer);
        return;
      default:
        unreachable(effect);
    }
  }

  #restore({ index, position }: SnapshotMeta): void {
    this.#application.restore(position, (done) => {
      this.#snapshots.readWhole(index, (data) => this.#guarded(() => done(data)));
    });
  }

  #sendSnapshot({ to, term, snapshot, offset, round }: Effect & { type: 'send-snapshot' }): void {
    const { chunkBytes } = this.#settings.config;
    this.#snapshots.read(snapshot.index, offset, chunkBytes, (piece) => {
      if (this.#stopped) return;
      if (piece === null) this.#dispatch({ type: 'snapshot-gone', to });
      else this.#ports.transport.send(to, { kind: 'install-snapshot', term, snapshot, offset, ...piece, round });
    });
  }

  /** Takes a snapshot where the log has grown enough since the last: what is delivered is then what is committed. */
  #compact(state: State): void {
    const { snapshotEvery } = this.#settings;
    const last = state.snapshot?.index ?? 0;
    if (snapshotEvery === null || state.commitIndex - last < snapshotEvery) return;
    if (this.#application.paused || this.#snapshots.saving) return;
    const snapshot = snapshotOf(state);
    if (snapshot === null) return;
    this.#snapshots.save(snapshot, this.#application.snapshot(), () => {
      this.#dispatch({ type: 'snapshot-stored', snapshot, origin: 'here' });
    });
  }

  #answer(requestId: number, answer: Answer): void {
    const waiting = this.#waiting.get(requestId);
    if (waiting === undefined) return;
    this.#waiting.delete(requestId);
    waiting.timeout.cancel();
    waiting.done(answer.ok ? success(answer) : failure(errorOfAnswer(answer)));
  }

  #fail(error: Error): void {
    if (this.#stopped) return;
    this.stop();
    this.#events.failed(error.name === 'AssertionError' ? error : asChaosError(error, 'raft'));
  }
}

/** What was under way may have taken effect. */
function stoppedError(): RaftError {
  return new RaftError('stopped', 'the node was stopped', false);
}

/** A step that was made for single events. */
function oneByOne(step: Step): typeof stepTogether {
  return (state, events) =>
    events.reduce<Transition>(
      (so, event) => {
        const { state: next, effects } = step(so.state, event);
        return { state: next, effects: [...so.effects, ...effects] };
      },
      { state, effects: [] },
    );
}
