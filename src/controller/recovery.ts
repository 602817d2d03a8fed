import { sleep } from '../base/clock.ts';
import type { Cluster } from '../cluster/cluster.ts';
import type { Perform, WorkloadRun } from '../workload/workload.ts';
import type { Record } from './clients.ts';

const probePauseMs = 100;

/**
 * After all faults are undone: asks every node for an operation again and again until it succeeds or the time is up.
 * Recorded as an operation `recovery` of the nemesis, so that the history alone tells whether the system recovered.
 */
export async function awaitRecovery(
  cluster: Cluster,
  workload: WorkloadRun,
  perform: Perform,
  record: Record,
  timeoutMs: number,
): Promise<void> {
  const { clock } = cluster;
  const startNs = clock.nowNs();
  const deadlineNs = startNs + timeoutMs * 1e6;
  record({ type: 'invoke', process: 'nemesis', f: 'recovery', value: { timeoutMs } });
  const answeredAfterMs = await Promise.all(
    cluster.nodes.map(async (node): Promise<number | null> => {
      for (;;) {
        const { type } = await perform(node, workload.probe(node));
        if (type === 'ok') return Math.round((clock.nowNs() - startNs) / 1e6);
        if (clock.nowNs() > deadlineNs) return null;
        await sleep(clock, probePauseMs);
      }
    }),
  );
  const nodes = Object.fromEntries(cluster.nodes.map((node, place) => [node, answeredAfterMs[place] ?? null]));
  const recovered = answeredAfterMs.every((afterMs) => afterMs !== null);
  record({ type: 'info', process: 'nemesis', f: 'recovery', value: { timeoutMs, recovered, answeredAfterMs: nodes } });
}
