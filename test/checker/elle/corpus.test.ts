import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { checkListAppend, checkRwRegister, type RegisterOptions } from '../../../src/checker/elle/check.ts';
import type { CheckerResult, Validity } from '../../../src/checker/verdict.ts';
import type { Operation } from '../../../src/history/operation.ts';
import { needsCorpus } from '../../support/needs.ts';
import { cycleFault } from './verify.ts';

interface Case {
  readonly workload: 'list-append' | 'rw-register';
  readonly opts: Readonly<Record<string, unknown>>;
  readonly valid: Validity;
  readonly types: readonly string[];
  readonly not: readonly string[];
  readonly 'also-not': readonly string[];
  readonly history: readonly Operation[];
}

/** What we say otherwise than Elle, by the number of the case from 0; docs/elle.md argues each. */
const judgedOtherwise: Readonly<Record<number, Partial<Answer>>> = {
  23: { kinds: ['G-single', 'G0', 'incompatible-order'] },
  26: { kinds: ['cyclic-versions', 'garbage-read'] },
  32: { valid: true, kinds: [], not: [] },
  33: { valid: false, kinds: ['garbage-read'] },
  34: { not: ['read-uncommitted'] },
};

interface Answer {
  readonly valid: Validity;
  readonly kinds: readonly string[];
  readonly not: readonly string[];
}

const corpus = needsCorpus();

describe.skipIf(corpus === false)("Elle's own tests", () => {
  const cases = readFileSync(`${corpus}/elle/cases.jsonl`, 'utf8')
    .split('\n')
    .filter((line) => line !== '')
    .map((line, number) => ({ number, test: JSON.parse(line) as Case }));

  it.each(cases)('case $number: $test.workload $test.opts', ({ number, test }) => {
    const result = judge(test);
    const expected = { ...answerOf(test), ...judgedOtherwise[number] };
    expect(result.valid).toBe(expected.valid);
    expect([...new Set(result.anomalies.map(({ kind }) => kind))].sort()).toEqual(expected.kinds);
    // Where Elle finds nothing that was asked for, it does not say what else it found.
    if (test.valid !== true) expect(result.stats?.['not']).toEqual(expected.not);
    if (test.valid !== true && judgedOtherwise[number] === undefined) {
      expect(result.stats?.['also-not']).toEqual(test['also-not'].toSorted());
    }
    if (test.workload === 'list-append') {
      for (const anomaly of result.anomalies) expect(cycleFault(test.history, anomaly)).toBeNull();
    }
  });
});

describe.skipIf(corpus === false)('two of them, where each register holds 1 at first', () => {
  const cases = readFileSync(`${corpus}/elle/cases.jsonl`, 'utf8').split('\n');

  it.each([33, 34])('case %i has the answer of Elle', (number) => {
    const test = JSON.parse(cases[number] ?? '') as Case;
    const result = judge(test, { initial: 1 });
    expect(result.valid).toBe(test.valid);
    if (test.valid === false) expect(result.stats?.['not']).toEqual(test.not);
  });
});

function judge({ workload, opts, history }: Case, given: RegisterOptions = {}): CheckerResult {
  const { 'consistency-models': consistencyModels, anomalies } = opts as Readonly<Record<string, string[] | null>>;
  const options: RegisterOptions = {
    ...given,
    ...(consistencyModels ? { consistencyModels } : {}),
    ...(anomalies ? { anomalies } : {}),
    ...(opts['sequential-keys?'] === true ? { sequentialKeys: true } : {}),
    ...(opts['linearizable-keys?'] === true ? { linearizableKeys: true } : {}),
  };
  return workload === 'list-append' ? checkListAppend(history, options) : checkRwRegister(history, options);
}

/** Elle tells G-single and G-nonadjacent of items apart, and names its guard against histories that show nothing. */
function answerOf({ valid, types, not }: Case): Answer {
  const named = types.filter((type) => type !== 'empty-transaction-graph');
  const kinds = named.map((type) => type.replace(/^(G-single|G-nonadjacent)-item/, '$1'));
  return { valid, kinds: kinds.sort(), not: not.toSorted() };
}
