import { type Counts, Expander, type Sighting } from '../expander.ts';
import { type Entry, FrontierReader, FrontierWriter } from '../frontier.ts';
import type { Model } from '../model.ts';
import { pathTo } from '../path.ts';
import {
  type Cut,
  type Finding,
  isDecided,
  isTooLarge,
  type Limits,
  type Progress,
  type SearchResult,
  type Strategy,
} from '../search.ts';
import { findingsOf } from '../simulation.ts';
import { VisitedSet } from '../visited-set.ts';
import type { ModelSource, Task } from './messages.ts';
import { Threads } from './threads.ts';

export interface ParallelOptions extends Limits {
  readonly strategy: Strategy;
  readonly workers: number;
  /** For `simulation`: what is random is drawn from it, by each thread for itself; and how many walks there are. */
  readonly seed: number;
  readonly walks: number;
}

/**
 * A search on several threads. `model` is what `source` makes; this thread has it to begin, and to find paths again. The
 * threads share the visited set and take blocks of states from a queue that this thread keeps. Breadth-first search goes
 * level by level, so it finds shortest paths; which of several equally short ones may differ from run to run.
 */
export async function searchInParallel<State, Action>(
  model: Model<State, Action>,
  source: ModelSource,
  options: ParallelOptions,
): Promise<SearchResult<State, Action>> {
  const search = new ParallelSearch(model, source, options);
  try {
    switch (options.strategy) {
      case 'bfs':
        return await search.breadthFirst();
      case 'dfs':
        return await search.depthFirst();
      case 'simulation':
        return await search.simulation();
    }
  } finally {
    await search.end();
  }
}

interface Work {
  readonly block: SharedArrayBuffer;
  readonly from: number | null;
}

class ParallelSearch<State, Action> {
  readonly #model: Model<State, Action>;
  readonly #options: ParallelOptions;
  readonly #visited = VisitedSet.empty();
  readonly #source: ModelSource;
  /** Begins the search on this thread. */
  readonly #own: Expander<State, Action>;
  readonly #writer = new FrontierWriter((block) => this.#found.push(block));
  #started: Threads | null = null;
  /** What is still to be gone on from; and, level by level, what has been found behind it. */
  #queue: Work[] = [];
  #found: SharedArrayBuffer[] = [];
  #cut: Cut | null = null;
  #lookedAt = 0;

  constructor(model: Model<State, Action>, source: ModelSource, options: ParallelOptions) {
    this.#model = model;
    this.#options = options;
    this.#source = source;
    this.#own = new Expander(model, this.#visited, (entry) => this.#writer.push(entry));
    if (options.strategy !== 'simulation') this.#own.seed();
    this.#writer.flush();
  }

