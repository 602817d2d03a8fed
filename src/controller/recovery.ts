import { sleep } from '../base/clock.ts';
import type { RecoveryValue } from '../checker/recovery.ts';
import type { Cluster } from '../cluster/cluster.ts';
import { restoreMembership } from '../cluster/membership.ts';
import type { Perform, WorkloadRun } from '../workload/workload.ts';
import type { Record } from './clients.ts';

const probePauseMs = 100;

/**
 * After all faults are undone: makes every node a voter, where one is not (where the system
 * takes such changes), and asks every node for an operation again and
 * again until it succeeds or the time is up. Recorded as an operation `recovery` of the nemesis, so that the history alone
 * tells whether the system recovered.
 */
export async function awaitRecovery(
  cluster: Cluster,
  workload: WorkloadRun,
  perform: Perform,
  record: Record,
  { timeoutMs, restoresMembership }: { readonly timeoutMs: number; readonly restoresMembership: boolean },
): Promise<void> {
  const { clock } = cluster;
  const startNs = clock.nowNs();
  const deadlineNs = startNs + timeoutMs * 1e6;
  const sinceStartMs = (): number => Math.round((clock.nowNs() - startNs) / 1e6);
  record({ type: 'invoke', process: 'nemesis', f: 'recovery', value: { timeoutMs } });
  const untilAnswers = async (node: string): Promise<number | null> => {
    for (;;) {
      const { type } = await perform(node, workload.probe(node));
      if (type === 'ok') return sinceStartMs();
      if (clock.nowNs() > deadlineNs) return null;
      await sleep(clock, probePauseMs);
    }
  };
  const untilRestored = async (): Promise<number | null | undefined> => {
    if (!restoresMembership) return undefined;
    return (await restoreMembership(cluster, timeoutMs)) === null ? sinceStartMs() : null;
  };
  const [membersAfterMs, ...answered] = await Promise.all([untilRestored(), ...cluster.nodes.map(untilAnswers)]);
  const answeredAfterMs = Object.fromEntries(cluster.nodes.map((node, place) => [node, answered[place] ?? null]));
  const recovered = membersAfterMs !== null && answered.every((afterMs) => afterMs !== null);
  const members = membersAfterMs === undefined ? {} : { membersAfterMs };
  const value: RecoveryValue = { timeoutMs, recovered, answeredAfterMs, ...members };
  record({ type: 'info', process: 'nemesis', f: 'recovery', value });
}
