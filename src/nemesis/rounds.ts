import type { Clock, Timer } from '../base/clock.ts';
import type { Random } from '../base/random.ts';
import type { Cluster } from '../cluster/cluster.ts';
import type { Operation } from '../history/operation.ts';
import type { Nemesis } from './nemesis.ts';

/** Where the nemesis's operations are recorded. */
export type RecordNemesisOperation = (operation: Pick<Operation, 'type' | 'f' | 'value'>) => void;

/**
 * Lets one nemesis work until it is stopped: a healthy gap, a fault, and so on. Each fault is two pairs of operations,
 * `start-NAME` and `stop-NAME`, tied together by the `fault` of their values. A fault in force is undone before it ends.
 */
export class NemesisRounds {
  readonly #name: string;
  readonly #nemesis: Nemesis;
  readonly #cluster: Cluster;
  readonly #random: Random;
  readonly #record: RecordNemesisOperation;
  #stopped = false;
  #wake: (() => void) | null = null;

  /** `name` is this nemesis's alone in the run: its faults are called after it. */
  constructor(name: string, nemesis: Nemesis, cluster: Cluster, random: Random, record: RecordNemesisOperation) {
    this.#name = name;
    this.#nemesis = nemesis;
    this.#cluster = cluster;
    this.#random = random;
    this.#record = record;
  }

  /** Resolves once stopped and healed. Rejects where the cluster could not be hurt or healed as asked. */
  async run(): Promise<void> {
    const { everyMs, forMs } = this.#nemesis.schedule;
    for (let round = 1; ; round++) {
      await this.#pause((everyMs - forMs) * (0.5 + this.#random.fraction()));
      if (this.#stopped) return;
      await this.#round(`${this.#name}-${round}`, forMs);
    }
  }

  /** Ends the current fault, or the wait for the next. */
  stop(): void {
    this.#stopped = true;
    this.#wake?.();
  }

  async #round(fault: string, forMs: number): Promise<void> {
    const { name } = this.#nemesis;
    const chosen = await this.#nemesis.choose(this.#cluster);
    const { description, leavesQuorum, hit, target } = chosen;
    const nodeCount = this.#cluster.nodes.length;
    const value = { fault, description, leavesQuorum, hit, nodeCount, target };
    this.#record({ type: 'invoke', f: `start-${name}`, value });
    const injected = await chosen.inject(fault);
    this.#record({ type: 'info', f: `start-${name}`, value: { fault, ...injected } });
    await this.#pause(forMs);
    this.#record({ type: 'invoke', f: `stop-${name}`, value: { fault } });
    const healed = await chosen.heal(fault);
    this.#record({ type: 'info', f: `stop-${name}`, value: { fault, ...healed } });
  }

  /** Waits, but not beyond `stop`. */
  async #pause(durationMs: number): Promise<void> {
    if (this.#stopped) return;
    await wakeableSleep(this.#cluster.clock, durationMs, (wake) => {
      this.#wake = wake;
    });
    this.#wake = null;
  }
}

function wakeableSleep(clock: Clock, durationMs: number, onArmed: (wake: () => void) => void): Promise<void> {
  return clock.promise((resolve) => {
    const timer: Timer = clock.setTimer(durationMs, () => resolve());
    onArmed(() => {
      timer.cancel();
      resolve();
    });
  });
}
