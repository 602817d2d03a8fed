import type { Operation } from '../history/operation.ts';
import type { Anomaly, CheckerResult } from './verdict.ts';

/** The value of an operation `node-crash` of the nemesis: a node's process ended, and no fault had asked for it. */
export interface NodeCrashValue {
  readonly node: string;
  readonly exitCode: number | null;
  /** The last lines that it printed. */
  readonly output: string;
}

/** Did every node live, but for the faults? One that ends by itself is broken, even if the others make up for it. */
export function checkCrashes(history: readonly Operation[]): CheckerResult {
  const crashes = history.filter((operation) => operation.f === 'node-crash' && operation.type === 'info');
  const anomalies = crashes.map(({ index, value }): Anomaly => {
    const { node, exitCode, output } = value as NodeCrashValue;
    const last = output.split('\n').findLast((line) => line !== '') ?? 'nothing';
    const how = exitCode === null ? 'ended' : `ended with exit code ${exitCode}`;
    const sentence = `The process of ${node} ${how}, and no fault had asked for it. The last it printed: ${last}`;
    return { kind: 'node-crash', sentence, operations: [index], nodes: [node], details: { output } };
  });
  if (anomalies.length === 0) return { valid: true, reason: 'no node ended by itself', anomalies };
  return { valid: false, reason: `${anomalies.length} times a node ended by itself`, anomalies };
}
