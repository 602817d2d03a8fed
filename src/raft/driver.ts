import { assert, present, unreachable } from '../base/assert.ts';
import { nowMs } from '../base/clock.ts';
import { asChaosError, type ChaosError } from '../base/errors.ts';
import { type Callback, failure, type Outcome, success } from '../base/outcome.ts';
import type { Application } from './application.ts';
import { ApplicationQueue } from './application-queue.ts';
import { Compactor } from './compactor.ts';
import type { DriverEvents, DriverPorts, DriverSettings } from './driver-ports.ts';
import { RaftError } from './errors.ts';
import { lengthError } from './message-bytes.ts';
import type { NodeId, SnapshotMeta } from './protocol/entries.ts';
import type { Effect, Event, Step, Transition } from './protocol/events.ts';
import type { Asked, Message, Request } from './protocol/messages.ts';
import type { State } from './protocol/state.ts';
import { recover, stepTogether } from './protocol/step.ts';
import { SnapshotStore } from './snapshot-store.ts';
import type { Recovered } from './storage/storage.ts';
import { Timers } from './timers.ts';
import { type Place, WaitingRequests } from './waiting-requests.ts';

/** Runs the protocol core on real or simulated ports: feeds it events and performs its effects, each when it may happen. */
export class RaftDriver {
  readonly #settings: DriverSettings;
  readonly #ports: DriverPorts;
  readonly #events: DriverEvents;
  readonly #step: typeof stepTogether;
  readonly #timers: Timers;
  readonly #application: ApplicationQueue;
  readonly #snapshots: SnapshotStore;
  readonly #compactor: Compactor;
  readonly #waiting: WaitingRequests;
  /** Effects that wait for a write to become durable, in order of that write. */
  readonly #held: (Effect & { readonly afterWrite: number })[] = [];
  readonly #inbox: Event[] = [];
  /** What clients have asked for in this turn of the event loop, to be given to the protocol together. */
  readonly #asked: Asked[] = [];
  readonly #givenUp: number[] = [];
  #state: State | null = null;
  #turnIsDue = false;
  /** Who waits for the storage to be closed, and how that went. */
  readonly #closing: Callback<void>[] = [];
  #closed: Outcome<void> | null = null;
  #stopped = false;

  constructor(settings: DriverSettings, ports: DriverPorts, application: Application, events: DriverEvents) {
    this.#settings = settings;
    this.#ports = ports;
    this.#events = events;
    this.#step = ports.step === undefined ? stepTogether : oneByOne(ports.step);
    this.#timers = new Timers(ports.clock, ports.random, settings.timing, (timer) =>
      this.#onTimeout({ type: 'timeout', timer, nowMs: nowMs(ports.clock) }),
    );
    this.#waiting = new WaitingRequests(ports.clock, settings.boot, (requestId) => {
      this.#givenUp.push(requestId);
      this.#turnSoon();
    });
    this.#application = new ApplicationQueue(application, ports.clock, (act) => this.#guarded(act));
    this.#snapshots = new SnapshotStore(ports.storage, (error) => this.#fail(error));
    this.#compactor = new Compactor(settings, this.#application, this.#snapshots);
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
    this.#asked.push({ requestId: this.#waiting.add(timeoutMs, done), request });
    this.#turnSoon();
  }

  /**
   * Waits until this node has delivered everything that was committed anywhere when it was called, and reports the
   * position of the last message delivered here: what is read in the callback is linearizable. Errors as of `request`.
   */
  readBarrier(timeoutMs: number, done: Callback<Place>): void {
    this.#waiting.addRead(timeoutMs, done);
    this.#turnSoon();
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
    this.#waiting.endAll(stoppedError());
  }

  #reportClosed(): void {
    const outcome = this.#closed;
    if (outcome === null) return;
    for (const done of this.#closing.splice(0)) done(outcome);
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
      dropped: (to: NodeId, message: Message, name: string) => {
        trace?.message('drop', id, to, message, name);
        const requestIds = requestsIn(message);
        if (requestIds.length > 0) this.#dispatch({ type: 'unsent', requestIds });
      },
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
    const reads = this.#waiting.takeReads();
    if (reads !== null) events.push({ type: 'read', requestId: reads, nowMs: nowMs(this.#ports.clock) });
    const requestIds = this.#givenUp.splice(0);
    if (requestIds.length > 0) events.push({ type: 'give-up', requestIds });
    this.#guarded(() => {
      const before = present(this.#state, 'the node has started');
      const { state, effects } = this.#step(before, events);
      this.#state = state;
      this.#events.trace?.stepped(before, state);
      for (const effect of effects) this.#perform(effect);
      for (const event of events) if (isStoredOfLeader(event)) this.#snapshots.release();
      if (!this.#stopped) this.#compactor.compact(state, (snapshot) => this.#stored(snapshot, 'here'));
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
        this.#application.inOrder(() => this.#waiting.answer(effect.requestId, effect.answer));
        return;
      case 'deliver':
        for (const { payload } of effect.deliveries) this.#compactor.delivered(payload.length);
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
          // Until the protocol has heard of it and, where it wants that, the application has it.
          this.#snapshots.hold();
          this.#stored(effect.snapshot, 'leader');
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
    this.#snapshots.hold();
    this.#application.restore(position, (done) => {
      this.#snapshots.readWhole(index, (data) => {
        done(data);
        this.#snapshots.release();
      });
    });
  }

  #stored(snapshot: SnapshotMeta, origin: 'here' | 'leader'): void {
    this.#dispatch({ type: 'snapshot-stored', snapshot, origin });
  }

  #sendSnapshot({ to, term, snapshot, offset, round }: Effect & { type: 'send-snapshot' }): void {
    const { chunkBytes } = this.#settings.config;
    this.#snapshots.read(snapshot.index, offset, chunkBytes, (piece) => {
      if (this.#stopped) return;
      if (piece === null) this.#dispatch({ type: 'snapshot-gone', to });
      else this.#ports.transport.send(to, { kind: 'install-snapshot', term, snapshot, offset, ...piece, round });
    });
  }

  #fail(error: Error): void {
    if (this.#stopped) return;
    this.stop();
    this.#events.failed(error.name === 'AssertionError' ? error : asChaosError(error, 'raft'));
  }
}

function requestsIn(message: Message): readonly number[] {
  if (message.kind === 'forward') return message.asked.map(({ requestId }) => requestId);
  return message.kind === 'forward-read' ? [message.requestId] : [];
}

function isStoredOfLeader(event: Event): boolean {
  return event.type === 'snapshot-stored' && event.origin === 'leader';
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
