import type { Operation } from '../history/operation.ts';
import { pairOperations } from '../history/pairs.ts';

/** How operations of one name ended; `info` counts also those that have no completion. */
interface Outcomes {
  ok: number;
  fail: number;
  info: number;
}

/** What `results.json` says of a history as such. Operations are pairs of invocation and completion. */
export function operationStats(history: readonly Operation[]): Record<string, unknown> {
  const byFunction = new Map<string, Outcomes>();
  let operations = 0;
  let ok = 0;
  for (const { invocation, completion } of pairOperations(history)) {
    if (invocation.process === 'nemesis') continue;
    operations++;
    const outcomes = byFunction.get(invocation.f) ?? { ok: 0, fail: 0, info: 0 };
    byFunction.set(invocation.f, outcomes);
    const outcome = completion === null || completion.type === 'invoke' ? 'info' : completion.type;
    outcomes[outcome]++;
    if (outcome === 'ok') ok++;
  }
  const durationNs = history.findLast((operation) => operation.time !== undefined)?.time ?? null;
  const okRate = operations === 0 ? null : ok / operations;
  return { operations, ok, okRate, byFunction: Object.fromEntries(byFunction), durationNs };
}
