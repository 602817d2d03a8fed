import { execFileSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { partsOf } from '../../../src/checker/linearizability/calls.ts';
import { checkLinearizability } from '../../../src/checker/linearizability/check.ts';
import { decide } from '../../../src/checker/linearizability/decide.ts';
import { defaultSemantics } from '../../../src/checker/linearizability/model.ts';
import { modelNamed } from '../../../src/checker/linearizability/models.ts';
import { search } from '../../../src/checker/linearizability/search.ts';
import { linearizationFault } from '../../../src/checker/linearizability/verify.ts';
import { JsonlParser } from '../../../src/history/jsonl.ts';
import type { Operation } from '../../../src/history/operation.ts';
import { needsCorpus } from '../../support/needs.ts';
import { historyByBruteForce, linearizableByPlainSearch } from './brute-force.ts';
import { unlimited } from './histories.ts';

const corpus = needsCorpus();

function generated(words: string): Operation[] {
  const text = execFileSync(process.execPath, [`${corpus}/generate.mjs`, ...words.split(' ')], {
    encoding: 'utf8',
    maxBuffer: 1 << 30,
  });
  const parser = new JsonlParser(words);
  for (const line of text.split('\n')) parser.line(line);
  return [...parser.end().operations];
}

describe.skipIf(corpus === false)('histories made by simulation', () => {
  it.each([
    'register-unique 1000 10',
    'register-unique 1000 30',
    'register-unique 1000 100',
    'register-unique 10000 10',
    'register-unique 3000 20 --crash 0.05',
    'cas 1000 10',
    'cas 1000 30',
    'cas 10000 10',
    'cas 2000 10 --crash 0.02',
    'kv 10000 20 --keys 100',
  ])('%s: linearizable, and the order given is one', (words) => {
    modelNamed('cas-register').use((model) => {
      for (const { problem } of partsOf(generated(words), model, defaultSemantics).parts) {
        for (const result of [search(problem, unlimited), decide(problem, unlimited)]) {
          expect(result.kind).toBe('linearizable');
          if (result.kind === 'linearizable') expect(linearizationFault(problem, result.order)).toBeNull();
        }
      }
    });
  });

  it.each(['register-unique 1000 10', 'register-unique 1000 30', 'register-unique 10000 10'])(
    '%s --bad: a stale read is found',
    (words) => {
      const result = checkLinearizability(generated(`${words} --bad`), modelNamed('register'));
      expect(result.anomalies).toMatchObject([{ kind: 'stale-read' }]);
      expect(result.anomalies[0]?.sentence).toMatch(/^Read by process \d+ returned 1 \(operation \d+\), but /);
    },
  );

  it('agrees with a plain search where the planted value may pass', () => {
    const verdicts = { true: 0, false: 0 };
    for (let seed = 1; seed <= 60; seed++) {
      const history = generated(`cas 60 4 --values 4 --crash 0.03 --bad --seed ${seed}`);
      const expected = historyByBruteForce('cas-register', history, null, defaultSemantics, linearizableByPlainSearch);
      verdicts[`${expected}`]++;
      expect([seed, checkLinearizability(history, modelNamed('cas-register')).valid]).toEqual([seed, expected]);
    }
    expect(Math.min(verdicts.true, verdicts.false)).toBeGreaterThan(0);
  });
});
