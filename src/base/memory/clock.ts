import { assert } from '../assert.ts';
import type { Clock, Timer } from '../clock.ts';
import { ChaosError } from '../errors.ts';
import { EventQueue } from './event-queue.ts';
import { HostTime } from './host-time.ts';
import { invariant } from './invariant.ts';
import { VirtualProcess } from './process.ts';

/** A clock that owns time: it stands still until it is run, and then jumps from event to event. */
export interface VirtualClock extends Clock {
  /** Calls `action` in `delayNs` nanoseconds (an integer): for the world itself, whatever processes do. */
  schedule(delayNs: number, action: () => void): void;
  /**
   * A new process, and the clock it is given: its timers fire only while it may run, and it goes by the host's time,
   * which outlives the process. Timers that are set already keep their moment when that is changed. `uncaught`: see
   * VirtualProcess.
   */
  startProcess(
    name: string,
    time?: HostTime,
    uncaught?: (error: unknown) => void,
  ): { readonly process: VirtualProcess; readonly clock: Clock };
  /**
   * Runs all events up to `untilNs` (then it is that time) or, where it is left out, until none is left. What an event
   * throws ends the run and is thrown here; the event is gone, and the clock may be run on.
   */
  run(untilNs?: number): Promise<void>;
  /**
   * Runs until `promise` is settled, and settles as it does. Rejects with `deadlock` where no event is left before, and
   * with `virtual-timeout` where time would pass `untilNs`.
   */
  drive<T>(promise: Promise<T>, untilNs?: number): Promise<T>;
  /** Events that have happened so far. */
  readonly eventCount: number;
}

/**
 * Virtual time. Events of one time happen in the order in which they were scheduled. After an event that settled a
 * promise of `clock.promise`, all continuations run before the next event; a continuation that waits for any other
 * promise runs too, as long as no timer or input of the real world stands behind it.
 */
export function virtualClock(): VirtualClock {
  const queue = new EventQueue();
  let now = 0;
  let eventCount = 0;
  let running = false;
  let continuationsWait = true;

  const nowNs = (): number => now;
  const setTimerOf = (process: VirtualProcess | null, time: HostTime, delayMs: number, fire: () => void): Timer => {
    assert(Number.isFinite(delayMs) && delayMs >= 0, () => `a timer's delay is finite and not negative: ${delayMs}`);
    return queue.push(time.timerNs(now, delayMs), process, fire);
  };
  const schedule = (delayNs: number, action: () => void): void => {
    invariant(Number.isSafeInteger(delayNs) && delayNs >= 0, () => `a delay in whole nanoseconds, not ${delayNs}`);
    queue.push(now + delayNs, null, action);
  };
  const promise: Clock['promise'] = (executor) =>
    new Promise((resolve, reject) => {
      executor(
        (value) => {
          continuationsWait = true;
          resolve(value);
        },
        (reason) => {
          continuationsWait = true;
          reject(reason);
        },
      );
    });

  /** Runs events until none is left that is due by `untilNs`, or `stop` says so. */
  const runEvents = async (untilNs: number, stop: () => boolean): Promise<void> => {
    assert(!running, 'a virtual clock is run by one caller at a time');
    running = true;
    try {
      for (;;) {
        if (continuationsWait || eventCount % EVENTS_PER_BREATH === 0) {
          continuationsWait = false;
          await continuations();
          if (continuationsWait) continue;
        }
        if (stop()) return;
        const event = queue.peek();
        if (event === undefined || event.timeNs > untilNs) return;
        queue.pop();
        now = event.timeNs;
        eventCount += 1;
        if (event.process === null) event.action?.();
        else event.process.deliverEvent(event);
      }
    } finally {
      running = false;
    }
  };

  const trueTime = new HostTime();
  return {
    nowNs,
    wallMs: () => trueTime.wallMs(now),
    setTimer: (delayMs, fire) => setTimerOf(null, trueTime, delayMs, fire),
    soon: (callback) => void queue.push(now, null, callback),
    promise,
    schedule,
    startProcess: (name, time = trueTime, uncaught) => {
      const process = new VirtualProcess(name, schedule, uncaught ?? null);
      const own: Clock = {
        nowNs: () => time.nowNs(now),
        wallMs: () => time.wallMs(now),
        setTimer: (delayMs, fire) => setTimerOf(process, time, delayMs, fire),
        soon: (callback) => void queue.push(now, process, callback),
        promise,
      };
      return { process, clock: own };
    },
    run: async (untilNs = Number.POSITIVE_INFINITY) => {
      await runEvents(untilNs, () => false);
      if (Number.isFinite(untilNs)) now = Math.max(now, untilNs);
    },
    drive: async (promise, untilNs = Number.POSITIVE_INFINITY) => {
      let settled = false;
      const settle = (): void => {
        settled = true;
      };
      void promise.then(settle, settle);
      continuationsWait = true;
      await runEvents(untilNs, () => settled);
      if (!settled) throw neverSettled(queue.size);
      return promise;
    },
    get eventCount() {
      return eventCount;
    },
  };
}

/** How many events may pass before the real world (a signal, say) is attended to. */
const EVENTS_PER_BREATH = 1 << 16;

/** Resolves once every promise continuation that can run without another event has run: those come before this. */
function continuations(): Promise<void> {
  return new Promise((resolve) => void setImmediate(resolve));
}

function neverSettled(eventsLeft: number): ChaosError {
  if (eventsLeft === 0) return new ChaosError('deadlock', 'no event is left, and what is waited for has not happened');
  return new ChaosError('virtual-timeout', 'the virtual time allowed is over, and what is waited for has not happened');
}
