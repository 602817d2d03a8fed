import type { ApiRequest, ApiResponse } from '../base/requests.ts';
import type { ApiContext } from './api-context.ts';
import { answered, changeFailed, maxPayloadBytes, refusal, requestTimeoutMs } from './api-response.ts';
import { encodeCommand } from './commands.ts';

const maxMessagesPerRead = 10_000;

/** `POST /broadcast`: answers once the message is committed. */
export function broadcast(context: ApiContext, request: ApiRequest, respond: (response: ApiResponse) => void): void {
  const message = (request.body as { message?: unknown } | null | undefined)?.message;
  if (typeof message !== 'string' || !message.isWellFormed()) {
    respond(refusal(400, 'bad-request', 'expected {"message":"..."} with a well-formed string'));
    return;
  }
  const payload = encodeCommand({ kind: 'message', text: message });
  if (payload.length > maxPayloadBytes) {
    respond(refusal(413, 'too-large', `a message has less than ${maxPayloadBytes} bytes, this one ${payload.length}`));
    return;
  }
  context.driver.request({ type: 'broadcast', payload, stamp: null }, requestTimeoutMs, (outcome) => {
    respond(outcome.ok ? answered({ message, position: outcome.value.position }) : changeFailed(outcome.error));
  });
}

/** `GET /deliveries`: what this node has delivered, whatever others have. */
export function deliveries(context: ApiContext, query: URLSearchParams): ApiResponse {
  const text = query.get('from') ?? '1';
  const from = Number(text);
  if (!Number.isSafeInteger(from) || from < 1) {
    return refusal(400, 'bad-request', `from must be a position from 1 on, not ${text}`);
  }
  const { node, boot, machines } = context;
  return answered({ node, boot, from, messages: machines.messages.from(from, maxMessagesPerRead) });
}
