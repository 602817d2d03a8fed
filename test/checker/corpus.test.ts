import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { Validity } from '../../src/checker/verdict.ts';
import { judgeHistory } from '../../src/controller/judge-run.ts';
import { checkerNames, modelNames } from '../../src/controller/named-checkers.ts';
import type { HistoryFormat } from '../../src/history/format.ts';
import { readHistory } from '../../src/history/read-file.ts';
import { needsCorpus } from '../support/needs.ts';

interface Entry {
  readonly file: string;
  readonly format: HistoryFormat;
  readonly model: string;
  readonly valid: Validity;
  readonly options?: {
    readonly initial?: unknown;
    readonly 'nil-read'?: 'absent' | 'unknown';
    readonly 'failed-cas'?: 'value-differed' | 'never-happened';
    readonly 'group-size'?: number;
  };
}

const corpus = needsCorpus();

/** Where we say otherwise than the history's source, with reason: see docs/elle.md. */
const judgedOtherwise: Readonly<Record<string, Validity>> = { 'elle-cli/rw-register.edn': false };

describe.skipIf(corpus === false)('histories with known verdicts', () => {
  const entries = readFileSync(`${corpus}/manifest.jsonl`, 'utf8')
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Entry);

  it('says of each what is known of it', () => {
    const counts: Record<string, number> = {};
    let checkMs = 0;
    for (const { file, format, model, valid, options = {} } of entries) {
      const { operations } = readHistory(`${corpus}/${file}`, format);
      const { initial, 'nil-read': nilRead, 'failed-cas': failedCas, 'group-size': groupSize } = options;
      const semantics = {
        ...(initial === undefined ? {} : { initial }),
        ...(nilRead === undefined ? {} : { nilRead }),
        ...(failedCas === undefined ? {} : { failedCas }),
      };
      const invariants = groupSize === undefined ? {} : { groupSize };
      const start = performance.now();
      const results = judgeHistory(operations, { model, format, semantics, invariants });
      checkMs += performance.now() - start;
      const expected = judgedOtherwise[file] ?? valid;
      expect([file, results.valid]).toEqual([file, expected]);
      if (expected === false) expect(results.anomalies.length).toBeGreaterThan(0);
      counts[model] = (counts[model] ?? 0) + 1;
    }
    const named = Object.entries(counts).map(([model, count]) => `${count} ${model}`);
    process.stderr.write(
      `corpus: ${entries.length} histories (${named.join(', ')}), checked in ${Math.round(checkMs)} ms\n`,
    );
  });

  it('knows the format of each by itself', () => {
    for (const { file, format } of entries) {
      expect([file, readHistory(`${corpus}/${file}`).format]).toEqual([file, format]);
    }
  });

  it('lists every name that the histories come with', () => {
    const names = [...modelNames, ...checkerNames].map(({ name }) => name);
    for (const { model } of entries) expect(names).toContain(model);
  });
});
