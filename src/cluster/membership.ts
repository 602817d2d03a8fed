import { promised, sleep } from '../base/clock.ts';
import { asChaosError } from '../base/errors.ts';
import type { ApiRequest, ApiResponse } from '../base/requests.ts';
import type { ApiError } from '../node/api-response.ts';
import type { Cluster } from './cluster.ts';
import { leaderStatus, nodeStatus, type ReportedStatus } from './status.ts';

/** Who votes and who only learns; the other nodes are left out. */
export interface Membership {
  readonly voters: readonly string[];
  readonly learners: readonly string[];
}

const statusTimeoutMs = 1000;
const callTimeoutMs = 3000;
const pauseMs = 50;

/** Every node votes, as when the cluster was made. */
function everybody({ nodes }: Cluster): Membership {
  return { voters: nodes, learners: [] };
}

/**
 * Asks for these members again and again, until that succeeds or the time is up: then the last error, else null. Only who leads
 * is asked: what a follower hands on may reach the leader long after, when something else is wanted.
 */
export async function changeMembership(
  cluster: Cluster,
  membership: Membership,
  patienceMs: number,
): Promise<string | null> {
  const request: ApiRequest = {
    method: 'POST',
    path: '/members',
    body: { voters: addresses(cluster, membership.voters), learners: addresses(cluster, membership.learners) },
  };
  const endNs = cluster.clock.nowNs() + patienceMs * 1e6;
  for (;;) {
    const leader = await leaderStatus(cluster, statusTimeoutMs);
    const error = leader === null ? 'no node leads' : await askNode(cluster, leader.node, request, callTimeoutMs);
    if (error === null || cluster.clock.nowNs() >= endNs) return error;
    await sleep(cluster.clock, pauseMs);
  }
}

/** What went wrong, in words, or null. */
export async function askNode(
  cluster: Cluster,
  node: string,
  request: ApiRequest,
  timeoutMs: number,
): Promise<string | null> {
  try {
    const { status, body } = await promised<ApiResponse>(cluster.clock, (done) =>
      cluster.call(node, request, timeoutMs, done),
    );
    if (status === 200) return null;
    const { error } = body as ApiError;
    return `${node}: ${error.code}`;
  } catch (error) {
    return `${node}: ${asChaosError(error, 'call').code}`;
  }
}

/**
 * Those of the members that say these are the members, and that this is committed. Where they are a majority of the voters,
 * nobody but they can change it.
 */
export async function whoSees(cluster: Cluster, membership: Membership): Promise<readonly string[]> {
  const { voters, learners } = membership;
  const statuses = await Promise.all(
    [...voters, ...learners].map((node) => nodeStatus(cluster, node, statusTimeoutMs)),
  );
  return statuses.flatMap((status) => (status !== null && shows(status, membership) ? [status.node] : []));
}

export function isMajority(nodes: readonly string[], { voters }: Membership): boolean {
  return nodes.filter((node) => voters.includes(node)).length > voters.length / 2;
}

/** Waits until a majority of the voters sees it, or the time is up; those who do. */
export async function untilSeen(
  cluster: Cluster,
  membership: Membership,
  patienceMs: number,
): Promise<readonly string[]> {
  const endNs = cluster.clock.nowNs() + patienceMs * 1e6;
  for (;;) {
    const seeing = await whoSees(cluster, membership);
    if (isMajority(seeing, membership) || cluster.clock.nowNs() >= endNs) return seeing;
    await sleep(cluster.clock, pauseMs);
  }
}

/** Makes everybody a voter again; null, or why that could not be had in time. */
export async function restoreMembership(cluster: Cluster, patienceMs: number): Promise<string | null> {
  const { clock } = cluster;
  const endNs = clock.nowNs() + patienceMs * 1e6;
  const all = everybody(cluster);
  const error = await changeMembership(cluster, all, patienceMs);
  if (error !== null) return error;
  const seeing = await untilSeen(cluster, all, (endNs - clock.nowNs()) / 1e6);
  return isMajority(seeing, all) ? null : 'no majority of the nodes says so';
}

function shows({ members = [], membersCommitted = false }: ReportedStatus, { voters, learners }: Membership): boolean {
  const isAsWanted = (id: string, standing: string): boolean =>
    standing === 'voter' ? voters.includes(id) : standing === 'learner' && learners.includes(id);
  return (
    membersCommitted &&
    members.length === voters.length + learners.length &&
    members.every(({ id, standing }) => isAsWanted(id, standing))
  );
}

function addresses(cluster: Cluster, nodes: readonly string[]): Readonly<Record<string, string>> {
  return Object.fromEntries(nodes.map((node) => [node, cluster.peerAddress(node)]));
}
