import { assert } from '../assert.ts';
import type { Clock, Timer } from '../clock.ts';

/**
 * The machine's own clock. Its origin is the machine's start, so that all processes of a machine share it, containers and
 * later boots of a node included. A timer never fires early.
 */
export function realClock(): Clock {
  return {
    nowNs,
    wallMs: Date.now,
    setTimer: setRealTimer,
    soon: (callback) => void setImmediate(callback),
    promise: (executor) => new Promise(executor),
  };
}

const NS_PER_MS = 1e6;
const LONGEST_TIMEOUT_MS = 0x7fff_ffff;

/** After 104 days a double has no longer every nanosecond; it is an integer all the same. */
function nowNs(): number {
  return Number(process.hrtime.bigint());
}

/** `setTimeout` may fire up to a millisecond early and takes no more than 24 days: here it is set again until due. */
function setRealTimer(delayMs: number, fire: () => void): Timer {
  assert(Number.isFinite(delayMs) && delayMs >= 0, () => `a timer's delay is finite and not negative: ${delayMs}`);
  const dueNs = nowNs() + delayMs * NS_PER_MS;
  const arm = (waitMs: number): NodeJS.Timeout =>
    setTimeout(fireIfDue, Math.min(Math.ceil(waitMs), LONGEST_TIMEOUT_MS));
  const fireIfDue = (): void => {
    const leftNs = dueNs - nowNs();
    if (leftNs <= 0) fire();
    else timeout = arm(leftNs / NS_PER_MS);
  };
  let timeout = arm(delayMs);
  return { cancel: () => clearTimeout(timeout) };
}
