import { type Clock, nowMs, type Timer } from '../base/clock.ts';
import type { Random } from '../base/random.ts';
import type { TimerName } from './protocol/events.ts';

export interface Timing {
  /** An election time-out is drawn anew from this range each time (section 5.2). All nodes have the same range. */
  readonly electionTimeoutMs: readonly [low: number, high: number];
  readonly heartbeatIntervalMs: number;
}

/** Suits a local network: section 5.6 asks for broadcast time << election time-out << time between failures. */
export const defaultTiming: Timing = { electionTimeoutMs: [300, 600], heartbeatIntervalMs: 75 };

interface Running {
  deadlineMs: number;
  wakesMs: number;
  timer: Timer;
}

/**
 * The timers of the protocol. The election timer is set anew at every word of the leader, and nearly never fires: so the
 * clock's timer is left to run, and set again for what is left when it wakes up too early.
 */
export class Timers {
  readonly #clock: Clock;
  readonly #random: Random;
  readonly #timing: Timing;
  readonly #fired: (timer: TimerName) => void;
  readonly #running = new Map<TimerName, Running>();

  constructor(clock: Clock, random: Random, timing: Timing, fired: (timer: TimerName) => void) {
    this.#clock = clock;
    this.#random = random;
    this.#timing = timing;
    this.#fired = fired;
  }

  set(name: TimerName): void {
    const deadlineMs = nowMs(this.#clock) + this.#drawMs(name);
    const running = this.#running.get(name);
    if (running !== undefined && running.wakesMs <= deadlineMs) {
      running.deadlineMs = deadlineMs;
      return;
    }
    running?.timer.cancel();
    this.#start(name, deadlineMs);
  }

  cancel(name: TimerName): void {
    this.#running.get(name)?.timer.cancel();
    this.#running.delete(name);
  }

  stop(): void {
    for (const name of [...this.#running.keys()]) this.cancel(name);
  }

  #drawMs(name: TimerName): number {
    const { electionTimeoutMs, heartbeatIntervalMs } = this.#timing;
    return name === 'heartbeat' ? heartbeatIntervalMs : this.#random.integer(...electionTimeoutMs);
  }

  #start(name: TimerName, deadlineMs: number): void {
    const timer = this.#clock.setTimer(Math.max(0, deadlineMs - nowMs(this.#clock)), () => this.#wake(name));
    this.#running.set(name, { deadlineMs, wakesMs: deadlineMs, timer });
  }

  #wake(name: TimerName): void {
    const running = this.#running.get(name);
    if (running === undefined) return;
    this.#running.delete(name);
    // A timer may wake up a moment early: less than a millisecond is not worth another.
    if (running.deadlineMs - nowMs(this.#clock) >= 1) this.#start(name, running.deadlineMs);
    else this.#fired(name);
  }
}
