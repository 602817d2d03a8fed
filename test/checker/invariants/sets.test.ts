import { describe, expect, it } from 'vitest';
import { checkSet } from '../../../src/checker/invariants/set.ts';
import { checkSetFull } from '../../../src/checker/invariants/set-full.ts';
import type { Operation } from '../../../src/history/operation.ts';
import type { Choices } from '../histories.ts';
import {
  bruteForcePairs,
  checkRandomly,
  mutated,
  randomHistory,
  type Shared,
  script,
  sequential,
} from './random-histories.ts';

const kindsOf = ({ anomalies }: { anomalies: readonly { kind: string }[] }) => anomalies.map(({ kind }) => kind);

/** A set that keeps its promises. */
function correctSet(): Shared {
  const elements: number[] = [];
  let last = 0;
  return {
    next: (choices) => (choices.below(3) === 0 ? { f: 'read', value: null } : { f: 'add', value: ++last }),
    apply: ({ f, value }) => {
      if (f === 'read') return [...elements];
      elements.push(value as number);
      return value;
    },
  };
}

/** An answer with an element less, twice, or too many. */
function changedRead({ f, value }: Operation, choices: Choices): unknown {
  if (f !== 'read') return value;
  const elements = value as readonly number[];
  const at = choices.below(Math.max(1, elements.length));
  switch (choices.below(3)) {
    case 0:
      return elements.toSpliced(at, 1);
    case 1:
      return [...elements, ...elements.slice(at, at + 1)];
    default:
      return [...elements, choices.below(30)];
  }
}

describe('set', () => {
  it('is valid where the last read has what was acknowledged, and perhaps more', () => {
    const result = checkSet(
      script(
        ['invoke', 0, 'add', 1],
        ['ok', 0, 'add', 1],
        ['invoke', 0, 'add', 2],
        ['info', 0, 'add', 2],
        ['invoke', 1, 'add', 3],
        ['fail', 1, 'add', 3],
        ['invoke', 1, 'read'],
        ['ok', 1, 'read', [2, 1]],
      ),
    );
    expect(result).toMatchObject({ valid: true, stats: { attempted: 3, acknowledged: 1, recovered: 1 } });
  });

  it('judges by the last read only', () => {
    const history = sequential([0, 'add', 1, 1], [0, 'read', null, []], [0, 'read', null, [1]]);
    expect(checkSet(history).valid).toBe(true);
  });

  it.each([
    ['lost', sequential([0, 'add', [0, 1], [0, 1]], [0, 'add', 2, 2], [0, 'read', null, [2]]), [0, 1, 4, 5]],
    ['unexpected', sequential([0, 'add', 1, 1], [0, 'read', null, [1, 7]]), [3]],
    ['duplicated', sequential([0, 'add', 1, 1], [0, 'read', null, [1, 1]]), [3]],
    [
      'unexpected',
      script(['invoke', 0, 'add', 1], ['fail', 0, 'add', 1], ['invoke', 0, 'read'], ['ok', 0, 'read', [1]]),
      [0, 1, 3],
    ],
    [
      'unexpected',
      script(['invoke', 0, 'read'], ['ok', 0, 'read', [1]], ['invoke', 1, 'add', 1], ['ok', 1, 'add', 1]),
      [1, 2],
    ],
  ])('finds %s', (kind, history, operations) => {
    expect(checkSet(history)).toMatchObject({ valid: false, anomalies: [{ kind, operations }] });
  });

  it('is unknown where there is nothing to go by', () => {
    expect(checkSet(sequential([0, 'add', 1, 1])).reason).toBe('no read of the set succeeded');
    expect(checkSet(sequential([0, 'read', null, []])).valid).toBe('unknown');
    const concurrent = script(
      ['invoke', 0, 'read'],
      ['invoke', 1, 'add', 1],
      ['ok', 1, 'add', 1],
      ['ok', 0, 'read', []],
    );
    expect(checkSet(concurrent)).toMatchObject({ valid: 'unknown', anomalies: [] });
    expect(() => checkSet(sequential([0, 'read', null, 5]))).toThrow('operation 1: a read of a set has the list');
  });

  it('tells a text from a number, and takes lists and maps for elements', () => {
    expect(kindsOf(checkSet(sequential([0, 'add', 1, 1], [0, 'read', null, ['1']]))).sort()).toEqual([
      'lost',
      'unexpected',
    ]);
    expect(
      checkSet(sequential([0, 'add', { b: 1, a: [2n] }, null], [0, 'read', null, [{ a: [2n], b: 1 }]])).valid,
    ).toBe(true);
  });

  checkRandomly('agrees with its definition', 2000, (choices) => {
    const history = mutated(randomHistory(choices, correctSet(), 60), choices, changedRead);
    const adds = bruteForcePairs(history, 'add');
    const reads = bruteForcePairs(history, 'read').filter(({ isOk }) => isOk);
    const last = reads.sort((a, b) => (a.completion?.index ?? 0) - (b.completion?.index ?? 0)).at(-1);
    const elements = (last?.completion?.value ?? []) as readonly number[];
    const end = last?.completion?.index ?? 0;
    const bad =
      elements.some((element, at) => elements.indexOf(element) !== at) ||
      elements.some(
        (element) =>
          !adds.some(
            ({ invocation, hasFailed }) => invocation.value === element && invocation.index < end && !hasFailed,
          ),
      ) ||
      adds.some(
        ({ isOk, completion, invocation }) =>
          isOk &&
          (completion?.index ?? 0) < (last?.invocation.index ?? 0) &&
          !elements.includes(invocation.value as number),
      );
    const result = checkSet(history);
    expect(result.valid === false).toBe(last !== undefined && bad);
    expect(result.anomalies.length > 0).toBe(result.valid === false);
  });
});

