import { present } from '../base/assert.ts';
import type { Clock } from '../base/clock.ts';
import type { ApiHandler, ApiRequest, ApiResponse } from '../base/requests.ts';
import { BroadcastError, type RaftDriver } from '../raft/driver.ts';
import type { MessageLog } from './message-log.ts';
import { roleOf } from './tracer.ts';

/**
 * The client API of a node: JSON over HTTP, made to be used by hand too:
 *
 *   curl -d '{"message":"hello"}' http://NODE:8000/broadcast      {"message":"hello","position":1}
 *   curl 'http://NODE:8000/deliveries?from=1'                     {"node":"n1","boot":1,"from":1,"messages":["hello"]}
 *   curl http://NODE:8000/status                                  {"node":"n1","role":"leader",...}
 *
 * An error has a status of 400 or more and the body `{"error":{"code","message","definite"}}`; `definite` true means that
 * the request certainly did not and will not take effect.
 */
export interface NodeStatus {
  readonly node: string;
  readonly boot: number;
  readonly role: 'follower' | 'candidate' | 'leader';
  readonly term: number;
  readonly leader: string | null;
  readonly commitIndex: number;
  /** The position of the last message delivered here. */
  readonly position: number;
  /** The node's monotonic clock, in nanoseconds: what its trace is stamped with. */
  readonly nowNs: number;
}

export interface ApiError {
  readonly error: { readonly code: string; readonly message: string; readonly definite: boolean };
}

/** A broadcast that has not committed after this long is answered with `timeout`, which is not definite. */
const broadcastTimeoutMs = 10_000;
const maxMessageBytes = 64 * 1024;
const maxMessagesPerRead = 10_000;

interface ApiContext {
  readonly node: string;
  readonly boot: number;
  readonly clock: Clock;
  readonly driver: RaftDriver;
  readonly messages: MessageLog;
}

export function clientApi(context: ApiContext): ApiHandler {
  return (request, respond) => {
    const [path, query] = request.path.split('?', 2);
    switch (`${request.method} ${path}`) {
      case 'POST /broadcast':
        broadcast(context, request, respond);
        return;
      case 'GET /deliveries':
        respond(deliveries(context, new URLSearchParams(query)));
        return;
      case 'GET /status':
        respond({ status: 200, body: status(context) });
        return;
      default:
        respond(
          refusal(404, 'not-found', 'there is POST /broadcast, GET /deliveries?from=POSITION and GET /status', true),
        );
    }
  };
}

function broadcast(context: ApiContext, request: ApiRequest, respond: (response: ApiResponse) => void): void {
  const message = (request.body as { message?: unknown } | null | undefined)?.message;
  if (typeof message !== 'string' || !message.isWellFormed()) {
    respond(refusal(400, 'bad-request', 'expected {"message":"..."} with a well-formed string', true));
    return;
  }
  const payload = new TextEncoder().encode(message);
  if (payload.length > maxMessageBytes) {
    respond(
      refusal(413, 'too-large', `a message has at most ${maxMessageBytes} bytes, this one ${payload.length}`, true),
    );
    return;
  }
  context.driver.broadcast(payload, broadcastTimeoutMs, (outcome) => {
    if (outcome.ok) {
      respond({ status: 200, body: { message, position: outcome.value } });
      return;
    }
    const { error } = outcome;
    respond(refusal(503, error.code, error.message, error instanceof BroadcastError && error.definite));
  });
}

function deliveries(context: ApiContext, query: URLSearchParams): ApiResponse {
  const text = query.get('from') ?? '1';
  const from = Number(text);
  if (!Number.isSafeInteger(from) || from < 1) {
    return refusal(400, 'bad-request', `from must be a position from 1 on, not ${text}`, true);
  }
  const { node, boot, messages } = context;
  return { status: 200, body: { node, boot, from, messages: messages.from(from, maxMessagesPerRead) } };
}

function status(context: ApiContext): NodeStatus {
  const state = present(context.driver.state, 'the API is served by a started node');
  return {
    node: context.node,
    boot: context.boot,
    ...roleOf(state),
    term: state.term,
    commitIndex: state.commitIndex,
    position: context.messages.lastPosition,
    nowNs: context.clock.nowNs(),
  };
}

function refusal(status: number, code: string, message: string, definite: boolean): ApiResponse {
  return { status, body: { error: { code, message, definite } } satisfies ApiError };
}
