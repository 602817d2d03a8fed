import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { Argument, type Command } from 'commander';
import { asChaosError } from '../../base/errors.ts';
import { systems } from '../../cluster/systems.ts';
import { checkerNames, modelNames } from '../../controller/named-checkers.ts';
import { readResults, runFiles } from '../../controller/run-folder.ts';
import { scheduleOptions } from '../../nemesis/schedule.ts';
import { nemesisKinds } from '../../nemesis/spec.ts';
import { plantedBugs } from '../../node/bugs.ts';
import { workloads } from '../../workload/workloads.ts';
import { exitStatus } from '../exit-status.ts';
import { Terminal } from '../terminal.ts';

interface Item {
  readonly name: string;
  readonly summary: string;
  readonly options?: Readonly<Record<string, string>>;
}

const lists: Readonly<Record<string, (runsDirectory: string) => readonly Item[]>> = {
  nemeses: () =>
    nemesisKinds.map(({ name, summary, options }) => ({ name, summary, options: { ...options, ...scheduleOptions } })),
  workloads: () => workloads.map(({ name, summary }) => ({ name, summary })),
  checkers: () => checkerNames,
  models: () => modelNames,
  bugs: () => plantedBugs.map(({ name, summary }) => ({ name, summary })),
  systems: () => systems.map(({ name, summary }) => ({ name, summary })),
  runs: listRuns,
};

export function addListCommand(program: Command, exit: (status: number) => void): void {
  program
    .command('list')
    .description('list what there is')
    .addArgument(new Argument('[what]', 'which list; all of them unless given').choices(Object.keys(lists)))
    .option('--runs-dir <directory>', 'where the folders of runs are kept', 'runs')
    .option('--json', 'print one JSON document instead of text')
    .action((what: string | undefined, given: { runsDir: string; json?: boolean }) => {
      const terminal = new Terminal();
      const wanted = Object.entries(lists).filter(([name]) => what === undefined || name === what);
      const found = Object.fromEntries(wanted.map(([name, list]) => [name, list(given.runsDir)]));
      if (given.json) terminal.printJson(found);
      else for (const [name, items] of Object.entries(found)) printList(terminal, name, items);
      exit(exitStatus.valid);
    });
}

function printList(terminal: Terminal, title: string, items: readonly Item[]): void {
  terminal.print(`${title}:${items.length === 0 ? ' none' : ''}`);
  for (const { name, summary, options } of items) {
    terminal.print(`  ${name}  ${summary}`);
    for (const [option, meaning] of Object.entries(options ?? {})) terminal.print(`      ${option}=  ${meaning}`);
  }
}

/** Runs by their folders, newest last. */
function listRuns(runsDirectory: string): Item[] {
  return namesIn(runsDirectory)
    .flatMap((test) => namesIn(join(runsDirectory, test)).map((time) => join(runsDirectory, test, time)))
    .filter((folder) => namesIn(folder).includes(runFiles.test))
    .map((folder) => ({ name: folder, summary: summaryOf(folder) }));
}

function summaryOf(folder: string): string {
  try {
    return readResults(folder)?.summary ?? 'not judged';
  } catch (error) {
    // One damaged folder must not hide the others.
    return asChaosError(error, folder).message;
  }
}

function namesIn(directory: string): string[] {
  try {
    return readdirSync(directory, { withFileTypes: true })
      .filter((entry) => !entry.isSymbolicLink())
      .map((entry) => entry.name)
      .sort();
  } catch {
    return [];
  }
}
