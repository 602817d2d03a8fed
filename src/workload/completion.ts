import type { Outcome } from '../base/outcome.ts';
import type { ApiResponse } from '../base/requests.ts';
import type { ApiError } from '../node/api-response.ts';
import type { Completion } from './workload.ts';

/**
 * How an operation ended, from how its call ended: `fail` only where the request was never sent or the node says that it
 * certainly took no effect; a time-out or a lost connection is `info`.
 */
export function completionOf(outcome: Outcome<ApiResponse>): Completion {
  if (!outcome.ok) {
    const { code, message } = outcome.error;
    return { type: code === 'connection-refused' ? 'fail' : 'info', error: { code, message } };
  }
  const { status, body } = outcome.value;
  if (status === 200) return { type: 'ok', value: body };
  const error = (body as Partial<ApiError> | null)?.error;
  if (error === undefined) return { type: 'info', error: { code: 'bad-response', message: `status ${status}` } };
  return { type: error.definite ? 'fail' : 'info', error: { code: error.code, message: error.message } };
}
