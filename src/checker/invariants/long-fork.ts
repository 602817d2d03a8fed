import type { Operation } from '../../history/operation.ts';
import { citing, Findings } from '../findings.ts';
import type { CheckerResult } from '../verdict.ts';
import { counted } from '../words.ts';
import { clientPairs, type Identity, identityOf, isOk, malformed, outcomeOf, type Success, shown } from './values.ts';

export interface LongForkOptions {
  /** How many keys each read must ask for; reads of other sizes are not judged as a group's. Any unless given. */
  readonly groupSize?: number;
}

/**
 * The long fork, which parallel snapshot isolation allows and snapshot isolation does not: one read shows the write of `x`
 * and not that of `y`, and another that of `y` and not that of `x`, so the writes happened in no one order (`long-fork`).
 * Operations are transactions: `write` of `[["w",k,v]]`, each key once, and `read` of `[["r",k,v],...]`, nil where a
 * key is not written yet. Where writes are in the history, a value that none of them could have left is a `garbage-read`.
 *
 * A key that is written twice cannot be judged: which of its writes a read misses would be guessed.
 */
export function checkLongFork(history: readonly Operation[], { groupSize }: LongForkOptions = {}): CheckerResult {
  const transactions = clientPairs(history, 'read', 'write', 'txn');
  const writes = writesOf(transactions);
  const findings = new Findings();
  const sightings = new Map<Identity, Map<Identity, Sighting>>();
  /** What reads showed of each key first. */
  const shownValues = new Map<Identity, Identity>();
  const problems: string[] = [];
  let reads = 0;
  for (const pair of transactions.filter(isOk)) {
    const read = readOf(pair);
    if (read === null) continue;
    reads++;
    if (groupSize !== undefined && read.keys.length !== groupSize) {
      problems.push(
        `operation ${pair.completion.index} reads ${counted(read.keys.length, 'key')}, and a group has ${groupSize}`,
      );
    }
    judgeValues(read, writes, shownValues, findings, problems);
    judgeForks(read, sightings, findings);
  }
  const stats = { reads, keys: writes.keys.size, ...findings.counts() };
  if (findings.total > 0) {
    return { valid: false, reason: `anomalies: ${findings.inWords()}`, ...findings.result(), stats };
  }
  if (reads === 0) return { valid: 'unknown', reason: 'no read succeeded', anomalies: [], stats };
  const [problem] = [...writes.twice, ...problems];
  if (problem !== undefined)
    return { valid: 'unknown', reason: `the history is no long-fork test: ${problem}`, anomalies: [], stats };
  return { valid: true, reason: `${counted(reads, 'read')} agree on one order of the writes`, anomalies: [], stats };
}

interface Writes {
  /** The writes of each key: the value, and whether it certainly failed. */
  readonly keys: ReadonlyMap<Identity, { readonly value: Identity; readonly failed: boolean }>;
  readonly twice: readonly string[];
}

interface Read {
  readonly pair: Success;
  readonly keys: readonly { readonly key: unknown; readonly value: unknown }[];
}

/** An access within a transaction: `["r","x",1]`. */
type Access = readonly [name: string, key: unknown, value: unknown];

function accessesOf(operation: Operation): readonly Access[] {
  const { value, type } = operation;
  // What a read asks for need not be told: its answer repeats it.
  if (type === 'invoke' && (value === null || value === undefined)) return [];
  const isAccess = (access: unknown): access is Access => Array.isArray(access) && typeof access[0] === 'string';
  if (Array.isArray(value) && value.every(isAccess)) return value;
  throw malformed(operation, 'a transaction of a long-fork test has a list of ["r",k,v] and ["w",k,v] for its value');
}

