import { type Clock, nowMs, type Timer } from '../base/clock.ts';
import { checkTimeout } from './config-checks.ts';
import { RaftError } from './errors.ts';
import { copied } from './message-bytes.ts';
import { rememberedMessages } from './protocol/applied.ts';
import type { Stamp } from './protocol/entries.ts';
import type { AppliedMessage } from './results.ts';

/** What a session needs of its node. */
export interface SessionPorts<Result> {
  readonly clock: Clock;
  readonly defaultTimeoutMs: number;
  /** Counts what somebody waits with, for as long as they do; rejects with `overloaded` where that would be too much. */
  held<T>(bytes: number, wait: () => Promise<T>): Promise<T>;
  /** Sends a stamped message until it is answered; resolves to its position. */
  send(payload: Uint8Array, stamp: () => Stamp, timeoutMs: number): Promise<number>;
  /** Waits for what the state machine returns of the message that `broadcast` resolves to the position of. */
  resultOf(broadcast: (timeoutMs: number) => Promise<number>, timeoutMs: number): Promise<AppliedMessage<Result>>;
}

/** Broadcasts that are delivered exactly once, however often they had to be sent (dissertation, section 6.3). */
export class Session<Result = unknown> {
  readonly id: number;
  readonly #ports: SessionPorts<Result>;
  /** Numbers whose answer is not known yet, and may still be asked for, in their order. */
  readonly #open = new Set<number>();
  /** Who waits for a number, in the order in which they came. */
  readonly #waiting = new Set<(sequence: number) => void>();
  #last = 0;

  /** @internal */
  constructor(id: number, ports: SessionPorts<Result>) {
    this.id = id;
    this.#ports = ports;
  }

  /**
   * Broadcasts a message, again and again until it is known to be delivered, once; resolves to its position. After the
   * time-out it rejects with `timeout`: it may still be delivered, but not twice; who wants to ask again then uses `message`.
   * With `overloaded`, where 100 messages are under way and none was answered in time. `session-expired` says that the session
   * was not used for so long that others have taken its place: whether the message was delivered is not known then.
   */
  async broadcast(payload: Uint8Array, timeoutMs: number = this.#ports.defaultTimeoutMs): Promise<number> {
    const message = this.message(payload);
    try {
      return await message.broadcast(timeoutMs);
    } finally {
      message.giveUp();
    }
  }

  /** As `broadcast`, and waits for what this node's state machine returns of the message: see `apply` of `Raft`. */
  async apply(payload: Uint8Array, timeoutMs: number = this.#ports.defaultTimeoutMs): Promise<AppliedMessage<Result>> {
    return await this.#ports.resultOf((leftMs) => this.broadcast(payload, leftMs), timeoutMs);
  }

  /** A message that can be broadcast again after a time-out, and is delivered once all the same. */
  message(payload: Uint8Array): SessionMessage {
    const kept = copied(payload);
    return new SessionMessage(this.#ports.defaultTimeoutMs, {
      number: (timeoutMs) => this.#number(kept.length, timeoutMs),
      send: (sequence, timeoutMs) =>
        this.#ports.send(kept, () => ({ session: this.id, sequence, acknowledged: this.#oldest() - 1 }), timeoutMs),
      release: (sequence) => this.#release(sequence),
    });
  }

  /** The next number, once the cluster will remember it, and the time that is left then. */
  async #number(bytes: number, timeoutMs: number): Promise<{ readonly sequence: number; readonly leftMs: number }> {
    const { clock } = this.#ports;
    const endMs = nowMs(clock) + timeoutMs;
    const sequence = this.#isFull() ? await this.#ports.held(bytes, () => this.#room(timeoutMs)) : this.#next();
    return { sequence, leftMs: endMs - nowMs(clock) };
  }

  /** A number as soon as one is free. Those who wait get them in the order in which they came. */
  #room(timeoutMs: number): Promise<number> {
    const { clock } = this.#ports;
    return clock.promise((resolve, reject) => {
      const timer: Timer = clock.setTimer(timeoutMs, () => {
        this.#waiting.delete(wake);
        reject(fullError(timeoutMs));
      });
      const wake = (sequence: number): void => {
        timer.cancel();
        resolve(sequence);
      };
      this.#waiting.add(wake);
    });
  }

  #next(): number {
    const sequence = ++this.#last;
    this.#open.add(sequence);
    return sequence;
  }

  #release(sequence: number): void {
    this.#open.delete(sequence);
    for (const wake of this.#waiting) {
      if (this.#isFull()) return;
      this.#waiting.delete(wake);
      wake(this.#next());
    }
  }

  #isFull(): boolean {
    return this.#oldest() + rememberedMessages <= this.#last + 1;
  }

  /** The first message whose answer is not known yet; else the next one. The cluster remembers only so many after it. */
  #oldest(): number {
    const [first = this.#last + 1] = this.#open;
    return first;
  }
}

/** What a message needs of its session. */
interface Numbered {
  number(timeoutMs: number): Promise<{ readonly sequence: number; readonly leftMs: number }>;
  send(sequence: number, timeoutMs: number): Promise<number>;
  release(sequence: number): void;
}

/** A message of a session: it has one number in it, however often it is broadcast. */
export class SessionMessage {
  readonly #defaultTimeoutMs: number;
  readonly #session: Numbered;
  #sequence: number | null = null;
  #underWay: Promise<number> | null = null;
  #position: number | null = null;
  #givenUp = false;

  /** @internal */
  constructor(defaultTimeoutMs: number, session: Numbered) {
    this.#defaultTimeoutMs = defaultTimeoutMs;
    this.#session = session;
  }

  /**
   * As `broadcast` of the session; after `timeout`, or whatever else leaves it open, it may be called again. Called while it
   * is under way it waits for the same outcome. Until the outcome is known, or the message given up, the session has room for
   * no more than 100 from this one on.
   */
  async broadcast(timeoutMs: number = this.#defaultTimeoutMs): Promise<number> {
    checkTimeout('timeoutMs', timeoutMs);
    if (this.#position !== null) return this.#position;
    if (this.#givenUp)
      throw new RaftError('already-acknowledged', 'the message was given up, and is not known any more', false);
    this.#underWay ??= this.#send(timeoutMs).finally(() => {
      this.#underWay = null;
    });
    return await this.#underWay;
  }

  /** It will not be broadcast again: its session has room for others. Where it was broadcast, it may be delivered, but once. */
  giveUp(): void {
    this.#givenUp = true;
    if (this.#sequence !== null) this.#session.release(this.#sequence);
  }

  async #send(timeoutMs: number): Promise<number> {
    let leftMs = timeoutMs;
    if (this.#sequence === null) {
      const numbered = await this.#session.number(timeoutMs);
      this.#sequence = numbered.sequence;
      leftMs = numbered.leftMs;
      if (this.#givenUp) {
        this.giveUp();
        throw new RaftError('already-acknowledged', 'the message was given up before it was sent', true);
      }
    }
    try {
      this.#position = await this.#session.send(this.#sequence, leftMs);
    } catch (error) {
      // The cluster will say the same whenever it is asked.
      if (error instanceof RaftError && finalCodes.includes(error.code)) this.giveUp();
      throw error;
    }
    this.#session.release(this.#sequence);
    return this.#position;
  }
}

const finalCodes = ['session-expired', 'already-acknowledged'];

function fullError(timeoutMs: number): RaftError {
  const why = `${rememberedMessages} messages of the session have no answer yet, and none got one within ${timeoutMs} ms`;
  return new RaftError('overloaded', why, true, {
    remedy: 'Broadcast it again later, or give up messages that were left open.',
  });
}
