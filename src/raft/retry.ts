import { type Clock, nowMs, sleep } from '../base/clock.ts';
import { RaftError } from './errors.ts';

/** What a request may end with where another attempt may find a leader: it changes, or is about to. */
const passing = ['no-leader', 'not-leader', 'leadership-lost', 'transferring'];

const pauseMs = 20;

/**
 * Attempts it until it succeeds, fails for good, or the time is up: then with the error of the last attempt, where that says
 * that nothing has happened, else with `timeout`. `harmless`: it may be attempted again though an attempt may have had its
 * effect.
 */
export async function retried<T>(
  clock: Clock,
  timeoutMs: number,
  harmless: boolean,
  attempt: (leftMs: number) => Promise<T>,
): Promise<T> {
  const endMs = nowMs(clock) + timeoutMs;
  let uncertain = false;
  for (;;) {
    try {
      return await attempt(Math.max(0, endMs - nowMs(clock)));
    } catch (error) {
      if (!(error instanceof RaftError)) throw error;
      // An attempt that had no effect says nothing of those before it.
      if (!passing.includes(error.code)) throw uncertain ? new RaftError(error.code, error.message, false) : error;
      if (!error.definite && !harmless) throw error;
      uncertain ||= !error.definite;
      const isLast = nowMs(clock) + pauseMs >= endMs;
      if (!isLast) await sleep(clock, pauseMs);
      // A process that was paused wakes up later than it wanted to.
      if (isLast || nowMs(clock) >= endMs) {
        throw uncertain ? new RaftError('timeout', `not done within ${timeoutMs} ms: ${error.message}`, false) : error;
      }
    }
  }
}
