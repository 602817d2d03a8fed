/** What a checker can say. It never says true when it could not judge. */
export type Validity = true | false | 'unknown';

/** A broken promise, in the field's standard terms. */
export interface Anomaly {
  /** e.g. `lost`, `duplicated`, `reordered`, `phantom`, `split-brain`, `gap`, `realtime`, `no-recovery`. */
  readonly kind: string;
  /** One plain sentence that a reader who knows the system, but not the checker, understands. */
  readonly sentence: string;
  /** The indices, in the history, of the operations that prove it. */
  readonly operations: readonly number[];
  /** Nodes it was seen on, where that means something. */
  readonly nodes?: readonly string[];
  /** Further facts for programs, e.g. the message and positions. */
  readonly details?: Readonly<Record<string, unknown>>;
}

export interface CheckerResult {
  readonly valid: Validity;
  /** One sentence: for `unknown` why, for true what was established. */
  readonly reason: string;
  readonly anomalies: readonly Anomaly[];
  /** Anomalies found beyond those listed, by kind. */
  readonly unlisted?: Readonly<Record<string, number>>;
  /** Counts and other facts for the report. */
  readonly stats?: Readonly<Record<string, unknown>>;
}

/** A fault as the history shows it, with what others than its injector saw of it. */
export interface FaultRecord {
  /** The nemesis: `partition`, ... */
  readonly nemesis: string;
  /** In words: `n1 n2 | n3 n4 n5`. */
  readonly description: string;
  /** Nanoseconds since the run began: when its injection began, and was done; when undoing it began, and was done (absent if never). */
  readonly startTime: number;
  readonly injectedTime?: number;
  readonly stopTime?: number;
  readonly endTime?: number;
  readonly effective: boolean;
  /** Whether some majority of the nodes stayed able to talk and work throughout, so that progress was due. */
  readonly leavesQuorum: boolean;
  /** The nodes that it kept from working, or cut off from the largest group; absent where the history does not say. */
  readonly hit?: readonly string[];
  /** The one node through which alone the others could work together; absent where they needed no such. */
  readonly hub?: string;
  /** How many nodes there were. */
  readonly nodeCount?: number;
  /** What other observers saw: one sentence each. */
  readonly evidence: readonly string[];
  /** Indices of the nemesis operations that started and ended it. */
  readonly operations: readonly number[];
}

/** The document `results.json`. */
export interface Results {
  readonly valid: Validity;
  /** One sentence for a person. */
  readonly summary: string;
  readonly checkers: Readonly<Record<string, CheckerResult>>;
  readonly anomalies: readonly Anomaly[];
  readonly faults: readonly FaultRecord[];
  readonly stats: Readonly<Record<string, unknown>>;
}

/** False over unknown over true: a failure is never masked, and a part that could not be judged is never passed over. */
export function mergeValidity(parts: Iterable<Validity>): Validity {
  let merged: Validity = true;
  for (const part of parts) {
    if (part === false) return false;
    if (part === 'unknown') merged = 'unknown';
  }
  return merged;
}
