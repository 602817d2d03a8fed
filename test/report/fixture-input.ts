import { loadChartScript } from '../../src/report/chart-script.ts';
import type { ReportInput, RunData } from '../../src/report/input.ts';
import { nodeTraces } from './fixture-traces.ts';

const FILES = [
  { path: 'history.jsonl', bytes: 812_345 },
  { path: 'nodes/n1/trace.jsonl', bytes: 5_555_555 },
  { path: 'results.json', bytes: 2345 },
  { path: 'test.json', bytes: 900 },
];

/** A fixture run with traces of all its nodes, ready to be rendered. */
export function reportInput(run: RunData, changes: Partial<ReportInput> = {}): ReportInput {
  return { ...run, traces: nodeTraces(), files: FILES, chartScript: loadChartScript(), ...changes };
}
