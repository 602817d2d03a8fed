import type { Operation } from '../history/operation.ts';
import { type Pair, pairOperations } from '../history/pairs.ts';
import type { FaultRecord } from './verdict.ts';

/**
 * The faults of a history. The nemesis X records each as two pairs of operations, tied together by the `fault` of their
 * values: `start-X` with `{"fault","description","leavesQuorum","hit","hub","nodeCount","target"}`, completed with `{"fault","evidence","effective"}`
 * when it is in force, and `stop-X` with `{"fault"}`, completed likewise when it has been undone. Faults may overlap.
 *
 * A heal that could not undo the fault says `"stillInForce":true`: it goes on.
 *
 * A fault took effect if either completion says so: some evidence can be had only at once, and some only in the end. One
 * whose start was never completed did not; one that was never undone has no end.
 */
export function faultsOf(history: readonly Operation[]): FaultRecord[] {
  const starts = new Map<string, Pair>();
  const stops = new Map<string, Pair>();
  for (const pair of pairOperations(history)) {
    const { process, f } = pair.invocation;
    if (process !== 'nemesis') continue;
    const name = nameOf(pair.invocation);
    // The first of a name counts: a nemesis that tries again to undo a fault does not move its beginning.
    if (f.startsWith('start-') && !starts.has(name)) starts.set(name, pair);
    if (f.startsWith('stop-')) stops.set(name, pair);
  }
  return [...starts].map(([name, start]) => faultOf(start, stops.get(name) ?? null));
}

/** When a fault was in force for certain, by indices of operations: after its injection, before its end was begun. */
export interface FaultWindow {
  readonly begin: number;
  /** Infinity where it was never undone. */
  readonly end: number;
}

/** When a fault may have been in force, in part: from the beginning of its injection to when it had been undone. */
export function extentOf({ operations }: FaultRecord): FaultWindow {
  const [begin = 0, , , end = Number.POSITIVE_INFINITY] = operations;
  return { begin, end };
}

export function windowOf({ operations }: FaultRecord): FaultWindow {
  const [, begin = Number.POSITIVE_INFINITY, end = Number.POSITIVE_INFINITY] = operations;
  return { begin, end };
}

function faultOf(start: Pair, lastStop: Pair | null): FaultRecord {
  const { description, leavesQuorum, hit, hub, nodeCount } = recordOf(start.invocation.value);
  const nemesis = start.invocation.f.slice('start-'.length);
  const injected = seenBy(start.completion);
  const healed = seenBy(lastStop?.completion ?? null);
  const stop = recordOf(lastStop?.completion?.value)['stillInForce'] === true ? null : lastStop;
  const endTime = stop?.completion?.time;
  // Their order is what `windowOf` and `extentOf` go by.
  const parts = [start.invocation, start.completion, stop?.invocation, stop?.completion];
  return {
    nemesis,
    description: typeof description === 'string' ? description : nemesis,
    startTime: start.invocation.time ?? 0,
    ...(start.completion?.time === undefined ? {} : { injectedTime: start.completion.time }),
    ...(stop?.invocation.time === undefined ? {} : { stopTime: stop.invocation.time }),
    ...(endTime === undefined ? {} : { endTime }),
    effective: start.completion !== null && (injected.effective || healed.effective),
    leavesQuorum: leavesQuorum === true,
    ...(Array.isArray(hit) ? { hit: hit.filter((node) => typeof node === 'string') } : {}),
    ...(typeof hub === 'string' ? { hub } : {}),
    ...(typeof nodeCount === 'number' ? { nodeCount } : {}),
    evidence: [...injected.evidence, ...healed.evidence],
    operations: parts.flatMap((operation) => (operation ? [operation.index] : [])),
  };
}

function seenBy(completion: Operation | null): { readonly evidence: readonly string[]; readonly effective: boolean } {
  const { evidence, effective } = recordOf(completion?.value);
  const sentences = Array.isArray(evidence) ? evidence.filter((sentence) => typeof sentence === 'string') : [];
  const error = completion?.error;
  return {
    evidence: error === undefined ? sentences : [...sentences, `${error.code}: ${error.message}`],
    effective: effective === true,
  };
}

/** What ties the operations of a fault together; a history from elsewhere may know no more than the nemesis. */
function nameOf({ f, value }: Operation): string {
  const { fault } = recordOf(value);
  return typeof fault === 'string' ? fault : f.slice(f.indexOf('-') + 1);
}

function recordOf(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null ? (value as Readonly<Record<string, unknown>>) : {};
}
