import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { present } from '../../base/assert.ts';
import { asChaosError, ChaosError } from '../../base/errors.ts';
import { realClock } from '../../base/real/clock.ts';
import type { Model } from '../model.ts';
import { placeAt } from './answers.ts';
import { BackgroundSearch, type SearchBounds, statusWords, wordsFor } from './background-search.ts';
import { contentPolicy, explorerPage } from './page.ts';

export interface ExplorerOptions {
  /** 0 for any that is free. */
  readonly port: number;
  readonly bounds: SearchBounds;
  /** What explores the same model again, for the page to show. */
  readonly command: string;
}

export interface Explorer {
  /** Of the page, such as `http://127.0.0.1:7238/`. */
  readonly url: string;
  /** Ends the search and all connections. */
  close(): Promise<void>;
}

const host = '127.0.0.1';
/** Room for a path of the greatest length in the first line of a request. */
const maxHeaderBytes = 64 * 1024;

/**
 * Serves the page and its API on loopback, and searches the model meanwhile. Rejects with a ChaosError: `port-taken` where
 * another program listens there, or the system's code.
 */
export function serveExplorer<State, Action>(
  model: Model<State, Action>,
  { port, bounds, command }: ExplorerOptions,
): Promise<Explorer> {
  const search = new BackgroundSearch(model, bounds, realClock());
  const routes: Routes = {
    place: (fingerprints) => placeAt(model, fingerprints),
    model: () => ({ name: model.name, command, lifelines: model.lifelines ?? [] }),
    search: () => searchAnswer(model, search, bounds),
  };
  const server = createServer({ maxHeaderSize: maxHeaderBytes }, (request, response) => {
    send(response, answer(request, routes));
  });
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => reject(listenError(error, port)));
    server.listen({ host, port }, () => {
      const bound = present(server.address() as AddressInfo | null, 'a server that listens has an address');
      search.start();
      const close = (): Promise<void> =>
        new Promise((closed) => {
          search.stop();
          server.close(() => closed());
          server.closeAllConnections();
        });
      resolve({ url: `http://${host}:${bound.port}/`, close });
    });
  });
}

interface Routes {
  place(fingerprints: readonly string[]): unknown;
  model(): unknown;
  search(): unknown;
}

interface Answer {
  readonly status: number;
  readonly type: 'text/html; charset=utf-8' | 'application/json';
  readonly body: string;
}

function answer(request: IncomingMessage, routes: Routes): Answer {
  const refusal = refusalOf(request);
  if (refusal !== null) return failed(refusal.status, refusal.code, refusal.message);
  const path = present(request.url, 'a request that a server received has a path').split('?')[0] ?? '';
  if (path === '/') return { status: 200, type: 'text/html; charset=utf-8', body: explorerPage };
  try {
    return routed(path, routes);
  } catch (thrown) {
    if (thrown instanceof ChaosError) return failed(400, thrown.code, thrown.message);
    // A fault of the model: elsewhere in it one can still step.
    return failed(500, 'model-failed', asChaosError(thrown, 'the model failed').message);
  }
}

function routed(path: string, routes: Routes): Answer {
  if (path === '/api/model') return json(routes.model());
  if (path === '/api/search') return json(routes.search());
  const [, fingerprints] = /^\/api\/state(?:\/(.*))?$/s.exec(path) ?? [null, null];
  if (fingerprints === null) return failed(404, 'not-found', 'there are /, /api/model, /api/search and /api/state/…');
  return json(routes.place(fingerprints === undefined || fingerprints === '' ? [] : fingerprints.split('/')));
}

/**
 * A page from elsewhere must learn nothing here. Its requests bear its own origin, or, where its author has given its name
 * this machine's address (DNS rebinding), its own name as the host: only names of loopback are answered, at whatever port,
 * since a tunnel may have another one.
 */
function refusalOf({ method, headers }: IncomingMessage): { status: number; code: string; message: string } | null {
  if (method !== 'GET') return { status: 405, code: 'bad-method', message: 'there is nothing here but to GET' };
  const { host: asked, origin } = headers;
  if (asked === undefined || !/^(127\.0\.0\.1|localhost|\[::1\])(:\d{1,5})?$/i.test(asked)) {
    return { status: 403, code: 'bad-host', message: 'this page is served to 127.0.0.1 and localhost only' };
  }
  if (origin !== undefined && origin.toLowerCase() !== `http://${asked.toLowerCase()}`) {
    return { status: 403, code: 'bad-origin', message: 'this page answers no other page' };
  }
  return null;
}

function searchAnswer<State, Action>(
  model: Model<State, Action>,
  search: BackgroundSearch<State, Action>,
  bounds: SearchBounds,
): unknown {
  const look = search.look();
  const { states, unique, depth, elapsedMs, status } = look;
  return {
    status,
    words: statusWords(look, bounds),
    states,
    unique,
    depth,
    seconds: elapsedMs / 1000,
    properties: model.properties.map((property, at) => {
      const path = look.paths[at] ?? null;
      const { name, expectation } = property;
      return { name, expectation, words: wordsFor(property, look, path), path };
    }),
  };
}

function json(value: unknown): Answer {
  return { status: 200, type: 'application/json', body: JSON.stringify(value) };
}

function failed(status: number, code: string, message: string): Answer {
  return { ...json({ error: { code, message } }), status };
}

function send(response: ServerResponse, { status, type, body }: Answer): void {
  response.writeHead(status, {
    'content-type': type,
    'content-length': Buffer.byteLength(body),
    'cache-control': 'no-store',
    'content-security-policy': contentPolicy,
    'cross-origin-resource-policy': 'same-origin',
    'referrer-policy': 'no-referrer',
    'x-content-type-options': 'nosniff',
    'x-frame-options': 'DENY',
  });
  response.end(body);
}

function listenError(error: NodeJS.ErrnoException, port: number): ChaosError {
  if (error.code !== 'EADDRINUSE') return asChaosError(error, `listen on ${host}:${port}`);
  return new ChaosError('port-taken', `port ${port} of ${host} is taken`, {
    remedy: 'Name another with --port, or --port 0 for any that is free.',
    cause: error,
  });
}
