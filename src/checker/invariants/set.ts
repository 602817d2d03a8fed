import type { Operation } from '../../history/operation.ts';
import { citing, Findings } from '../findings.ts';
import type { CheckerResult } from '../verdict.ts';
import { counted } from '../words.ts';
import { type Attempt, attemptsOf, collectionOf, isPossible } from './elements.ts';
import { clientPairs, type Identity, identityOf, isOk, type Success, shown } from './values.ts';

/**
 * A set that is read once, in the end: `add` of an element, and the last `read` that succeeded. Every element whose `add`
 * was acknowledged before that read began must be in it (`lost`), and nothing else than what was added
 * (`unexpected`), each once (`duplicated`). Elements that are there though nobody learned so are counted as recovered.
 */
export function checkSet(history: readonly Operation[]): CheckerResult {
  const attempts = attemptsOf(history);
  const read = lastRead(history);
  if (read === null) return unknown('no read of the set succeeded', { attempted: attempts.size });
  const findings = new Findings();
  const seen = judgeRead(read, attempts, findings);
  let acknowledged = 0;
  let recovered = 0;
  let concurrent = 0;
  for (const [id, attempt] of attempts) {
    if (attempt.acknowledged !== null) acknowledged++;
    if (seen.has(id)) {
      if (attempt.acknowledged === null && isPossible(attempt, read)) recovered++;
    } else if (attempt.acknowledged !== null) {
      if (attempt.acknowledged < read.invocation.index) findings.add('lost', () => lost(attempt, read));
      else concurrent++;
    }
  }
  const stats = { attempted: attempts.size, acknowledged, read: seen.size, recovered, ...findings.counts() };
  if (findings.total > 0) {
    return { valid: false, reason: `anomalies: ${findings.inWords()}`, ...findings.result(), stats };
  }
  if (concurrent > 0) {
    const what = `${counted(concurrent, 'element')} acknowledged while the last read was under way`;
    return unknown(`${what} could not be judged: the read does not have them, and need not`, stats);
  }
  if (acknowledged === 0 && seen.size === 0) return unknown('no element was added for certain, and none read', stats);
  return {
    valid: true,
    reason: `all ${acknowledged} acknowledged elements were read in the end`,
    anomalies: [],
    stats,
  };
}

function lastRead(history: readonly Operation[]): Success | null {
  const reads = clientPairs(history, 'read').filter(isOk);
  return reads.reduce<Success | null>(
    (last, read) => (last === null || read.completion.index > last.completion.index ? read : last),
    null,
  );
}

/** What the read holds; elements that it must not hold are found. */
function judgeRead(read: Success, attempts: ReadonlyMap<Identity, Attempt>, findings: Findings): Set<Identity> {
  const seen = new Set<Identity>();
  for (const element of collectionOf(read.completion)) {
    const id = identityOf(element);
    if (seen.has(id)) findings.add('duplicated', () => duplicated(element, read));
    else if (!isPossible(attempts.get(id), read))
      findings.add('unexpected', () => unexpected(element, attempts.get(id), read));
    seen.add(id);
  }
  return seen;
}

function lost({ element, acknowledged, invoked }: Attempt, { invocation, completion }: Success) {
  return {
    sentence: `Element ${shown(element)} was acknowledged (operation ${acknowledged}), but the last read does not have it (operation ${completion.index}).`,
    operations: citing(invoked, acknowledged ?? invoked, invocation.index, completion.index),
    details: { element },
  };
}

export function duplicated(element: unknown, { completion }: Success) {
  return {
    sentence: `A read returned element ${shown(element)} more than once (operation ${completion.index}).`,
    operations: [completion.index],
    details: { element },
  };
}

export function unexpected(element: unknown, attempt: Attempt | undefined, { completion }: Success) {
  const read = `A read returned element ${shown(element)} (operation ${completion.index})`;
  const details = { element };
  if (attempt === undefined) {
    return { sentence: `${read}, which nobody added.`, operations: [completion.index], details };
  }
  const { invoked, failed } = attempt;
  const why =
    invoked > completion.index
      ? `before anybody added it (operation ${invoked})`
      : `although its add had certainly failed (operation ${failed})`;
  return { sentence: `${read}, ${why}.`, operations: citing(invoked, failed ?? invoked, completion.index), details };
}

function unknown(reason: string, stats: Readonly<Record<string, unknown>>): CheckerResult {
  return { valid: 'unknown', reason, anomalies: [], stats };
}
