import { readdir, stat } from 'node:fs/promises';
import { join, sep } from 'node:path';
import { runFiles, writeRunFile } from '../controller/run-folder.ts';
import { loadChartScript } from './chart-script.ts';
import type { RunData, RunFile } from './input.ts';
import { renderJunit } from './junit.ts';
import { renderReport } from './page.ts';
import { renderSummary } from './summary.ts';
import { readTraces } from './trace-reader.ts';

/** What this layer writes: left out of the list of files, so that writing a report again gives the same bytes. */
const GENERATED: readonly string[] = [runFiles.report, runFiles.junit, runFiles.summary];

/** Writes `report.html`, `junit.xml` and `summary.md` into a run's folder; reads the nodes' traces from it. */
export async function writeReport(folder: string, run: RunData): Promise<void> {
  // The short ones first: they are what CI reads, and they need nothing but the data at hand.
  writeRunFile(folder, runFiles.junit, renderJunit(run));
  writeRunFile(folder, runFiles.summary, renderSummary(run));
  const traces = await readTraces(folder, run.test.options.nodes);
  const files = await listFiles(folder);
  const report = renderReport({ ...run, traces, files, chartScript: loadChartScript() });
  writeRunFile(folder, runFiles.report, report);
}

async function listFiles(folder: string): Promise<RunFile[]> {
  const names = await readdir(folder, { recursive: true });
  const files: RunFile[] = [];
  for (const name of names) {
    const found = await stat(join(folder, name)).catch(() => null);
    const path = name.split(sep).join('/');
    if (found?.isFile() === true && !GENERATED.includes(path)) files.push({ path, bytes: found.size });
  }
  return files.sort((a, b) => (a.path < b.path ? -1 : 1));
}
