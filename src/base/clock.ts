import type { Callback } from './outcome.ts';

/** A timer that has been set and may be cancelled; cancelling twice or after it fired does nothing. */
export interface Timer {
  cancel(): void;
}

/** The clock port: everything that waits or tells the time does it here, so that a simulation can own time. */
export interface Clock {
  /** Monotonic nanoseconds since an arbitrary origin; an integer. */
  nowNs(): number;
  /** Wall-clock milliseconds since 1970; may jump. Only for labels, never for measuring. */
  wallMs(): number;
  /** Calls `fire` once, `delayMs` milliseconds from now, unless cancelled. */
  setTimer(delayMs: number, fire: () => void): Timer;
  /** Calls `callback` once, after what is ready to happen now: for work that is worth doing together. */
  soon(callback: () => void): void;
  /**
   * A promise settled from a port's callback. Virtual time does not go on until the continuations of every promise made
   * here have run; promises that port callbacks settle must therefore all be made by this function.
   */
  promise<T>(executor: (resolve: (value: T) => void, reject: (reason: unknown) => void) => void): Promise<T>;
}

/** Monotonic milliseconds since an arbitrary origin, with fractions. */
export function nowMs(clock: Clock): number {
  return clock.nowNs() / 1e6;
}

export function sleep(clock: Clock, delayMs: number): Promise<void> {
  return clock.promise((resolve) => void clock.setTimer(delayMs, () => resolve()));
}

/** A port call as a promise: for start-up and phases, not for the hot path. Rejects with the outcome's error. */
export function promised<T>(clock: Clock, call: (done: Callback<T>) => void): Promise<T> {
  return clock.promise((resolve, reject) => {
    call((outcome) => (outcome.ok ? resolve(outcome.value) : reject(outcome.error)));
  });
}
