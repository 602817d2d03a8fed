import type Docker from 'dockerode';
import { type Clock, promised, sleep } from '../../base/clock.ts';
import { ChaosError } from '../../base/errors.ts';
import type { Address } from '../../base/network.ts';
import type { ApiRequest, ApiResponse, RequestClient } from '../../base/requests.ts';
import { lastWords } from './collect.ts';
import type { NodeLife } from './node-watch.ts';

export interface ReadinessRequest {
  readonly node: string;
  readonly address: Address;
  readonly containerId: string;
  readonly life: NodeLife;
  readonly clock: Clock;
  readonly client: RequestClient;
  /** Called before each further try; throws where none is wanted any more. */
  readonly goOn: () => void;
}

/** How long all nodes together may take until they answer, from when their containers run. */
const answerTimeoutMs = 30_000;
const answerPollMs = 25;
const status: ApiRequest = { method: 'GET', path: '/status' };

/** Waits until the node's client API answers. Rejects with `node-not-up` when its process dies or time is over. */
export async function untilAnswers(docker: Docker, request: ReadinessRequest): Promise<void> {
  const { node, address, clock, client, life } = request;
  const deadlineNs = clock.nowNs() + answerTimeoutMs * 1e6;
  for (;;) {
    request.goOn();
    const response = await promised<ApiResponse>(clock, (done) => {
      client.call(address, status, 1_000, done);
    }).catch((error: ChaosError) => error);
    if (!(response instanceof ChaosError) && response.status === 200) return;
    const dead = life.starts > 0 && !life.alive;
    if (dead || clock.nowNs() > deadlineNs) {
      const detail = response instanceof ChaosError ? response.message : `status ${response.status}`;
      const printed = (await lastWords(docker, request.containerId)) || 'nothing';
      throw new ChaosError('node-not-up', `${node} does not answer (${detail}); it printed: ${printed}`, {
        remedy: dead
          ? `its process has ended with ${life.exitCode}: see what it printed`
          : 'the engine must run on this very Linux host: the nodes are reached at their own addresses',
      });
    }
    await sleep(clock, answerPollMs);
  }
}
