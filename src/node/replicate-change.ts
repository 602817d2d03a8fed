import type { ApiResponse } from '../base/requests.ts';
import { RaftError } from '../raft/errors.ts';
import type { ApiContext } from './api-context.ts';
import { changeFailed, maxPayloadBytes, refusal, requestTimeoutMs } from './api-response.ts';
import { type Change, type ChangeResult, encodeCommand } from './commands.ts';

/** What a change that was applied has found. */
export type Applied = Exclude<ChangeResult, { readonly kind: 'unknown' }>;

/**
 * Has a change replicated. Calls back once: with what it has found, when it is applied here (only then is that known), or
 * with the response that says why not.
 */
export function replicate(
  { driver, machines }: ApiContext,
  change: Change,
  applied: (result: Applied) => void,
  failed: (response: ApiResponse) => void,
): void {
  const payload = encodeCommand({ kind: 'change', change });
  if (payload.length > maxPayloadBytes) {
    failed(refusal(413, 'too-large', `a change has less than ${maxPayloadBytes} bytes, this one ${payload.length}`));
    return;
  }
  const forget = machines.waiting.wait(change.token, (result) => {
    if (result.kind !== 'unknown') applied(result);
    else failed(changeFailed(new RaftError('compacted', 'a snapshot has taken the place of the change', false)));
  });
  driver.request({ type: 'broadcast', payload, stamp: null }, requestTimeoutMs, (outcome) => {
    if (outcome.ok) return;
    // The leader's word may be lost where its entry is not: what was applied here has been answered.
    if (forget()) failed(changeFailed(outcome.error));
  });
}
