/**
 * A run's folder, `runs/<test>/<time>/`: what stands where, and the shape of `test.json`. Written as the run goes, so that
 * what is there can be judged after a crash of the controller.
 */
export const runFiles = {
  test: 'test.json',
  history: 'history.jsonl',
  results: 'results.json',
  report: 'report.html',
  junit: 'junit.xml',
  summary: 'summary.md',
  nodes: 'nodes',
} as const;

/** `test.json`: what was asked, resolved, and on what it ran. */
export interface TestRecord {
  readonly name: string;
  readonly runId: string;
  /** When the run began, ISO 8601. */
  readonly startedAt: string;
  /** The command that runs it again, seed included. */
  readonly command: string;
  readonly options: RunOptions;
  readonly versions: Readonly<Record<string, string>>;
  /** Facts of the backend: capabilities, image digests, addresses. */
  readonly cluster: Readonly<Record<string, unknown>>;
  /**
   * For each node, what to add to a trace's `time` to get nanoseconds since the run began; measured by a status call.
   */
  readonly traceOffsetsNs: Readonly<Record<string, number>>;
}

/** The options of a run, resolved: no defaults left open. Durations in milliseconds. */
export interface RunOptions {
  readonly backend: 'docker' | 'sim';
  readonly system: string;
  readonly nodes: readonly string[];
  readonly workload: string;
  /** Each as it stands on the command line, e.g. `partition:shape=halves:every=10`. */
  readonly nemeses: readonly string[];
  readonly timeLimitMs: number;
  /** Operations a second, over all processes. */
  readonly rate: number;
  readonly concurrency: number;
  readonly opTimeoutMs: number;
  readonly recoveryTimeoutMs: number;
  readonly seed: number;
  readonly bug: string | null;
}
