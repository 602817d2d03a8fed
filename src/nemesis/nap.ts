import type { Clock } from '../base/clock.ts';

/** Waits that can all be cut short for good. */
export interface Nap {
  /** Whether it has been ended: every wait is over at once from then on. */
  readonly over: boolean;
  sleep(durationMs: number): Promise<void>;
  end(): void;
}

export function napping(clock: Clock): Nap {
  const wakings = new Set<() => void>();
  let over = false;
  return {
    get over() {
      return over;
    },
    sleep: async (durationMs) => {
      if (over) return;
      await clock.promise<void>((resolve) => {
        const wake = (): void => {
          timer.cancel();
          wakings.delete(wake);
          resolve();
        };
        const timer = clock.setTimer(durationMs, wake);
        wakings.add(wake);
      });
    },
    end: () => {
      over = true;
      for (const wake of [...wakings]) wake();
    },
  };
}
