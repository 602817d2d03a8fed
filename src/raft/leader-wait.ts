import type { Clock, Timer } from '../base/clock.ts';
import { leaderOf } from './protocol/roles.ts';
import type { State } from './protocol/state.ts';
import type { Pause } from './retry.ts';

/** How many are let go in one turn of the event loop, lest they keep the node from its work for the cluster. */
const sliceLength = 1000;

/** While nothing changes, so many ask again so often, the first that came: one that is answered lets all the others go. */
const probes = 10;
const probeEveryMs = 50;

/**
 * Where requests wait that found no leader which serves them: until this node hears of another one, or that the one it knows
 * is ready. What a leader elsewhere is about is not heard of here, so some ask it again and again; nobody does while none is
 * known.
 */
export class LeaderWait implements Pause {
  readonly #clock: Clock;
  #waiting = new Set<() => void>();
  /** Those that are let go, in the order in which they were. */
  readonly #going: Set<() => void>[] = [];
  #changes = 0;
  #isLed = false;
  #probing: Timer | null = null;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** What the node was and is. */
  stepped(before: State, after: State): void {
    this.#isLed = leaderOf(after) !== null;
    if (!isNews(before, after)) return;
    this.#changes++;
    this.#letGo();
  }

  mark(): number {
    return this.#changes;
  }

  after(mark: number, timeoutMs: number): Promise<void> {
    return this.#clock.promise((resolve) => {
      if (mark !== this.#changes) {
        resolve();
        return;
      }
      const wake = (): void => {
        this.#waiting.delete(wake);
        timer.cancel();
        resolve();
      };
      const timer = this.#clock.setTimer(timeoutMs, wake);
      this.#waiting.add(wake);
      this.#probeLater();
    });
  }

  served(): void {
    this.#letGo();
  }

  /** Nobody waits here any more. */
  end(): void {
    this.#changes++;
    this.#probing?.cancel();
    for (const group of [...this.#going, this.#waiting]) for (const wake of group) wake();
    this.#going.length = 0;
  }

  #letGo(): void {
    if (this.#waiting.size === 0) return;
    this.#going.push(this.#waiting);
    this.#waiting = new Set();
    if (this.#going.length === 1) this.#nextSlice();
  }

  #nextSlice(): void {
    this.#clock.soon(() => {
      let left = sliceLength;
      for (let group = this.#going[0]; group !== undefined && left > 0; group = this.#going[0]) {
        left -= wakeFirst(group, left);
        if (group.size === 0) this.#going.shift();
      }
      if (this.#going.length > 0) this.#nextSlice();
    });
  }

  #probeLater(): void {
    this.#probing ??= this.#clock.setTimer(probeEveryMs, () => {
      this.#probing = null;
      if (this.#isLed) wakeFirst(this.#waiting, probes);
      if (this.#waiting.size > 0) this.#probeLater();
    });
  }
}

/** Wakes the first so many, and returns how many those were. */
function wakeFirst(waiting: Set<() => void>, most: number): number {
  let count = 0;
  for (const wake of waiting) {
    if (count === most) break;
    waiting.delete(wake);
    wake();
    count++;
  }
  return count;
}

/** A leader, or another one, or it serves what it did not before. */
function isNews(before: State, after: State): boolean {
  const leader = leaderOf(after);
  if (leader === null) return false;
  return leader !== leaderOf(before) || after.term !== before.term || (isReady(after) && !isReady(before));
}

function isReady({ role, commitIndex }: State): boolean {
  return role.name !== 'leader' || (role.transfer === null && commitIndex >= role.termStart);
}
