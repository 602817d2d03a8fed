import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { type ReadFile, readHistory } from '../history/read-file.ts';
import { runFiles } from './run-folder.ts';

/** The history of a stored run; one that ended before its history began has none, which is no error. */
export function readRunHistory(folder: string): ReadFile {
  const path = join(folder, runFiles.history);
  if (existsSync(path)) return readHistory(path, 'jsonl');
  return { format: 'jsonl', operations: [], warnings: [`there is no ${path}: the run ended before anything was done`] };
}
