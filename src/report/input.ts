import type { Results } from '../checker/verdict.ts';
import type { TestRecord } from '../controller/run-folder.ts';
import type { Operation } from '../history/operation.ts';
import type { NodeTrace } from './trace-summary.ts';

/** A run as its folder tells it: enough for the verdict in words. */
export interface RunData {
  readonly test: TestRecord;
  readonly results: Results;
  readonly operations: readonly Operation[];
}

/** A file of the run's folder, its path relative to that folder and with `/`. */
export interface RunFile {
  readonly path: string;
  readonly bytes: number;
}

/** Everything that the page is made from: the same input gives the same bytes. */
export interface ReportInput extends RunData {
  /** By node; a node whose trace is missing has no entry. */
  readonly traces: ReadonlyMap<string, NodeTrace>;
  readonly files: readonly RunFile[];
  /** Chart.js as one classic script. */
  readonly chartScript: string;
}
