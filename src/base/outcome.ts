import type { ChaosError } from './errors.ts';

/** What a port reports: the value, or an operating error with its code. */
export type Outcome<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly error: ChaosError };

/**
 * Ports report by callback, never by promise: the simulator runs node code straight from its event queue, and a promise
 * per event would cost it both speed and a fixed order. A callback is called exactly once and never before the call returns.
 */
export type Callback<T> = (outcome: Outcome<T>) => void;

export function success<T>(value: T): Outcome<T> {
  return { ok: true, value };
}

export function failure<T>(error: ChaosError): Outcome<T> {
  return { ok: false, error };
}
