import { assert } from '../assert.ts';

const NS_PER_MS = 1e6;
/** Virtual time begins with the year 2000. */
const WALL_ORIGIN_MS = Date.UTC(2000, 0, 1);

/**
 * What a host takes the time to be: true time, until its clock is changed. Monotonic time only ever goes on, faster or
 * slower; the wall clock jumps besides.
 */
export class HostTime {
  private rate = 1;
  /** Since this true time the rate has been what it is, and then it was this time here. */
  private sinceTrueNs = 0;
  private sinceNs = 0;
  private jumpedMs = 0;

  change(trueNs: number, { rate = this.rate, jumpMs = 0 }: ClockChange): void {
    assert(Number.isFinite(rate) && rate > 0, () => `a clock's rate is more than 0, not ${rate}`);
    assert(Number.isSafeInteger(jumpMs), () => `a clock jumps by whole milliseconds, not ${jumpMs}`);
    this.sinceNs = this.nowNs(trueNs);
    this.sinceTrueNs = trueNs;
    this.rate = rate;
    this.jumpedMs += jumpMs;
  }

  nowNs(trueNs: number): number {
    return this.sinceNs + Math.floor((trueNs - this.sinceTrueNs) * this.rate);
  }

  wallMs(trueNs: number): number {
    return WALL_ORIGIN_MS + Math.floor(this.nowNs(trueNs) / NS_PER_MS) + this.jumpedMs;
  }

  /** The first true time from which at least `delayMs` have passed here. */
  timerNs(trueNs: number, delayMs: number): number {
    const delayNs = Math.ceil(delayMs * NS_PER_MS);
    if (this.rate === 1) return trueNs + delayNs;
    const dueNs = this.nowNs(trueNs) + delayNs;
    let atNs = trueNs + Math.ceil(delayNs / this.rate);
    // Roundings of the product and the quotient may leave it a nanosecond short.
    while (this.nowNs(atNs) < dueNs) atNs += 1;
    return atNs;
  }
}

export interface ClockChange {
  /** From now on the clock goes this many times as fast as true time. */
  readonly rate?: number;
  /** By how much the wall clock jumps now, forth or back. */
  readonly jumpMs?: number;
}
