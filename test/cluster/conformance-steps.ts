import { promised, sleep } from '../../src/base/clock.ts';
import { ChaosError } from '../../src/base/errors.ts';
import type { ApiRequest, ApiResponse } from '../../src/base/requests.ts';
import type { Cluster, Link, PauseMethod } from '../../src/cluster/cluster.ts';
import { nodeStatus } from '../../src/cluster/status.ts';

export const pauseMethods: readonly PauseMethod[] = ['freezer', 'signal'];
export const status: ApiRequest = { method: 'GET', path: '/status' };
/** Deadlines are generous: the machine may be slow, and only what never comes is a failure. */
const patienceMs = 20_000;

export function callNode(cluster: Cluster, node: string, request: ApiRequest, timeoutMs: number): Promise<ApiResponse> {
  return promised(cluster.clock, (done) => cluster.call(node, request, timeoutMs, done));
}

export async function until(cluster: Cluster, what: string, reached: () => Promise<boolean>): Promise<void> {
  const deadlineNs = cluster.clock.nowNs() + patienceMs * 1e6;
  while (!(await reached())) {
    if (cluster.clock.nowNs() > deadlineNs) throw new Error(`not within ${patienceMs} ms: ${what}`);
    await sleep(cluster.clock, 20);
  }
}

export async function untilAnswers(cluster: Cluster, node: string): Promise<unknown> {
  let answer: unknown = null;
  await until(cluster, `${node} answers`, async () => {
    answer = await nodeStatus(cluster, node, 500);
    return answer !== null;
  });
  return answer;
}

export function untilBroadcast(cluster: Cluster, node: string, message: string): Promise<void> {
  const request: ApiRequest = { method: 'POST', path: '/broadcast', body: { message } };
  return until(cluster, `${node} acknowledges ${message}`, () =>
    callNode(cluster, node, request, 2_000).then(
      (response) => response.status === 200,
      () => false,
    ),
  );
}

export function untilDelivered(cluster: Cluster, node: string, wanted: readonly string[]): Promise<void> {
  return until(cluster, `${node} has delivered ${wanted.join(', ')}`, () =>
    callNode(cluster, node, { method: 'GET', path: '/deliveries?from=1' }, 2_000).then(
      ({ body }) => {
        const { messages = [] } = body as { messages?: readonly string[] };
        return wanted.every((message) => messages.includes(message));
      },
      () => false,
    ),
  );
}

/** Everything that takes a started cluster. */
export function everyOrder(cluster: Cluster): Promise<unknown>[] {
  const node = cluster.nodes[0] as string;
  return [
    cluster.cut('fault', []),
    cluster.heal('fault'),
    cluster.healAll(),
    cluster.dropped(),
    cluster.probe(),
    ...pauseMethods.map((how) => cluster.pause(node, how)),
    cluster.resume(node),
    cluster.kill(node),
    cluster.restart(node),
    cluster.observe(node),
  ];
}

export function codeOf(work: Promise<unknown>): Promise<string> {
  return work.then(
    () => 'no error',
    (error: unknown) => (error instanceof ChaosError ? error.code : String(error)),
  );
}

export function named(nodes: readonly string[]): [string, string, string, string, string] {
  return nodes.slice(0, 5) as [string, string, string, string, string];
}

export function between(a: string, b: string): Link[] {
  return [
    { from: a, to: b },
    { from: b, to: a },
  ];
}

export function allLinks(nodes: readonly string[]): Link[] {
  return nodes.flatMap((from) => nodes.filter((to) => to !== from).map((to) => ({ from, to })));
}

export function namesOf(links: readonly Link[]): string[] {
  return links.map(({ from, to }) => `${from}>${to}`).sort();
}
