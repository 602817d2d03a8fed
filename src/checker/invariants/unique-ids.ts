import type { Operation } from '../../history/operation.ts';
import { citing, Findings } from '../findings.ts';
import type { CheckerResult } from '../verdict.ts';
import { counted } from '../words.ts';
import { clientPairs, type Identity, identityOf, isOk, malformed, shown } from './values.ts';

/** Ids that are handed out by `generate`: none may be handed out twice (`duplicated`). */
export function checkUniqueIds(history: readonly Operation[]): CheckerResult {
  const pairs = clientPairs(history, 'generate');
  const findings = new Findings();
  const firstOf = new Map<Identity, number>();
  const successes = pairs.filter(isOk).toSorted((a, b) => a.completion.index - b.completion.index);
  for (const { completion } of successes) {
    const { value, index } = completion;
    if (value === null || value === undefined) throw malformed(completion, 'an id that was generated is the value');
    const id = identityOf(value);
    const first = firstOf.get(id);
    if (first === undefined) {
      firstOf.set(id, index);
      continue;
    }
    findings.add('duplicated', () => ({
      sentence: `Id ${shown(value)} was handed out twice: by operation ${first} and by operation ${index}.`,
      operations: citing(first, index),
      details: { id: value },
    }));
  }
  const stats = { attempted: pairs.length, generated: successes.length, distinct: firstOf.size };
  if (findings.total > 0) {
    return { valid: false, reason: `anomalies: ${findings.inWords()}`, ...findings.result(), stats };
  }
  if (successes.length === 0) return { valid: 'unknown', reason: 'no id was handed out', anomalies: [], stats };
  return { valid: true, reason: `${counted(firstOf.size, 'id')}, each handed out once`, anomalies: [], stats };
}
