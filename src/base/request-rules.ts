import type { ApiResponse } from './requests.ts';

/** The largest body of a request that a server takes; a larger one is answered with 413. */
export const REQUEST_BODY_LIMIT_BYTES = 1 << 20;

/** The answer to a request that certainly had no effect, since it never reached the handler. */
export function refusedResponse(status: number, code: string, message: string): ApiResponse {
  return { status, body: { error: { code, message, definite: true } } };
}

export function tooLargeResponse(): ApiResponse {
  return refusedResponse(413, 'too-large', `a request's body has ${REQUEST_BODY_LIMIT_BYTES} bytes at most`);
}