  async breadthFirst(): Promise<SearchResult<State, Action>> {
    let complete = 0;
    while (this.#found.length > 0) {
      complete++;
      if (isDecided(this.#model, this.#sightings)) this.#cut = 'found';
      else if (complete >= (this.#options.depth ?? Number.POSITIVE_INFINITY)) this.#cut = 'depth';
      else if (this.#own.counts.unique < statesBeforeThreads || this.#options.workers === 1)
        await this.#expandLevelHere();
      else await this.#expandLevel();
      if (this.#cut !== null) break;
    }
    return this.#result(complete);
  }

  async depthFirst(): Promise<SearchResult<State, Action>> {
    let tooDeep = false;
    this.#queue = this.#found.map(asWork);
    while (this.#queue.length > 0 && this.#cut === null) {
      await this.#threads.run(
        () => this.#take(() => this.#queue.pop(), 'dive'),
        (_, reply) => {
          tooDeep ||= reply.tooDeep;
          this.#queue.push(...reply.blocks.map(asWork));
          this.#look();
          if (isDecided(this.#model, this.#sightings) && this.#queue.length > 0) this.#cut ??= 'found';
        },
      );
      await this.#grow();
    }
    if (tooDeep) this.#cut ??= 'depth';
    return this.#result(this.#cut === null ? this.#progress().depth : 0);
  }

  async simulation(): Promise<SearchResult<State, Action>> {
    let left = this.#options.walks;
    await this.#threads.run<Task & { type: 'walk' }>(
      () => {
        if (left <= 0 || this.#cut !== null) return null;
        const walks = Math.min(walksPerTask, left);
        left -= walks;
        return { type: 'walk', walks };
      },
      (task, reply) => {
        left += task.walks - reply.walks;
        this.#look();
        if (isDecided(this.#model, this.#threads.trails)) this.#cut ??= 'found';
      },
    );
    const findings = findingsOf(this.#model, this.#threads.trails);
    return { ...this.#threads.counts, strategy: 'simulation', cut: this.#cut ?? 'walks', completeDepth: 0, findings };
  }

  async end(): Promise<void> {
    await this.#started?.end();
  }

  /** Threads are started once there is work for them. */
  get #threads(): Threads {
    const { segments } = this.#visited;
    const { depth, workers, seed } = this.#options;
    const data = { source: this.#source, memory: this.#model.memory, segments, depth };
    this.#started ??= new Threads(workers, data, seed, this.#own.sightings);
    return this.#started;
  }

  get #sightings(): ReadonlyMap<number, Sighting> {
    return this.#started?.sightings ?? this.#own.sightings;
  }

  async #expandLevelHere(): Promise<void> {
    const level = this.#found;
    this.#found = [];
    for (const block of level) {
      for (const reader = new FrontierReader(block); !reader.done; ) {
        if (!this.#expandHere(reader.next())) return;
        if (this.#own.counts.states - this.#lookedAt < statesPerLook) continue;
        this.#lookedAt = this.#own.counts.states;
        this.#look();
        // Lets signals and requests through.
        await new Promise((resolve) => setImmediate(resolve));
        if (this.#cut !== null) return;
      }
    }
    this.#writer.flush();
  }

  #expandHere(entry: Entry): boolean {
    try {
      this.#own.expandAlone(entry);
      return true;
    } catch (thrown) {
      if (!isTooLarge(thrown)) throw thrown;
      this.#cut = 'too-large';
      return false;
    }
  }

  /** When it is done, what has been found is the next level. */
  async #expandLevel(): Promise<void> {
    this.#queue = this.#found.map(asWork);
    this.#found = [];
    while (this.#queue.length > 0 && this.#cut === null) {
      await this.#threads.run(
        () => this.#take(() => this.#queue.shift(), 'expand'),
        (task, reply) => {
          this.#found.push(...reply.blocks);
          if (reply.rest !== null) this.#queue.push({ block: task.block, from: reply.rest });
          this.#look();
        },
      );
      await this.#grow();
    }
    await this.#threads.all({ type: 'hand-over' }, ({ blocks }) => this.#found.push(...blocks));
  }

  /** Nothing more is begun once the search is cut, nor while the visited set has to grow. */
  #take<T extends 'expand' | 'dive'>(next: () => Work | undefined, type: T): (Task & { type: T }) | null {
    if (this.#cut !== null || this.#visited.isFull) return null;
    const work = next();
    return work === undefined ? null : ({ type, ...work } as Task & { type: T });
  }

  async #grow(): Promise<void> {
    if (!this.#visited.isFull) return;
    this.#visited.grow();
    await this.#threads.all({ type: 'take-segments', segments: this.#visited.segments });
  }

  #look(): void {
    const progress = this.#progress();
    this.#options.progress?.(progress);
    if (this.#started?.tooLarge) this.#cut ??= 'too-large';
    this.#cut ??= this.#options.stop?.(progress) ?? null;
  }

  #progress(): Progress {
    const { states, unique, depth, outside } = this.#started?.counts ?? nothing;
    const own = this.#own.counts;
    let { bytes } = this.#visited;
    for (const { block } of this.#queue) bytes += block.byteLength;
    for (const block of this.#found) bytes += block.byteLength;
    return {
      states: states + own.states,
      unique: unique + own.unique,
      depth: Math.max(depth, own.depth),
      outside: outside + own.outside,
      bytes,
    };
  }

  #result(completeDepth: number): SearchResult<State, Action> {
    const findings: Finding<State, Action>[] = this.#model.properties.map((property, at) => {
      const seen = this.#sightings.get(at);
      return { property, path: seen === undefined ? null : pathTo(this.#model, this.#visited, seen.high, seen.low) };
    });
    const { bytes: _, ...counts } = this.#progress();
    return { ...counts, strategy: this.#options.strategy, cut: this.#cut, completeDepth, findings };
  }
}

/** At most: a task ends after some states, and what is left of its walks goes back to all. */
const walksPerTask = 64;

/** A thread takes its time to start and to become fast, for the compiler of its own: a small search is over before. */
const statesBeforeThreads = 100_000;
const statesPerLook = 4096;
const nothing: Counts = { states: 0, unique: 0, depth: 0, outside: 0 };

function asWork(block: SharedArrayBuffer): Work {
  return { block, from: null };
}
