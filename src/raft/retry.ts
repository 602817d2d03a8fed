import { type Clock, nowMs } from '../base/clock.ts';
import { RaftError } from './errors.ts';

/** What a request may end with where another attempt may find a leader: it changes, or is about to. */
const passing = ['no-leader', 'not-leader', 'leadership-lost', 'transferring', 'leader-too-new'];

/** Lets those wait who found no leader. */
export interface Pause {
  /** The moment before an attempt. */
  mark(): number;
  /** Resolves once another attempt may do better than one at that moment, or else the time is up. */
  after(mark: number, timeoutMs: number): Promise<void>;
  /** One who has waited was served after all. */
  served(): void;
}

/**
 * How long a first attempt may take where there may be others: what was lost on its way is to be sent again soon. Each may
 * take twice as long as the one before, lest a cluster that is slow be given the same again and again.
 */
const firstAttemptMs = 1000;

/**
 * Attempts it until it succeeds, fails for good, or the time is up: then with the error of the last attempt, where that says
 * that nothing has happened, else with `timeout`. `harmless`: it may be attempted again though an attempt may have had its
 * effect, and so is where no answer comes for some time; anything else is waited for as long as there is time.
 */
export async function retried<T>(
  clock: Clock,
  pause: Pause,
  timeoutMs: number,
  harmless: boolean,
  attempt: (leftMs: number) => Promise<T>,
): Promise<T> {
  const endMs = nowMs(clock) + timeoutMs;
  let mostMs = harmless ? firstAttemptMs : timeoutMs;
  let uncertain = false;
  let hasWaited = false;
  for (;;) {
    const mark = pause.mark();
    try {
      const result = await attempt(Math.max(0, Math.min(mostMs, endMs - nowMs(clock))));
      if (hasWaited) pause.served();
      return result;
    } catch (error) {
      if (!(error instanceof RaftError)) throw error;
      const isSilent = harmless && error.code === 'timeout';
      if (isSilent) mostMs *= 2;
      // An attempt that had no effect says nothing of those before it.
      if (!isSilent && !passing.includes(error.code)) {
        throw uncertain ? new RaftError(error.code, error.message, false) : error;
      }
      if (!error.definite && !harmless) throw error;
      uncertain ||= !error.definite;
      hasWaited = true;
      const leftMs = endMs - nowMs(clock);
      if (!isSilent && leftMs > 0) await pause.after(mark, leftMs);
      // A process that was paused wakes up later than it wanted to.
      if (nowMs(clock) >= endMs) throw uncertain ? timeoutAfter(timeoutMs, error) : error;
    }
  }
}

function timeoutAfter(timeoutMs: number, { code, message }: RaftError): RaftError {
  const why = code === 'timeout' ? 'no answer has come' : message;
  return new RaftError('timeout', `not done within ${timeoutMs} ms: ${why}`, false);
}
