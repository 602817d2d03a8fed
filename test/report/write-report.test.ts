import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { writeReport } from '../../src/report/write-report.ts';
import { lostRun } from './fixture-run.ts';
import { traceEvents } from './fixture-traces.ts';

describe('writing a report into a run’s folder', () => {
  let folder = '';
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'report-'));
  });
  afterEach(() => rm(folder, { recursive: true }));

  const written = (): Promise<string[]> => {
    return Promise.all(['report.html', 'junit.xml', 'summary.md'].map((name) => readFile(join(folder, name), 'utf8')));
  };

  it('writes three files from the data and the traces there, the same ones again', async () => {
    await mkdir(join(folder, 'nodes/n1'), { recursive: true });
    const lines = traceEvents('n1').map((event) => `${JSON.stringify(event)}\n`);
    await writeFile(join(folder, 'nodes/n1/trace.jsonl'), lines.join(''));
    await writeFile(join(folder, 'results.json'), '{}');
    await writeReport(folder, lostRun());
    const first = await written();
    expect(first[0]).toContain('n1 leader, term 1');
    expect(first[0]).toContain('href="./nodes/n1/trace.jsonl"');
    expect(first[0]?.match(/no trace was collected/g)).toHaveLength(4);
    await writeReport(folder, lostRun());
    expect(await written()).toEqual(first);
  });

  it('needs nothing but the folder', async () => {
    await writeReport(folder, lostRun());
    expect((await readdir(folder)).sort()).toEqual(['junit.xml', 'report.html', 'summary.md']);
  });
});