function writesOf(transactions: ReturnType<typeof clientPairs>): Writes {
  const keys = new Map<Identity, { value: Identity; failed: boolean }>();
  const twice: string[] = [];
  for (const pair of transactions) {
    for (const [name, key, value] of accessesOf(pair.invocation)) {
      if (name !== 'w' && name !== 'write') continue;
      const id = identityOf(key);
      const failed = outcomeOf(pair) === 'fail';
      const known = keys.get(id);
      if (known !== undefined && !known.failed && !failed) {
        twice.push(`key ${shown(key)} is written more than once (operation ${pair.invocation.index})`);
      }
      if (known === undefined || known.failed) keys.set(id, { value: identityOf(value), failed });
    }
  }
  return { keys, twice };
}

/** Null where the transaction does not read, or reads a key twice: what it wrote itself would be among what it sees. */
function readOf(pair: Success): Read | null {
  const accesses = accessesOf(pair.completion);
  const isRead = accesses.length > 0 && accesses.every(([name]) => name === 'r' || name === 'read');
  return isRead ? { pair, keys: accesses.map(([, key, value]) => ({ key, value: value ?? null })) } : null;
}

function judgeValues(
  { pair, keys }: Read,
  writes: Writes,
  shownValues: Map<Identity, Identity>,
  findings: Findings,
  problems: string[],
): void {
  const { index } = pair.completion;
  for (const { key, value } of keys) {
    if (value === null) continue;
    const id = identityOf(key);
    // Some histories come without their writes: of those, only what reads show can be held against each other.
    if (writes.keys.size === 0) {
      const other = shownValues.get(id);
      if (other === undefined) shownValues.set(id, identityOf(value));
      else if (other !== identityOf(value))
        problems.push(`reads show two values of key ${shown(key)} (operation ${index})`);
      continue;
    }
    const write = writes.keys.get(id);
    if (write?.value === identityOf(value) && !write.failed) continue;
    if (write !== undefined && writes.twice.length > 0) {
      problems.push(`operation ${index} reads ${shown(value)} of key ${shown(key)}, which is written more than once`);
      continue;
    }
    const why = write?.value === identityOf(value) ? 'whose write had certainly failed' : 'which nobody wrote there';
    findings.add('garbage-read', () => ({
      sentence: `A read returned ${shown(value)} for key ${shown(key)}, ${why} (operation ${index}).`,
      operations: [index],
      details: { key, value },
    }));
  }
}

/** The read that showed the write of one key and not that of another. */
interface Sighting {
  readonly pair: Success;
  readonly value: unknown;
}

/** Each read says of each two of its keys, if it shows one write only, which was first: no other may say the reverse. */
function judgeForks({ pair, keys }: Read, sightings: Map<Identity, Map<Identity, Sighting>>, findings: Findings): void {
  const seen = keys.filter(({ value }) => value !== null);
  const unseen = keys.filter(({ value }) => value === null);
  let isReported = false;
  for (const { key, value } of seen) {
    const id = identityOf(key);
    const after = sightings.get(id) ?? new Map<Identity, Sighting>();
    sightings.set(id, after);
    for (const { key: other } of unseen) {
      const otherId = identityOf(other);
      if (!after.has(otherId)) after.set(otherId, { pair, value });
      const reverse = sightings.get(otherId)?.get(id);
      // One anomaly a read: it is the same fork for all its keys.
      if (reverse === undefined || isReported) continue;
      isReported = true;
      findings.add('long-fork', () => longFork(pair, { key, value }, reverse, other));
    }
  }
}

function longFork(pair: Success, seen: { key: unknown; value: unknown }, reverse: Sighting, other: unknown) {
  const [x, y] = [shown(seen.key), shown(other)];
  const here = `Operation ${pair.completion.index} read ${shown(seen.value)} of key ${x} and nothing of key ${y}`;
  const there = `operation ${reverse.pair.completion.index} read ${shown(reverse.value)} of key ${y} and nothing of key ${x}`;
  return {
    sentence: `${here}, but ${there}: the two writes are in different orders for them.`,
    operations: citing(pair.completion.index, reverse.pair.completion.index),
    details: { keys: [seen.key, other] },
  };
}
