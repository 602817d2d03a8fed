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
  readonly #waiting = new Set<() => void>();
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
    this.#letGo([...this.#waiting]);
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
    if (this.#waiting.size > 0) this.#letGo([...this.#waiting]);
  }

  /** Nobody waits here any more. */
  end(): void {
    this.#changes++;
    this.#probing?.cancel();
    for (const wake of [...this.#waiting]) wake();
  }

  #letGo(waiting: readonly (() => void)[]): void {
    if (waiting.length === 0) return;
    this.#clock.soon(() => {
      for (const wake of waiting.slice(0, sliceLength)) if (this.#waiting.has(wake)) wake();
      this.#letGo(waiting.slice(sliceLength));
    });
  }

  #probeLater(): void {
    this.#probing ??= this.#clock.setTimer(probeEveryMs, () => {
      this.#probing = null;
      if (this.#isLed) this.#letGo([...this.#waiting].slice(0, probes));
      if (this.#waiting.size > 0) this.#probeLater();
    });
  }
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
