import { describe, expect, it } from 'vitest';
import { type Clock, sleep } from '../../../src/base/clock.ts';

/** A clock under test, and what lets its time go by while a scenario runs. */
export interface ClockSubject {
  readonly clock: Clock;
  run<T>(scenario: Promise<T>): Promise<T>;
}

/** What every clock port does; durations are checked from below only, since a real machine may be slow. */
export function clockConformance(name: string, make: () => ClockSubject): void {
  const scenario = (title: string, body: (clock: Clock) => Promise<void>): void => {
    it(title, async () => {
      const { clock, run } = make();
      await run(body(clock));
    });
  };

  describe(`${name} as a clock`, () => {
    scenario('tells the time in whole nanoseconds that never go back', async (clock) => {
      let last = clock.nowNs();
      for (let i = 0; i < 20; i++) {
        await sleep(clock, i % 3);
        const now = clock.nowNs();
        expect(Number.isSafeInteger(now)).toBe(true);
        expect(now).toBeGreaterThanOrEqual(last);
        last = now;
      }
    });

    scenario('tells a wall-clock time in milliseconds', async (clock) => {
      expect(Number.isInteger(clock.wallMs())).toBe(true);
      expect(clock.wallMs()).toBeGreaterThanOrEqual(Date.UTC(2000, 0, 1));
    });

    scenario('fires no timer early, fractions of a millisecond included', async (clock) => {
      const delaysMs = [0, 0.4, 1.5, 7.25, ...new Array<number>(60).fill(1)];
      for (const delayMs of delaysMs) {
        const start = clock.nowNs();
        await sleep(clock, delayMs);
        expect(clock.nowNs() - start).toBeGreaterThanOrEqual(delayMs * 1e6);
      }
    });

    scenario('never fires inside the call', async (clock) => {
      const order: string[] = [];
      const fired = clock.promise<void>((resolve) => {
        clock.setTimer(0, () => {
          order.push('fired');
          resolve();
        });
        order.push('returned');
      });
      await fired;
      expect(order).toEqual(['returned', 'fired']);
    });

    scenario('fires timers in the order of their times', async (clock) => {
      const fired: number[] = [];
      for (const delayMs of [60, 20, 40]) clock.setTimer(delayMs, () => fired.push(delayMs));
      await sleep(clock, 100);
      expect(fired).toEqual([20, 40, 60]);
    });

    scenario('fires once, and not at all when cancelled', async (clock) => {
      const fired: string[] = [];
      const once = clock.setTimer(1, () => fired.push('once'));
      const cancelled = clock.setTimer(1, () => fired.push('cancelled'));
      cancelled.cancel();
      cancelled.cancel();
      await sleep(clock, 30);
      once.cancel();
      await sleep(clock, 5);
      expect(fired).toEqual(['once']);
    });

    scenario('a timer may cancel another', async (clock) => {
      const fired: string[] = [];
      clock.setTimer(5, () => later.cancel());
      const later = clock.setTimer(30, () => fired.push('later'));
      await sleep(clock, 60);
      expect(fired).toEqual([]);
    });

    scenario('calls back soon: once, in turn, and never inside the call', async (clock) => {
      const order: string[] = [];
      await clock.promise<void>((resolve) => {
        clock.soon(() => {
          order.push('first');
          clock.soon(() => {
            order.push('third');
            resolve();
          });
        });
        clock.soon(() => order.push('second'));
        order.push('returned');
      });
      await sleep(clock, 5);
      expect(order).toEqual(['returned', 'first', 'second', 'third']);
    });

    scenario('calls back soon before a timer that is to fire later', async (clock) => {
      const order: string[] = [];
      clock.setTimer(20, () => order.push('timer'));
      clock.soon(() => order.push('soon'));
      await sleep(clock, 40);
      expect(order).toEqual(['soon', 'timer']);
    });

    scenario('makes promises that settle as they are told', async (clock) => {
      await expect(clock.promise((resolve) => resolve(7))).resolves.toBe(7);
      await expect(clock.promise((_resolve, reject) => reject(new Error('no')))).rejects.toThrow('no');
    });

    scenario('refuses a delay that is negative or no number', async (clock) => {
      expect(() => clock.setTimer(-1, () => {})).toThrow('delay');
      expect(() => clock.setTimer(Number.NaN, () => {})).toThrow('delay');
    });
  });
}
