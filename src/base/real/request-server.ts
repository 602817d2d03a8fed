import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { assert, present } from '../assert.ts';
import { asChaosError } from '../errors.ts';
import { type Address, formatAddress } from '../network.ts';
import { failure, success } from '../outcome.ts';
import { REQUEST_BODY_LIMIT_BYTES, refusedResponse, tooLargeResponse } from '../request-rules.ts';
import type { ApiHandler, ApiResponse, RequestServer } from '../requests.ts';

/**
 * Serves JSON over HTTP on connections that are kept until the client ends them. What is no request of the API is
 * answered here with an ApiError body and never reaches the handler: 400 for a body that is not JSON, 405 for a method
 * other than GET and POST, 413 for a body of more than 1 MiB. A handler that throws ends the process: it has a bug.
 */
export function httpRequestServer(): RequestServer {
  return { serve };
}

const serve: RequestServer['serve'] = (address: Address, handler: ApiHandler, done) => {
  const server = createServer({ noDelay: true, keepAliveTimeout: 0 }, (request, response) => {
    receive(request, response, handler);
  });
  const onListenError = (error: Error): void => {
    done(failure(asChaosError(error, `serve on ${formatAddress(address)}`)));
  };
  server.once('error', onListenError);
  server.listen({ host: address.host, port: address.port }, () => {
    server.off('error', onListenError);
    // From here on errors are of single connections that could not be accepted; whoever opened them will see it.
    server.on('error', () => {});
    const bound = present(server.address() as AddressInfo | null, 'a server that listens has an address');
    const close = (): void => {
      server.close();
      server.closeAllConnections();
    };
    done(success({ address: { host: address.host, port: bound.port }, close }));
  });
};

function receive(request: IncomingMessage, response: ServerResponse, handler: ApiHandler): void {
  const { method, url } = request;
  if (method !== 'GET' && method !== 'POST') {
    refuse(response, refusedResponse(405, 'bad-method', `the API knows GET and POST, not ${method}`));
    return;
  }
  const chunks: Buffer[] = [];
  let length = 0;
  request.on('data', (chunk: Buffer) => {
    length += chunk.length;
    if (length <= REQUEST_BODY_LIMIT_BYTES) chunks.push(chunk);
    else if (!response.headersSent) refuse(response, tooLargeResponse());
  });
  // A request cut off half-way has nobody left to answer, and was not understood: it did not happen.
  request.on('error', () => {});
  request.on('end', () => {
    if (response.headersSent) return;
    const path = present(url, 'a request that a server received has a path');
    const body = method === 'GET' || length === 0 ? NO_BODY : parseBody(Buffer.concat(chunks));
    if (body === null) refuse(response, refusedResponse(400, 'bad-json', 'the body is not JSON'));
    else handler({ method, path, ...body }, respondOnce(response));
  });
}

const NO_BODY: { readonly body?: unknown } = {};

function parseBody(bytes: Buffer): { readonly body?: unknown } | null {
  try {
    return { body: JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes)) as unknown };
  } catch {
    return null;
  }
}

function respondOnce(response: ServerResponse): (answer: ApiResponse) => void {
  let responded = false;
  return (answer) => {
    assert(!responded, 'a request is answered once');
    responded = true;
    if (!response.destroyed) send(response, answer);
  };
}

/** Ends the connection too: the rest of what came on it may be unreadable. */
function refuse(response: ServerResponse, answer: ApiResponse): void {
  response.setHeader('connection', 'close');
  send(response, answer);
}

function send(response: ServerResponse, answer: ApiResponse): void {
  const body = Buffer.from(JSON.stringify(answer.body ?? null));
  response.writeHead(answer.status, { 'content-type': 'application/json', 'content-length': body.length });
  response.end(body);
}
