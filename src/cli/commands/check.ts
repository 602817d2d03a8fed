import { existsSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { type Command, Option } from 'commander';
import { UsageError } from '../../base/errors.ts';
import type { Results } from '../../checker/verdict.ts';
import { judgeHistory, judgeRun } from '../../controller/judge-run.ts';
import { readTestRecord, runFiles, writeRunJson } from '../../controller/run-folder.ts';
import { readRunHistory } from '../../controller/stored-history.ts';
import { readNodeLogs } from '../../controller/stored-logs.ts';
import { historyFormats } from '../../history/format.ts';
import { takeHistory } from '../../history/read-file.ts';
import { asksForOther, type CheckArguments, resolveCheckOptions } from '../check-options.ts';
import { statusOf } from '../exit-status.ts';
import { Terminal, verdictWord } from '../terminal.ts';

export function addCheckCommand(program: Command, exit: (status: number) => void): void {
  program
    .command('check')
    .description('judge a stored run, or a history from elsewhere')
    .argument('<path>', 'the folder of a run, or the file of a history')
    .option('--checker <name>', 'only this checker; see `raft-chaos list checkers`')
    .option('--model <name>', 'what the history is to be like; see `raft-chaos list models`')
    .addOption(new Option('--format <format>', 'of the file').choices(['auto', ...historyFormats]).default('auto'))
    .option('--initial <value>', 'what each object holds at first, instead of what its model says')
    .addOption(new Option('--nil-read <meaning>', 'what a read of nil has found').choices(['absent', 'unknown']))
    .addOption(
      new Option('--failed-cas <meaning>', 'what a cas that failed says').choices(['value-differed', 'never-happened']),
    )
    .option('--group-size <keys>', 'long-fork: how many keys each read asks for')
    .option('--total-amount <amount>', 'bank: what all accounts hold together; what the first read shows unless given')
    .option('--negative-balances', 'bank: accounts may hold less than nothing')
    .option('--at-least-once', 'queue, total-queue: elements may come out again')
    .option('--log-patterns <file>', 'logs: a JSON list of what no node should print, as {"kind","pattern","except"}')
    .option('--consistency-models <names>', 'of transactions: the models to hold them against, such as serializable')
    .option('--anomalies <names>', 'of transactions: the anomalies that must not be, such as G1,G-single')
    .option('--wfr-keys', 'of rw-register: a transaction that reads a key and then writes it replaces what it read')
    .option('--sequential-keys', 'of rw-register: each process sees the states of a key in their order')
    .option(
      '--linearizable-keys',
      'of rw-register: once a transaction has completed, none sees earlier states of its keys',
    )
    .option('--memory <bytes>', 'what the search may use, such as 2G; three quarters of what is free unless given')
    .option('--time <seconds>', 'how long the search may take; no limit unless given')
    .option('--json', 'print one JSON document instead of text')
    .addHelpText('after', formatHelp)
    .action((path: string, given: CheckArguments) => exit(check(path, given)));
}

const formatHelp = `
What is not given is as the format has it: a read of nil found nothing (absent), and a cas that failed another value
(value-differed), in jsonl and porcupine; in edn and json neither says anything (unknown, never-happened). jsonl is what
\`raft-chaos run\` writes; json is what Jepsen's histories are in JSON: one array, or one operation after another.`;

function check(path: string, given: CheckArguments): number {
  const terminal = new Terminal();
  if (!existsSync(path)) {
    throw new UsageError('no-history', `there is no file or folder ${path}`, {
      remedy: 'Name the folder of a run, such as runs/latest, or a history file.',
    });
  }
  const warn = (warning: string): void => terminal.say(`warning: ${warning}`);
  const results = statSync(path).isDirectory() ? judgeFolder(path, given, warn) : judgeFile(path, given, warn);
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

function judgeFile(path: string, given: CheckArguments, warn: (warning: string) => void): Results {
  const asked = resolveCheckOptions(given);
  return takeHistory(path, given.format, warn, ({ operations, format }) =>
    judgeHistory(operations, { ...asked, format }),
  );
}

function judgeFolder(folder: string, given: CheckArguments, warn: (warning: string) => void): Results {
  const asked = resolveCheckOptions(given);
  const { options } = readTestRecord(folder);
  const { operations, warnings, format } = readRunHistory(folder);
  for (const warning of warnings) warn(warning);
  const request = { ...asked, format, logs: readNodeLogs(folder) };
  if (asksForOther(given)) return judgeHistory(operations, request);
  const results = judgeRun(options, operations, request);
  // A run whose controller died has no verdict yet: this is it.
  if (!existsSync(join(folder, runFiles.results))) writeRunJson(folder, runFiles.results, results);
  return results;
}
