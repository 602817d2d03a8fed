import type { Results } from '../checker/verdict.ts';
import type { Operation } from '../history/operation.ts';
import type { RunOptions } from './run-folder.ts';
import { workloadNamed } from '../workload/workloads.ts';
export function judgeRun(options: RunOptions, history: readonly Operation[]): Results {
  const r = Object.values(workloadNamed(options.workload).checkers).map((c) => c(history));
  return { valid: r[0]!.valid, summary: r[0]!.reason, checkers: {}, anomalies: r[0]!.anomalies, faults: [], stats: {} };
}
