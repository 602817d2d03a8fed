import type { Operation } from '../history/operation.ts';
import { type Checker, guarded, summaryOf } from './compose.ts';
import { Findings } from './findings.ts';
import { type Anomaly, type CheckerResult, mergeValidity, type Validity } from './verdict.ts';
import { counted } from './words.ts';

/** The results of keys beyond are counted only; of those listed, the invalid ones come first. */
const listedKeys = 10;

/**
 * Judges each key by itself, as an object of its own: the operations of a key with those that have none, such as the
 * nemesis's. False over unknown over true; anomalies say on which key they are, and operations keep their indices. A
 * history without keys is judged as a whole.
 */
export function independently(checker: Checker): Checker {
  return (history) => {
    const parts = splitByKey(history);
    if (parts.size === 0) return guarded(() => checker(history));
    const results = new Map<Key, CheckerResult>();
    for (const [key, part] of parts)
      results.set(
        key,
        guarded(() => checker(part)),
      );
    return together(results);
  };
}

type Key = string | number;

/** The history of each key, in the order of their first operations. */
export function splitByKey(history: readonly Operation[]): Map<Key, Operation[]> {
  const parts = new Map<Key, Operation[]>();
  /** Of each part, how many operations without a key it has got. */
  const filled = new Map<Key, number>();
  const keyless: Operation[] = [];
  for (const operation of history) {
    const { key } = operation;
    if (key === undefined) {
      keyless.push(operation);
      continue;
    }
    const part = parts.get(key) ?? [];
    parts.set(key, part);
    for (let at = filled.get(key) ?? 0; at < keyless.length; at++) part.push(keyless[at] as Operation);
    filled.set(key, keyless.length);
    part.push(operation);
  }
  for (const [key, part] of parts) part.push(...keyless.slice(filled.get(key)));
  return parts;
}

function together(results: ReadonlyMap<Key, CheckerResult>): CheckerResult {
  const all = [...results];
  const having = (validity: Validity) => all.filter(([, result]) => result.valid === validity);
  const valid = mergeValidity(all.map(([, result]) => result.valid));
  const [first] = having(valid);
  const findings = new Findings();
  for (const [key, result] of all) {
    findings.addAll({ ...result, anomalies: result.anomalies.map((anomaly) => onKey(key, anomaly)) });
  }
  const parts = all.toSorted(([, a], [, b]) => rank[`${a.valid}`] - rank[`${b.valid}`]).slice(0, listedKeys);
  return {
    valid,
    reason: `${wordsOf(valid, having(valid).length, all.length)}${first === undefined ? '' : `; key ${JSON.stringify(first[0])}: ${first[1].reason}`}`,
    ...findings.result(),
    stats: {
      keys: all.length,
      invalid: having(false).length,
      unknown: having('unknown').length,
      parts: Object.fromEntries(parts.map(([key, result]) => [key, summaryOf(result)])),
    },
  };
}

/** What is listed first. */
const rank = { false: 0, unknown: 1, true: 2 } as const;

function onKey(key: Key, anomaly: Anomaly): Anomaly {
  const { sentence, details } = anomaly;
  return { ...anomaly, sentence: `Key ${JSON.stringify(key)}: ${sentence}`, details: { ...details, key } };
}

function wordsOf(valid: Validity, count: number, keys: number): string {
  const what = valid === 'unknown' ? 'could not be judged' : valid ? 'are valid' : 'are invalid';
  return `${count} of ${counted(keys, 'key')} ${what}`;
}
