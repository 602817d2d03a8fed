import { citing, type Findings } from '../findings.ts';
import type { Observations } from './observations.ts';
import type { Claim, Claims } from './realtime.ts';

/**
 * Positions are dense from 1, so none can exceed the number of messages broadcast by then. Where one does, something that
 * no read shows stands below it: a position left empty, or a message too many. Asked last, because an anomaly that was
 * seen may be the reason.
 */
export function judgeDensity(observations: Observations, claims: Claims, findings: Findings): void {
  if (findings.total > 0) return;
  const { broadcasts } = observations;
  let begun = 0;
  for (let at = 0; at < claims.length; at++) {
    while ((broadcasts[begun]?.invoked ?? Number.POSITIVE_INFINITY) < claims.completed(at)) begun++;
    if (claims.position(at) <= begun) continue;
    const claim = claims.claim(at);
    const count = begun;
    findings.add('gap', () => ({
      sentence: `${inWords(claim)}, when only ${count} messages had been broadcast: some position before it holds none of them.`,
      operations: citing(claim.completed),
      ...(claim.deliveredBy === null ? {} : { nodes: [claim.deliveredBy] }),
      details: { message: claim.message, position: claim.position, broadcast: count },
    }));
  }
}

function inWords({ message, position, completed, deliveredBy }: Claim): string {
  const where = `at position ${position} (operation ${completed})`;
  return deliveredBy === null
    ? `Message ${JSON.stringify(message)} was acknowledged ${where}`
    : `${deliveredBy} delivered ${JSON.stringify(message)} ${where}`;
}
