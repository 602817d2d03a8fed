import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { HostTime } from '../../src/base/memory/host-time.ts';
import { memoryWorld } from '../../src/base/memory/world.ts';

const MS = 1e6;

/** A world with a host, and a process on it. */
function machine() {
  const world = memoryWorld(1);
  const host = world.host('n1');
  const { clock } = host.start();
  const runTo = (ms: number): Promise<void> => world.clock.run(ms * MS);
  return { world, host, clock, runTo };
}

describe('a host’s clock', () => {
  it('goes at its rate from the moment it is set to it, monotonic and wall time alike', async () => {
    const { world, host, clock, runTo } = machine();
    const wallAtFirst = clock.wallMs();
    await runTo(100);
    host.setClock({ rate: 2 });
    expect(clock.nowNs()).toBe(100 * MS);
    await runTo(150);
    expect([clock.nowNs(), clock.wallMs() - wallAtFirst, world.clock.nowNs()]).toEqual([200 * MS, 200, 150 * MS]);
    host.setClock({ rate: 0.5 });
    await runTo(250);
    expect([clock.nowNs(), clock.wallMs() - wallAtFirst, host.wallAheadMs()]).toEqual([250 * MS, 250, 0]);
    host.setClock({ rate: 1 });
    await runTo(251);
    expect(clock.nowNs()).toBe(251 * MS);
  });

  it('jumps only on the wall, forth and back, and is right again by what it says it is ahead', async () => {
    const { world, host, clock, runTo } = machine();
    host.setClock({ jumpMs: 60_000 });
    expect([clock.nowNs(), host.wallAheadMs()]).toEqual([0, 60_000]);
    host.setClock({ jumpMs: -90_000, rate: 1.1 });
    await runTo(1000);
    expect([clock.nowNs(), host.wallAheadMs()]).toEqual([1100 * MS, -29_900]);
    host.setClock({ jumpMs: -host.wallAheadMs(), rate: 1 });
    await runTo(2000);
    expect([clock.wallMs(), host.wallAheadMs()]).toEqual([world.clock.wallMs(), 0]);
    expect(clock.nowNs()).toBe(2100 * MS);
  });

  it.each([
    [2, 50],
    [0.5, 200],
    [1, 100],
  ])('at rate %d lets a timer of 100 ms fire after %d ms of true time', async (rate, trueMs) => {
    const { world, host, clock, runTo } = machine();
    await runTo(7);
    host.setClock({ rate });
    const fired: number[] = [];
    clock.setTimer(100, () => fired.push(world.clock.nowNs() / MS - 7));
    await runTo(1000);
    expect(fired).toEqual([trueMs]);
  });

  it('that is changed leaves timers that are set already at their moment', async () => {
    const { world, host, clock, runTo } = machine();
    const fired: number[] = [];
    clock.setTimer(100, () => fired.push(world.clock.nowNs() / MS));
    host.setClock({ rate: 10, jumpMs: 5000 });
    await runTo(1000);
    expect(fired).toEqual([100]);
  });

  it('belongs to the host: the next process has it too, other hosts and the world do not', async () => {
    const { world, host, runTo } = machine();
    host.setClock({ rate: 3, jumpMs: 10 });
    await runTo(10);
    host.crash();
    const { clock: next } = host.start();
    const { clock: other } = world.host('n2').start();
    expect([next.nowNs(), other.nowNs(), world.clock.nowNs()]).toEqual([30 * MS, 10 * MS, 10 * MS]);
    expect(next.wallMs() - other.wallMs()).toBe(30);
  });

  it('never goes back and never lets a timer fire early, whatever is done to it', () => {
    const change = fc.record({
      afterNs: fc.nat(1e10),
      rate: fc.oneof(fc.constantFrom(0.5, 0.9999, 1, 1.0001, 2), fc.double({ min: 0.01, max: 50, noNaN: true })),
      jumpMs: fc.integer({ min: -1e6, max: 1e6 }),
      timerMs: fc.oneof(fc.nat(1000), fc.double({ min: 0, max: 1000, noNaN: true })),
    });
    fc.assert(
      fc.property(fc.array(change, { maxLength: 20 }), (changes) => {
        const time = new HostTime();
        let trueNs = 0;
        let last = 0;
        for (const { afterNs, rate, jumpMs, timerMs } of changes) {
          trueNs += afterNs;
          expect(time.nowNs(trueNs)).toBeGreaterThanOrEqual(last);
          last = time.nowNs(trueNs);
          time.change(trueNs, { rate, jumpMs });
          expect([time.nowNs(trueNs), Number.isSafeInteger(last)]).toEqual([last, true]);
          const firesNs = time.timerNs(trueNs, timerMs);
          expect(Number.isSafeInteger(firesNs) && firesNs >= trueNs).toBe(true);
          expect(time.nowNs(firesNs) - last).toBeGreaterThanOrEqual(timerMs * MS);
          // Nor late by more than a step of its own.
          expect(time.nowNs(firesNs) - last).toBeLessThanOrEqual(timerMs * MS + 2 * Math.max(1, rate) + 1);
        }
      }),
    );
  });

  it('does not let a timer fire early where the roundings add up', () => {
    const time = new HostTime();
    time.change(0, { rate: 0.7 });
    const [setNs, delayMs] = [343_373_353_200, 887.217177];
    expect(time.nowNs(setNs + Math.ceil((delayMs * MS) / 0.7)) - time.nowNs(setNs)).toBeLessThan(delayMs * MS);
    expect(time.nowNs(time.timerNs(setNs, delayMs)) - time.nowNs(setNs)).toBeGreaterThanOrEqual(delayMs * MS);
  });

  it('refuses rates and jumps that no clock has', () => {
    const { host } = machine();
    for (const rate of [0, -1, Number.NaN, Number.POSITIVE_INFINITY]) {
      expect(() => host.setClock({ rate })).toThrow('rate is more than 0');
    }
    expect(() => host.setClock({ jumpMs: 0.5 })).toThrow('whole milliseconds');
  });
});
