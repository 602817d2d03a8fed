import { createHash } from 'node:crypto';
import { present } from '../base/assert.ts';
import type { Delays } from '../base/conditions.ts';
import type { Range } from '../base/duration.ts';
import { Interrupt } from '../base/interrupt.ts';
import type { Results } from '../checker/verdict.ts';
import { SimCluster } from '../cluster/sim/sim-cluster.ts';
import type { Operation } from '../history/operation.ts';
import { HistoryWriter } from '../history/writer.ts';
import type { PlannedFault } from '../nemesis/plan.ts';
import { judgeRun } from './judge-run.ts';
import type { RunOptions } from './options.ts';
import { executeRun } from './run.ts';

/** The simulated cluster that a run's options ask for. */
export function createSimulation(options: RunOptions, { traced }: { readonly traced: boolean }): SimCluster {
  const { nodes, bug, seed, timing, compaction, timeLimitMs, recoveryTimeoutMs } = options;
  const { linkLatencyUs, syncLatencyUs } = present(options.world, 'the options of a simulation have its world');
  const patienceMs = 2 * timeLimitMs + 10 * recoveryTimeoutMs + 600_000;
  const world = { linkLatency: uniform(linkLatencyUs), syncLatency: uniform(syncLatencyUs) };
  return new SimCluster({ runId: 'simulation', nodes, bug, seed, timing, compaction, ...world, traced, patienceMs });
}

function uniform([lowUs, highUs]: Range): Delays {
  return { kind: 'uniform', minNs: lowUs * 1000, maxNs: highUs * 1000 };
}

/** A run in a simulation of which nothing is kept but what is returned. */
export interface SimulatedRun {
  readonly results: Results;
  readonly operations: readonly Operation[];
  /** Of what `history.jsonl` would hold: two runs with the same are the same run. */
  readonly historySha256: string;
  readonly virtualNs: number;
  /** Events of the simulated world. */
  readonly eventCount: number;
}

export interface SimulationExtras {
  /** The faults to inflict, instead of what the nemeses of the options would choose. */
  readonly plan?: readonly PlannedFault[];
  /** Given the cluster before it is started. */
  readonly prepare?: (cluster: SimCluster) => void;
}

/** Rejects where the harness failed: an invariant of it broke, or the nodes elected no leader before anything was hurt. */
export async function simulateRun(
  options: RunOptions,
  { plan, prepare }: SimulationExtras = {},
): Promise<SimulatedRun> {
  const cluster = createSimulation(options, { traced: false });
  prepare?.(cluster);
  const hash = createHash('sha256');
  const sink = { append: (line: string) => void hash.update(line), close: () => {} };
  let writer: HistoryWriter | null = null;
  await cluster.drive(
    executeRun({
      options,
      ...(plan === undefined ? {} : { plan }),
      cluster,
      interrupt: new Interrupt(),
      record: (operation) => writer?.append(operation),
      enter: () => {},
      begun: ({ originNs }) => {
        writer = new HistoryWriter(sink, cluster.clock, originNs);
      },
    }),
  );
  const operations = (writer as HistoryWriter | null)?.operations ?? [];
  return {
    results: judgeRun(options, operations),
    operations,
    historySha256: hash.digest('hex'),
    virtualNs: cluster.clock.nowNs(),
    eventCount: cluster.clock.eventCount,
  };
}
