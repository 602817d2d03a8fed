import { asChaosError } from '../base/errors.ts';
import { parseAddress } from '../base/network.ts';
import type { ApiRequest, ApiResponse } from '../base/requests.ts';
import { votersAt } from '../raft/member.ts';
import type { Configuration } from '../raft/protocol/entries.ts';
import type { ApiContext } from './api-context.ts';
import { answered, changeFailed, refusal, requestTimeoutMs } from './api-response.ts';

type Respond = (response: ApiResponse) => void;

/** `POST /members`: answers once the new members alone decide. */
export function changeMembers(context: ApiContext, request: ApiRequest, respond: Respond): void {
  const members = membersIn(request.body);
  if (typeof members === 'string') {
    respond(refusal(400, 'bad-request', `expected {"voters":{"n1":"host:port"},"learners":{}}: ${members}`));
    return;
  }
  context.driver.request({ type: 'change-membership', members }, requestTimeoutMs, (outcome) => {
    respond(outcome.ok ? answered({ index: outcome.value.index }) : changeFailed(outcome.error));
  });
}

/** `POST /transfer`: answers once the other node stands for election with the leader's consent. */
export function transfer(context: ApiContext, request: ApiRequest, respond: Respond): void {
  const to = (request.body as { to?: unknown } | null | undefined)?.to;
  if (typeof to !== 'string') {
    respond(refusal(400, 'bad-request', 'expected {"to":"n2"}'));
    return;
  }
  context.driver.request({ type: 'transfer-leadership', to }, requestTimeoutMs, (outcome) => {
    respond(outcome.ok ? answered({ to }) : changeFailed(outcome.error));
  });
}

/** The members, or what is wrong with them. */
function membersIn(body: unknown): Configuration | string {
  const { voters, learners = {} } = (body ?? {}) as { voters?: unknown; learners?: unknown };
  if (!isAddresses(voters) || !isAddresses(learners)) return 'addresses by name';
  try {
    for (const address of [...Object.values(voters), ...Object.values(learners)]) parseAddress(address);
  } catch (error) {
    return asChaosError(error, 'address').message;
  }
  return [...votersAt(voters), ...votersAt(learners).map((member) => ({ ...member, standing: 'learner' as const }))];
}

function isAddresses(value: unknown): value is Record<string, string> {
  if (typeof value !== 'object' || value === null) return false;
  return Object.values(value).every((address) => typeof address === 'string');
}
