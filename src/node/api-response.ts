import type { ChaosError } from '../base/errors.ts';
import type { ApiResponse } from '../base/requests.ts';
import { RaftError } from '../raft/errors.ts';

/** The body of a response with a status of 400 or more. */
export interface ApiError {
  readonly error: { readonly code: string; readonly message: string; readonly definite: boolean };
}

/** A request that certainly did not take effect. */
export function refusal(status: number, code: string, message: string): ApiResponse {
  return { status, body: { error: { code, message, definite: true } } satisfies ApiError };
}

export function answered(body: unknown): ApiResponse {
  return { status: 200, body };
}

/** A change that failed: definite only where the library says so. */
export function changeFailed(error: ChaosError): ApiResponse {
  const definite = error instanceof RaftError && error.definite;
  return { status: 503, body: { error: { code: error.code, message: error.message, definite } } satisfies ApiError };
}

/** A change that has not committed after this long is answered with `timeout`, and a read likewise. */
export const requestTimeoutMs = 10_000;

/** The most that one broadcast or value may have, in bytes of UTF-8. */
export const maxPayloadBytes = 64 * 1024;
