import type { Address } from './network.ts';
import type { Callback } from './outcome.ts';

/** The port of client calls: one JSON request, one JSON response. HTTP in a container, events in a simulation. */
export interface ApiRequest {
  readonly method: 'GET' | 'POST';
  /** Path with query, e.g. `/deliveries?from=1`. */
  readonly path: string;
  /** The JSON body of a POST. */
  readonly body?: unknown;
}

export interface ApiResponse {
  /** An HTTP status code. */
  readonly status: number;
  readonly body: unknown;
}

export type ApiHandler = (request: ApiRequest, respond: (response: ApiResponse) => void) => void;

export interface RequestServer {
  serve(address: Address, handler: ApiHandler, done: Callback<{ readonly address: Address; close(): void }>): void;
}

/**
 * Errors of `call` say what is known of the outcome by their code:
 * - `connection-refused`: the request was never sent, so it certainly did not happen;
 * - `timeout`, `connection-lost`, `bad-response`: it may have happened, now or later.
 */
export interface RequestClient {
  call(address: Address, request: ApiRequest, timeoutMs: number, done: Callback<ApiResponse>): void;
  /** Ends the connections that are open; calls under way report `connection-lost`. */
  close(): void;
}
