import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { Validity } from '../../../src/checker/verdict.ts';
import { judgeHistory } from '../../../src/controller/judge-run.ts';
import { checkerNames, modelNames } from '../../../src/controller/named-checkers.ts';
import type { HistoryFormat } from '../../../src/history/format.ts';
import { readHistory } from '../../../src/history/read-file.ts';
import { needsCorpus } from '../../support/needs.ts';

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

/** Histories that stand in another file than the manifest, by workload. */
function casesOfElle(): string[] {
  const counts = new Map<string, number>();
  for (const line of readFileSync(`${corpus}/elle/cases.jsonl`, 'utf8').split('\n')) {
    const workload = /^\{"workload": "([^"]+)"/.exec(line)?.[1];
    if (workload !== undefined) counts.set(workload, (counts.get(workload) ?? 0) + 1);
  }
  return [...counts].map(([workload, count]) => `${workload} (${count} of elle/cases.jsonl)`);
}

describe.skipIf(corpus === false)('histories with known verdicts', () => {
  const entries = readFileSync(`${corpus}/manifest.jsonl`, 'utf8')
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Entry);
  const isSupported = ({ model }: Entry): boolean =>
    modelNames.some(({ name, summary }) => name === model && summary !== 'not yet supported');
  const supported = entries.filter(isSupported);

  it('says of each what is known of it', () => {
    const counts: Record<string, number> = {};
    let checkMs = 0;
    for (const { file, format, model, valid, options = {} } of supported) {
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
      expect([file, results.valid]).toEqual([file, valid]);
      if (valid === false) expect(results.anomalies.length).toBeGreaterThan(0);
      counts[model] = (counts[model] ?? 0) + 1;
    }
    const named = Object.entries(counts).map(([model, count]) => `${count} ${model}`);
    const others = entries.filter((entry) => !isSupported(entry)).map(({ file, model }) => `${model} (${file})`);
    process.stderr.write(
      `corpus: ${supported.length} of ${entries.length} histories agree (${named.join(', ')}), checked in ${Math.round(checkMs)} ms; ` +
        `not yet supported: ${[...others, ...casesOfElle()].join(', ')}\n`,
    );
    expect(supported.length).toBeGreaterThan(0);
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
