import type { Clock, Timer } from '../../base/clock.ts';
import { asChaosError } from '../../base/errors.ts';
import { Expander } from '../expander.ts';
import { FrontierReader, FrontierWriter } from '../frontier.ts';
import type { Model, Property } from '../model.ts';
import { fingerprintsOf, pathTo } from '../path.ts';
import type { Progress } from '../search.ts';
import { VisitedSet } from '../visited-set.ts';

export interface SearchBounds {
  /** The longest path gone, counted in states. */
  readonly depth: number;
  readonly timeMs: number;
  /** Of visited set and frontier. */
  readonly memoryBytes: number;
}

/** `done`: nothing is left to be searched. `failed`: the model could not go on. Else the bound that was reached. */
export type SearchStatus = 'searching' | 'done' | 'depth' | 'time' | 'memory' | 'failed';

export interface SearchLook extends Progress {
  readonly status: SearchStatus;
  /** Why it failed; null where it did not. */
  readonly failure: string | null;
  readonly elapsedMs: number;
  /** Every path of so many states has been searched. */
  readonly completeDepth: number;
  /** By place of the property: the fingerprints of the shortest path that decides it; null where none was found so far. */
  readonly paths: readonly (readonly string[] | null)[];
}

/** Short enough that nobody notices that an answer had to wait. */
const sliceMs = 12;
/** How many states are gone on from between two looks at the clock. */
const statesPerLook = 16;

/**
 * A breadth-first search in slices of this thread's time, so that the page is answered meanwhile. Unlike the engine's it goes
 * on behind a counterexample, since it is to find an example for each property, and tells of each as it is found.
 */
export class BackgroundSearch<State, Action> {
  readonly #model: Model<State, Action>;
  readonly #bounds: SearchBounds;
  readonly #clock: Clock;
  readonly #visited = VisitedSet.empty();
  readonly #expander: Expander<State, Action>;
  readonly #writer: FrontierWriter;
  readonly #known = new Map<number, { key: string; path: readonly string[] }>();
  #level: SharedArrayBuffer[] = [];
  #nextLevel: SharedArrayBuffer[] = [];
  #reader: FrontierReader | null = null;
  #completeDepth = 0;
  #status: SearchStatus = 'searching';
  #failure: string | null = null;
  #elapsedMs = 0;
  #timer: Timer | null = null;

  constructor(model: Model<State, Action>, bounds: SearchBounds, clock: Clock) {
    this.#model = model;
    this.#bounds = bounds;
    this.#clock = clock;
    this.#writer = new FrontierWriter((block) => this.#nextLevel.push(block));
    this.#expander = new Expander(model, this.#visited, (entry) => this.#writer.push(entry));
  }

