import { existsSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { Command } from 'commander';
import { UsageError } from '../../base/errors.ts';
import { judgeHistory, judgeRun } from '../../controller/judge-run.ts';
import { readResults, readTestRecord, runFiles, writeRunJson } from '../../controller/run-folder.ts';
import { readHistory } from '../../history/read-file.ts';
import { statusOf } from '../exit-status.ts';
import { Terminal, verdictWord } from '../terminal.ts';

interface CheckArguments {
  readonly checker?: string;
  readonly json?: boolean;
}

export function addCheckCommand(program: Command, exit: (status: number) => void): void {
  program
    .command('check')
    .description('judge a stored run, or a history from elsewhere')
    .argument('<path>', 'the folder of a run, or a history.jsonl')
    .option('--checker <name>', 'only this checker; see `raft-chaos list checkers`')
    .option('--json', 'print one JSON document instead of text')
    .action((path: string, given: CheckArguments) => exit(check(path, given)));
}

function check(path: string, given: CheckArguments): number {
  const terminal = new Terminal();
  if (!existsSync(path)) {
    throw new UsageError('no-history', `there is no file or folder ${path}`, {
      remedy: 'Name the folder of a run, such as runs/latest, or a history file.',
    });
  }
  const isRun = statSync(path).isDirectory();
  const test = isRun ? readTestRecord(path) : null;
  const { operations, warnings } = readHistory(isRun ? join(path, runFiles.history) : path);
  for (const warning of warnings) terminal.say(`warning: ${warning}`);
  const results =
    test !== null && given.checker === undefined
      ? judgeRun(test.options, operations)
      : judgeHistory(operations, given.checker);
  // A run whose controller died has no verdict yet: this is it.
  if (test !== null && given.checker === undefined && readResults(path) === null) {
    writeRunJson(path, runFiles.results, results);
  }
  if (given.json) terminal.printJson(results);
  else {
    terminal.print(`${verdictWord(results.valid)}  ${results.summary}`);
    for (const anomaly of results.anomalies) terminal.print(`  ${anomaly.kind}: ${anomaly.sentence}`);
    for (const [name, { valid, reason }] of Object.entries(results.checkers)) {
      terminal.print(`  ${name}: ${valid} (${reason})`);
    }
  }
  return statusOf(results.valid);
}
