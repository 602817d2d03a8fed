import { parseDurationMs } from '../base/duration.ts';
import { UsageError } from '../base/errors.ts';
import type { NemesisOptions, Schedule } from './nemesis.ts';

/** Options that every nemesis takes. */
export const scheduleOptions: Readonly<Record<string, string>> = {
  every: 'time from the beginning of one fault to the beginning of the next (10)',
  for: 'how long each fault lasts (half of every)',
};

/** Reads the options `every` and `for`. Throws a UsageError where they leave no gap between faults. */
export function scheduleOf(options: NemesisOptions): Schedule {
  const everyMs = parseDurationMs(options.get('every') ?? '10', 'nemesis option every');
  const forMs = parseDurationMs(options.get('for') ?? String(everyMs / 2000), 'nemesis option for');
  if (forMs <= 0 || forMs >= everyMs) {
    throw new UsageError('bad-nemesis', `a fault must last longer than 0 and less than every=${everyMs / 1000}`, {
      remedy: 'Leave a gap in which the cluster can recover: for=5:every=10, say.',
    });
  }
  return { everyMs, forMs };
}