  /** Begins; goes on by itself until it is done, reaches a bound, or is stopped. */
  start(): void {
    this.#guarded(() => this.#expander.seed());
    if (this.#status === 'searching') this.#nextLevelIsComplete();
    this.#later();
  }

  stop(): void {
    this.#timer?.cancel();
  }

  look(): SearchLook {
    return {
      ...this.#expander.counts,
      bytes: this.#bytes(),
      status: this.#status,
      failure: this.#failure,
      elapsedMs: this.#elapsedMs,
      completeDepth: this.#completeDepth,
      paths: this.#model.properties.map((_, at) => this.#pathFor(at)),
    };
  }

  #later(): void {
    if (this.#status !== 'searching') return;
    this.#timer = this.#clock.setTimer(0, () => {
      this.#slice();
      this.#later();
    });
  }

  #slice(): void {
    const beganNs = this.#clock.nowNs();
    const spentMs = (): number => (this.#clock.nowNs() - beganNs) / 1e6;
    this.#guarded(() => {
      while (this.#status === 'searching' && spentMs() < sliceMs) this.#expandSome();
    });
    this.#elapsedMs += spentMs();
    if (this.#status !== 'searching') return;
    if (this.#elapsedMs >= this.#bounds.timeMs) this.#status = 'time';
    else if (this.#bytes() >= this.#bounds.memoryBytes) this.#status = 'memory';
  }

  /** A model that has grown too large, or breaks an invariant of its own, can still be stepped through. */
  #guarded(work: () => void): void {
    try {
      work();
    } catch (thrown) {
      this.#failure = asChaosError(thrown, 'the model failed').message;
      this.#status = 'failed';
    }
  }

  #expandSome(): void {
    for (let left = statesPerLook; left > 0 && this.#status === 'searching'; left--) this.#expandOne();
  }

  #expandOne(): void {
    while (this.#reader === null || this.#reader.done) {
      const block = this.#level.pop();
      if (block === undefined) {
        this.#nextLevelIsComplete();
        return;
      }
      this.#reader = new FrontierReader(block);
    }
    this.#expander.expandAlone(this.#reader.next());
  }

  #nextLevelIsComplete(): void {
    this.#writer.flush();
    this.#completeDepth++;
    this.#reader = null;
    this.#level = this.#nextLevel.reverse();
    this.#nextLevel = [];
    if (this.#level.length === 0) this.#status = 'done';
    else if (this.#completeDepth >= this.#bounds.depth) this.#status = 'depth';
  }

  #bytes(): number {
    return this.#visited.bytes + [...this.#level, ...this.#nextLevel].reduce((sum, block) => sum + block.byteLength, 0);
  }

  #pathFor(at: number): readonly string[] | null {
    const seen = this.#expander.sightings.get(at);
    if (seen === undefined) return null;
    const key = `${seen.high}/${seen.low}`;
    const known = this.#known.get(at);
    if (known?.key === key) return known.path;
    const path = fingerprintsOf(this.#model, pathTo(this.#model, this.#visited, seen.high, seen.low));
    this.#known.set(at, { key, path });
    return path;
  }
}

/** What the search has found out about a property, in words; `paths` are counted in steps. */
export function wordsFor<State>(
  { expectation }: Property<State>,
  look: SearchLook,
  path: readonly string[] | null,
): string {
  const steps = path === null ? '' : plural(path.length - 1, 'step');
  const isOver = look.status !== 'searching';
  const isComplete = look.status === 'done';
  switch (expectation) {
    case 'always':
      if (path !== null) return `broken after ${steps}`;
      return isComplete ? 'holds in every state' : isOver ? 'not broken up to the cut' : 'not broken so far';
    case 'sometimes':
      if (path !== null) return `holds after ${steps}`;
      return isComplete ? 'holds in no state' : isOver ? 'not seen up to the cut' : 'not seen so far';
    case 'eventually':
      if (path !== null) return `broken: never on a path of ${steps}`;
      return isComplete ? 'holds on every path that ends' : isOver ? 'not broken up to the cut' : 'not broken so far';
  }
}

/** Why the search is not going on, in a sentence. */
export function statusWords(look: SearchLook, bounds: SearchBounds): string {
  const rest = `every path of up to ${plural(look.completeDepth, 'state')} has been searched`;
  switch (look.status) {
    case 'searching':
      return 'Searching.';
    case 'failed':
      return `Ended: ${look.failure}; ${rest}, longer ones only in part.`;
    case 'done':
      return 'Done: every state within the boundary has been seen.';
    case 'depth':
      return `Cut at depth ${bounds.depth}: longer paths have not been searched.`;
    case 'time':
      return `Cut after ${bounds.timeMs / 1000} s: ${rest}, longer ones only in part.`;
    case 'memory':
      return `Cut at ${Math.round(bounds.memoryBytes / 2 ** 20)} MiB: ${rest}, longer ones only in part.`;
  }
}

function plural(count: number, noun: string): string {
  return `${count.toLocaleString('en')} ${noun}${count === 1 ? '' : 's'}`;
}
