import type { NodeStatus } from '../node/client-api.ts';
import type { Cluster } from './cluster.ts';

/** What a node of any system says of itself, and what only some do. */
export type ReportedStatus = Pick<NodeStatus, 'node' | 'boot' | 'role' | 'term' | 'nowNs' | 'wallMs'> &
  Partial<Pick<NodeStatus, 'leader' | 'members' | 'membersCommitted'>>;

/** What one node says of itself, or null where it does not answer in time. */
export function nodeStatus(cluster: Cluster, node: string, timeoutMs: number): Promise<ReportedStatus | null> {
  return cluster.clock.promise((resolve) => {
    cluster.call(node, { method: 'GET', path: '/status' }, timeoutMs, (outcome) => {
      resolve(outcome.ok && outcome.value.status === 200 ? (outcome.value.body as ReportedStatus) : null);
    });
  });
}

/** The node that leads the highest term of those that answer, or null while there is none. */
export async function findLeader(cluster: Cluster, timeoutMs: number): Promise<string | null> {
  return (await leaderStatus(cluster, timeoutMs))?.node ?? null;
}

/** What that node says of itself. */
export async function leaderStatus(cluster: Cluster, timeoutMs: number): Promise<ReportedStatus | null> {
  const statuses = await Promise.all(cluster.nodes.map((node) => nodeStatus(cluster, node, timeoutMs)));
  let leader: ReportedStatus | null = null;
  for (const status of statuses) {
    if (status?.role === 'leader' && (leader === null || status.term > leader.term)) leader = status;
  }
  return leader;
}
