import type { Clock } from '../base/clock.ts';
import { RaftError } from './errors.ts';
import type { NodeId } from './protocol/entries.ts';
import { leaderOf } from './protocol/roles.ts';
import type { State } from './protocol/state.ts';

interface Watcher {
  readonly leader: NodeId;
  readonly end: (error: unknown) => void;
}

/** Who waits until this node sees somebody lead. */
export class LeaderWatch {
  readonly #clock: Clock;
  readonly #watchers = new Set<Watcher>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** What the node was and is. */
  stepped(before: State, after: State): void {
    const leader = leaderOf(after);
    if (leader === null || leader === leaderOf(before)) return;
    for (const watcher of [...this.#watchers]) if (watcher.leader === leader) watcher.end(null);
  }

  /** It will see nobody any more. */
  end(error: RaftError): void {
    for (const watcher of [...this.#watchers]) watcher.end(error);
  }

  /**
   * Asks for `leader` to lead, and resolves once this node hears of that: from now on, since what it believed before may be
   * out of date, unless the one that was asked confirms it (`leads` tells). Rejects as `ask` does, or after the time-out.
   */
  until(leader: NodeId, timeoutMs: number, ask: () => Promise<unknown>, leads: () => boolean): Promise<void> {
    return this.#clock.promise((resolve, reject) => {
      const timer = this.#clock.setTimer(timeoutMs, () => {
        watcher.end(new RaftError('timeout', `${leader} was not seen to lead within ${timeoutMs} ms`, false));
      });
      const watcher: Watcher = {
        leader,
        end: (error) => {
          this.#watchers.delete(watcher);
          timer.cancel();
          if (error === null) resolve();
          else reject(error);
        },
      };
      this.#watchers.add(watcher);
      ask().then(() => {
        if (leads()) watcher.end(null);
      }, watcher.end);
    });
  }
}
