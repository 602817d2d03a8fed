import { Worker } from 'node:worker_threads';
import { asChaosError } from '../../base/errors.ts';
import { type Counts, noteSighting, type Sighting } from '../expander.ts';
import type { Trails } from '../simulation.ts';
import { builtModule } from './load-model.ts';
import type { Reply, Task, ThreadData } from './messages.ts';

/** The threads of one search, and what they have found so far. */
export class Threads {
  readonly sightings: Map<number, Sighting>;
  readonly trails: Trails = new Map();
  /** Whether the model has grown too large for any of them. */
  tooLarge = false;
  readonly #threads: readonly Thread[];

  constructor(count: number, data: Omit<ThreadData, 'seed'>, seed: number, sightings: ReadonlyMap<number, Sighting>) {
    this.sightings = new Map(sightings);
    this.#threads = Array.from({ length: count }, (_, at) => new Thread({ ...data, seed: (seed + at) % 2 ** 32 }));
  }

  /** Has each thread do one thing after another until `next` has nothing more for it; `done` takes each reply. */
  async run<T extends Task>(next: () => T | null, done: (task: T, reply: Reply) => void): Promise<void> {
    await Promise.all(
      this.#threads.map(async (thread) => {
        for (let task = next(); task !== null; task = next()) done(task, await this.#ask(thread, task));
      }),
    );
  }

  async all(task: Task, done: (reply: Reply) => void = () => undefined): Promise<void> {
    await Promise.all(this.#threads.map(async (thread) => done(await this.#ask(thread, task))));
  }

  /** Of all threads together. */
  get counts(): Counts {
    const sum: Counts = { states: 0, unique: 0, depth: 0, outside: 0 };
    for (const { counts } of this.#threads) {
      sum.states += counts.states;
      sum.unique += counts.unique;
      sum.outside += counts.outside;
      sum.depth = Math.max(sum.depth, counts.depth);
    }
    return sum;
  }

  async end(): Promise<void> {
    await Promise.all(this.#threads.map((thread) => thread.end()));
  }

  async #ask(thread: Thread, task: Task): Promise<Reply> {
    const reply = await thread.ask(task);
    this.tooLarge ||= reply.tooLarge;
    for (const sighting of reply.sightings.values()) noteSighting(this.sightings, sighting);
    for (const [property, keys] of reply.trails) {
      const known = this.trails.get(property);
      if (known === undefined || keys.length < known.length) this.trails.set(property, keys);
    }
    return reply;
  }
}

class Thread {
  counts: Counts = { states: 0, unique: 0, depth: 0, outside: 0 };
  readonly #worker: Worker;
  #waiting: { resolve(reply: Reply): void; reject(error: Error): void } | null = null;
  #failed: Error | null = null;

  constructor(data: ThreadData) {
    this.#worker = new Worker(new URL(builtModule(new URL(threadModule, import.meta.url).href)), { workerData: data });
    this.#worker.on('message', (reply: Reply) => {
      this.counts = reply.counts;
      this.#waiting?.resolve(reply);
    });
    this.#worker.on('error', (error) => this.#fail(asChaosError(error, 'a thread of the model checker')));
    this.#worker.on('exit', () => this.#fail(new Error('a thread of the model checker has ended')));
  }

  ask(task: Task): Promise<Reply> {
    return new Promise((resolve, reject) => {
      if (this.#failed !== null) reject(this.#failed);
      this.#waiting = { resolve, reject };
      this.#worker.postMessage(task);
    });
  }

  async end(): Promise<void> {
    await this.#worker.terminate();
  }

  #fail(error: Error): void {
    this.#failed ??= error;
    this.#waiting?.reject(this.#failed);
  }
}

const threadModule = import.meta.url.endsWith('.ts') ? './thread.ts' : './thread.js';
