import { join } from 'node:path';
import type { Command } from 'commander';
import { judgeRun } from '../../controller/judge-run.ts';
import { readResults, readTestRecord, runFiles, writeRunJson } from '../../controller/run-folder.ts';
import { readRunHistory } from '../../controller/stored-history.ts';
import { writeReport } from '../../report/write-report.ts';
import { exitStatus } from '../exit-status.ts';
import { Terminal } from '../terminal.ts';

export function addReportCommand(program: Command, exit: (status: number) => void): void {
  program
    .command('report')
    .description('write report.html, junit.xml and summary.md again from what is stored')
    .argument('<folder>', 'the folder of a run')
    .option('--json', 'print one JSON document instead of text')
    .action(async (folder: string, given: { json?: boolean }) => {
      const terminal = new Terminal();
      const test = readTestRecord(folder);
      const { operations, warnings } = readRunHistory(folder);
      for (const warning of warnings) terminal.say(`warning: ${warning}`);
      const stored = readResults(folder);
      const results = stored ?? judgeRun(test.options, operations);
      if (stored === null) writeRunJson(folder, runFiles.results, results);
      await writeReport(folder, { test, results, operations });
      const [report, junit, summary] = [runFiles.report, runFiles.junit, runFiles.summary].map((name) =>
        join(folder, name),
      );
      if (given.json) terminal.printJson({ report, junit, summary });
      else terminal.print(join(folder, runFiles.report));
      exit(exitStatus.valid);
    });
}
