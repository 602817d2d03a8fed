import { Agent, request as httpRequest, type IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import type { Clock } from '../clock.ts';
import { asChaosError, ChaosError } from '../errors.ts';
import { type Address, formatAddress } from '../network.ts';
import { type Callback, failure, type Outcome, success } from '../outcome.ts';
import type { ApiRequest, ApiResponse, RequestClient } from '../requests.ts';

/**
 * Calls over HTTP on connections that are kept. A call fails with `connection-refused` only where its connection was
 * never established, so that not a byte of it can have left; whatever happens later is `connection-lost`, the reset of
 * a kept connection included. A call on a client that was closed is refused.
 */
export function httpRequestClient(clock: Clock): RequestClient {
  const agent = new Agent({ keepAlive: true, noDelay: true });
  const lose = new Set<() => void>();
  let closed = false;
  return {
    call: (address, request, timeoutMs, done) => {
      if (closed) {
        setImmediate(done, failure(new ChaosError('connection-refused', 'the client is closed')));
        return;
      }
      const loseThis = startCall(clock, agent, address, request, timeoutMs, (outcome) => {
        lose.delete(loseThis);
        done(outcome);
      });
      lose.add(loseThis);
    },
    close: () => {
      closed = true;
      for (const loseThis of [...lose]) loseThis();
      agent.destroy();
    },
  };
}

/** Starts one call; `done` is called exactly once and later. Returns what ends the call as lost. */
function startCall(
  clock: Clock,
  agent: Agent,
  address: Address,
  request: ApiRequest,
  timeoutMs: number,
  done: Callback<ApiResponse>,
): () => void {
  const context = `${request.method} ${request.path} at ${formatAddress(address)}`;
  const body = request.body === undefined ? undefined : JSON.stringify(request.body);
  let settled = false;
  let connected = false;
  const settle = (outcome: Outcome<ApiResponse>): void => {
    if (settled) return;
    settled = true;
    timer.cancel();
    done(outcome);
  };
  const fail = (code: string, cause: unknown): void => {
    const text = cause instanceof Error ? asChaosError(cause, context).message : `${context}: ${cause}`;
    settle(failure(new ChaosError(code, text, { cause })));
  };
  const abandon = (code: string, reason: string): void => {
    fail(code, reason);
    // Nothing of it may leave from now on, nor may the connection serve another call.
    sent.destroy();
  };
  const sent = httpRequest({
    agent,
    host: address.host,
    port: address.port,
    method: request.method,
    path: request.path,
    headers:
      body === undefined ? {} : { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) },
  });
  const timer = clock.setTimer(timeoutMs, () => abandon('timeout', `no answer within ${timeoutMs} ms`));
  sent.on('socket', (socket: Socket) => {
    // A kept connection never says so again, and would gather listeners call by call.
    connected = !socket.connecting;
    if (connected) return;
    socket.once('connect', () => {
      connected = true;
    });
  });
  sent.on('error', (error) => fail(connected ? codeOfLoss(error) : 'connection-refused', error));
  sent.on('response', (response) => {
    readBody(response, (outcome) => {
      if (outcome.ok) settle(outcome);
      else fail(outcome.error.code, outcome.error);
    });
  });
  sent.end(body);
  return () => abandon('connection-lost', 'the client was closed');
}

/** Node's HTTP parser names its own errors `HPE_...`: bytes came back, and they were no HTTP. */
function codeOfLoss(error: NodeJS.ErrnoException): string {
  return error.code?.startsWith('HPE_') ? 'bad-response' : 'connection-lost';
}

function readBody(response: IncomingMessage, done: Callback<ApiResponse>): void {
  const chunks: Buffer[] = [];
  response.on('data', (chunk: Buffer) => chunks.push(chunk));
  response.on('error', (error: NodeJS.ErrnoException) => {
    done(failure(new ChaosError(codeOfLoss(error), error.message, { cause: error })));
  });
  response.on('end', () => {
    try {
      const text = new TextDecoder('utf-8', { fatal: true }).decode(Buffer.concat(chunks));
      done(success({ status: response.statusCode ?? 0, body: JSON.parse(text) as unknown }));
    } catch (error) {
      done(failure(new ChaosError('bad-response', 'the answer is not JSON', { cause: error })));
    }
  });
}