describe('set-full', () => {
  it('tells the time to visibility', () => {
    // Known at 1 ms, missed by the read from 2 ms on, seen by the read from 6 ms on.
    const history = sequential([0, 'add', 1, 1], [1, 'read', null, []], [0, 'add', 2, 2], [1, 'read', null, [1, 2]]);
    const result = checkSetFull(history);
    expect(result).toMatchObject({ valid: true, stats: { stable: 2, stale: 1, neverRead: 0 } });
    expect(result.stats?.['visibleAfterNs']).toEqual({ min: 0, p50: 0, p95: 1e6, p99: 1e6, max: 1e6 });
    expect(checkSetFull(history, { linearizable: true })).toMatchObject({
      valid: false,
      anomalies: [{ kind: 'stale', operations: [0, 1, 3] }],
    });
  });

  it.each([
    ['lost', sequential([0, 'add', 1, 1], [1, 'read', null, [1]], [1, 'read', null, []]), [0, 1, 3, 5]],
    ['lost', sequential([0, 'add', 1, 1], [1, 'read', null, []]), [0, 1, 3]],
    ['duplicated', sequential([0, 'add', 1, 1], [1, 'read', null, [1, 1]]), [3]],
    ['unexpected', sequential([0, 'add', 1, 1], [1, 'read', null, [1, 2]]), [3]],
  ])('finds %s', (kind, history, operations) => {
    expect(checkSetFull(history)).toMatchObject({ valid: false, anomalies: [{ kind, operations }] });
  });

  it('finds what was lost though its add was never acknowledged', () => {
    const history = script(
      ['invoke', 0, 'add', 1],
      ['info', 0, 'add', 1],
      ['invoke', 1, 'read'],
      ['ok', 1, 'read', [1]],
      ['invoke', 1, 'read'],
      ['ok', 1, 'read', []],
    );
    expect(checkSetFull(history)).toMatchObject({ valid: false, anomalies: [{ kind: 'lost', operations: [0, 3, 5] }] });
  });

  it('says nothing of what is not read after it was known', () => {
    const late = sequential([1, 'read', null, []], [0, 'add', 1, 1]);
    expect(checkSetFull(late)).toMatchObject({ valid: 'unknown', stats: { neverRead: 1 } });
    const some = sequential([0, 'add', 1, 1], [1, 'read', null, [1]], [0, 'add', 2, 2]);
    expect(checkSetFull(some)).toMatchObject({ valid: true, stats: { stable: 1, neverRead: 1 } });
  });

  it("takes Maelstrom's broadcast for an add", () => {
    const history = sequential([0, 'broadcast', 1, 1], [1, 'read', null, []], [1, 'read', null, []]);
    expect(kindsOf(checkSetFull(history))).toEqual(['lost']);
  });

  checkRandomly('agrees with its definition', 3000, (choices) => {
    const history = mutated(randomHistory(choices, correctSet(), 70), choices, changedRead);
    const fates = fatesByDefinition(history);
    const result = checkSetFull(history);
    const count = (fate: string): number => fates.filter((each) => each === fate).length;
    const lost = result.anomalies.filter(({ kind }) => kind === 'lost').length + (result.unlisted?.['lost'] ?? 0);
    expect(lost).toBe(count('lost'));
    expect(result.stats).toMatchObject({
      stable: count('stable') + count('stale'),
      stale: count('stale'),
      neverRead: count('never-read'),
    });
    const isBad = kindsOf(result).length > 0;
    expect(result.valid).toBe(isBad ? false : count('stable') + count('stale') > 0 ? true : 'unknown');
  });

  checkRandomly('finds nothing in what a correct set did', 1000, (choices) => {
    const history = randomHistory(choices, correctSet(), 80);
    expect(checkSetFull(history, { linearizable: true }).anomalies).toEqual([]);
    expect(checkSet(history).anomalies).toEqual([]);
  });
});

function fatesByDefinition(history: readonly Operation[]): string[] {
  const reads = bruteForcePairs(history, 'read').filter(({ isOk }) => isOk);
  return bruteForcePairs(history, 'add').map(({ invocation, completion, isOk }) => {
    const has = reads.filter((read) => ((read.completion?.value ?? []) as unknown[]).includes(invocation.value));
    const misses = reads.filter((read) => !has.includes(read) && (read.completion?.index ?? 0) > invocation.index);
    const knowing = [...(isOk ? [completion?.index ?? 0] : []), ...has.map((read) => read.completion?.index ?? 0)];
    if (knowing.length === 0) return 'unknown';
    const known = Math.min(...knowing);
    const lastOf = (pairs: typeof reads): number => Math.max(-1, ...pairs.map((read) => read.invocation.index));
    const [present, absent] = [lastOf(has), lastOf(misses)];
    if (known < absent && present < absent) return 'lost';
    if (present < 0) return 'never-read';
    return known < absent ? 'stale' : 'stable';
  });
}
