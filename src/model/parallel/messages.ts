import type { Counts, Sighting } from '../expander.ts';
import type { Trails } from '../simulation.ts';

/** How a thread makes the model for itself: a function of a module, and what to give it. */
export interface ModelSource {
  /** The URL of a compiled module. */
  readonly module: string;
  /** The name of an exported ModelFactory. */
  readonly factory: string;
  /** Plain data. */
  readonly parameters: unknown;
}

/** What a thread begins with. */
export interface ThreadData {
  readonly source: ModelSource;
  /** `memory` of the model of the thread that asks. */
  readonly memory: unknown;
  readonly segments: readonly SharedArrayBuffer[];
  readonly depth: number | undefined;
  readonly seed: number;
}

/** What threads are asked to do, one thing at a time; each is answered with a Reply. */
export type Task =
  /** Go on from the states of a block from this position on. New states are kept until they are asked for. */
  | { readonly type: 'expand'; readonly block: SharedArrayBuffer; readonly from: number | null }
  | { readonly type: 'hand-over' }
  /** Search depth-first from the states of a block, for a while. */
  | { readonly type: 'dive'; readonly block: SharedArrayBuffer; readonly from: null }
  /** Walk until so many walks have ended, or for a while. */
  | { readonly type: 'walk'; readonly walks: number }
  /** The visited set has grown. */
  | { readonly type: 'take-segments'; readonly segments: readonly SharedArrayBuffer[] };

export interface Reply {
  /** Since the thread began. */
  readonly counts: Counts;
  readonly sightings: ReadonlyMap<number, Sighting>;
  readonly trails: Trails;
  /** Full blocks of new states. */
  readonly blocks: readonly SharedArrayBuffer[];
  /** Where to go on in the block that was expanded, because the visited set has to grow first. */
  readonly rest: number | null;
  readonly tooDeep: boolean;
  /** How many walks have ended. */
  readonly walks: number;
  /** The model has grown too large: the task was not done. */
  readonly tooLarge: boolean;
}
