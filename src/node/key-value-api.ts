import type { ApiRequest, ApiResponse } from '../base/requests.ts';
import type { ApiContext } from './api-context.ts';
import { answered, refusal, requestTimeoutMs } from './api-response.ts';
import { type Change, isScalar } from './commands.ts';
import { type Applied, replicate } from './replicate-change.ts';

type Respond = (response: ApiResponse) => void;

/** `GET /read?key=KEY`: linearizable; answers once this node has everything that was committed when it was asked. */
export function read(context: ApiContext, query: URLSearchParams, respond: Respond): void {
  const key = query.get('key');
  if (key === null) {
    respond(refusal(400, 'bad-request', 'expected /read?key=KEY'));
    return;
  }
  context.driver.readBarrier(requestTimeoutMs, (outcome) => {
    if (outcome.ok) respond(answered({ key, value: context.machines.keyValue.get(key) }));
    // A read takes no effect, so one that failed certainly took none.
    else respond(refusal(503, outcome.error.code, outcome.error.message));
  });
}

/** `POST /write`. */
export function write(context: ApiContext, request: ApiRequest, respond: Respond): void {
  const { key, value } = (request.body ?? {}) as { key?: unknown; value?: unknown };
  if (typeof key !== 'string' || !isScalar(value)) {
    respond(refusal(400, 'bad-request', 'expected {"key":"...","value":...} with a string, number, boolean or null'));
    return;
  }
  change(context, { f: 'write', token: context.nextToken(), key, value }, respond);
}

/** `POST /cas`: sets the key to `to` if it has the value `from`. */
export function cas(context: ApiContext, request: ApiRequest, respond: Respond): void {
  const { key, from, to } = (request.body ?? {}) as { key?: unknown; from?: unknown; to?: unknown };
  if (typeof key !== 'string' || !isScalar(from) || !isScalar(to)) {
    respond(
      refusal(400, 'bad-request', 'expected {"key":"...","from":...,"to":...} with strings, numbers or the like'),
    );
    return;
  }
  change(context, { f: 'cas', token: context.nextToken(), key, from, to }, respond);
}

function change(context: ApiContext, wanted: Change & { readonly key: string }, respond: Respond): void {
  const answer = (result: Applied): ApiResponse =>
    result.kind === 'mismatch'
      ? refusal(409, 'cas-mismatch', `${wanted.key} was ${JSON.stringify(result.found)}`)
      : answered({ key: wanted.key });
  replicate(context, wanted, (result) => respond(answer(result)), respond);
}
