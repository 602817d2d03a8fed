import type { Command } from 'commander';
import { cleanDocker } from '../../cluster/docker/clean.ts';
import { exitStatus } from '../exit-status.ts';
import { Terminal } from '../terminal.ts';

export function addCleanCommand(program: Command, exit: (status: number) => void): void {
  program
    .command('clean')
    .description('remove what dead runs left in the Docker engine, and nothing else')
    .option('--all', 'also what runs that are still alive have there')
    .option('--json', 'print one JSON document instead of text')
    .action(async (given: { all?: boolean; json?: boolean }) => {
      const terminal = new Terminal();
      const { removed, kept } = await cleanDocker({ all: given.all === true });
      if (given.json) terminal.printJson({ removed, kept });
      else {
        for (const { kind, name } of removed) terminal.print(`removed ${kind} ${name}`);
        for (const { run, reason } of kept) terminal.print(`left alone run ${run}: ${reason}`);
        if (removed.length === 0) terminal.print('nothing to remove');
      }
      exit(exitStatus.valid);
    });
}
