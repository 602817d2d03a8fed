import { assert, present } from '../base/assert.ts';
import type { Clock, Timer } from '../base/clock.ts';
import type { Random } from '../base/random.ts';
import type { NewOperation } from '../history/operation.ts';
import type { Completion, Invocation, WorkloadRun } from '../workload/workload.ts';

export type Record = (operation: NewOperation) => void;

export interface ClientSettings {
  readonly nodes: readonly string[];
  /** Operations a second, over all clients together. */
  readonly rate: number;
  readonly concurrency: number;
}

/** One client at a time does one operation at a time under one process number; unknown outcomes retire the number. */
interface Worker {
  readonly place: number;
  process: number;
  busy: boolean;
  operations: number;
}

/**
 * The clients of a run: operations come at random intervals of the wanted mean rate and go to whichever worker is idle;
 * where all are busy the next waits for one. Worker k of many asks node k mod n; fewer workers than nodes go around.
 */
export class Clients {
  readonly #clock: Clock;
  readonly #random: Random;
  readonly #record: Record;
  readonly #workload: WorkloadRun;
  readonly #settings: ClientSettings;
  readonly #workers: Worker[];
  readonly #waiting: ((worker: Worker) => void)[] = [];
  #timer: Timer | null = null;
  #running = false;
  #due = 0;
  #nextNs = 0;
  #onIdle: (() => void) | null = null;

  constructor(clock: Clock, random: Random, record: Record, workload: WorkloadRun, settings: ClientSettings) {
    this.#clock = clock;
    this.#random = random;
    this.#record = record;
    this.#workload = workload;
    this.#settings = settings;
    this.#workers = Array.from({ length: settings.concurrency }, (_, place) => ({
      place,
      process: place,
      busy: false,
      operations: 0,
    }));
  }

  start(): void {
    this.#running = true;
    this.#nextNs = this.#clock.nowNs();
    this.#scheduleNext();
  }

  /** Begins no further operation; resolves once those under way have ended. */
  stop(): Promise<void> {
    this.#running = false;
    this.#timer?.cancel();
    return this.#clock.promise((resolve) => {
      this.#onIdle = resolve;
      this.#checkIdle();
    });
  }

  /** One operation at `node`, by the first worker that is idle: for the phases after the load. */
  perform(node: string, invocation: Invocation): Promise<Completion> {
    return this.#clock.promise((resolve) => {
      const begin = (worker: Worker): void => this.#invoke(worker, node, invocation, resolve);
      const idle = this.#idleWorker();
      if (idle === null) this.#waiting.push(begin);
      else begin(idle);
    });
  }

  #scheduleNext(): void {
    // Uniform on 0 to twice the mean, as Jepsen's `stagger`: neither in step nor in bursts.
    this.#nextNs += Math.round((this.#random.fraction() * 2e9) / this.#settings.rate);
    // From moment to moment as drawn, not from timer to timer: timers are late, and the rate would suffer.
    const delayMs = Math.max(0, this.#nextNs - this.#clock.nowNs()) / 1e6;
    this.#timer = this.#clock.setTimer(delayMs, () => {
      if (!this.#running) return;
      this.#due = Math.min(this.#due + 1, this.#workers.length);
      this.#beginDue();
      this.#scheduleNext();
    });
  }

  #beginDue(): void {
    while (this.#running && this.#due > 0) {
      const worker = this.#idleWorker();
      if (worker === null) return;
      this.#due--;
      const node = this.#nodeOf(worker);
      this.#invoke(worker, node, this.#workload.next(node), () => this.#beginDue());
    }
  }

  /** Its own node, as long as each node is some worker's; with fewer workers than nodes each asks one after the other. */
  #nodeOf(worker: Worker): string {
    const { nodes, concurrency } = this.#settings;
    const turn = concurrency < nodes.length ? worker.operations++ * concurrency : 0;
    return present(nodes[(worker.place + turn) % nodes.length], 'a worker has a node');
  }

  #idleWorker(): Worker | null {
    const idle = this.#workers.filter((worker) => !worker.busy);
    return idle.length === 0 ? null : this.#random.pick(idle);
  }

  #invoke(worker: Worker, node: string, invocation: Invocation, done: (completion: Completion) => void): void {
    assert(!worker.busy, 'a process does one operation at a time');
    worker.busy = true;
    const { process } = worker;
    this.#record({ type: 'invoke', process, ...invocation, node });
    this.#workload.invoke(node, invocation, (completion) => {
      const key = invocation.key === undefined ? {} : { key: invocation.key };
      const value = completion.value === undefined ? { value: invocation.value } : {};
      this.#record({ process, f: invocation.f, ...key, ...value, ...completion, node });
      if (completion.type === 'info') worker.process += this.#settings.concurrency;
      worker.busy = false;
      this.#waiting.shift()?.(worker);
      done(completion);
      this.#checkIdle();
    });
  }

  #checkIdle(): void {
    if (this.#onIdle !== null && this.#workers.every((worker) => !worker.busy)) {
      this.#onIdle();
      this.#onIdle = null;
    }
  }
}
