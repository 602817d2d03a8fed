export interface BugDescription {
  readonly name: string;
  readonly summary: string;
  /** A workload and nemeses that show it. */
  readonly workload: string;
  readonly nemeses: readonly string[];
}
