import type { Command } from 'commander';
import { dockerDoctor } from '../../cluster/docker/doctor.ts';
import { exitStatus } from '../exit-status.ts';
import { Terminal } from '../terminal.ts';

export function addDoctorCommand(program: Command, exit: (status: number) => void): void {
  program
    .command('doctor')
    .description('try what a run needs of this machine, and say how to get what is missing')
    .option('--json', 'print one JSON document instead of text')
    .action(async (given: { json?: boolean }) => {
      const terminal = new Terminal();
      const checks = await dockerDoctor({ say: (line) => terminal.say(line) });
      if (given.json) terminal.printJson({ checks });
      else {
        for (const { ok, name, detail, remedy } of checks) {
          terminal.print(`${ok ? 'ok     ' : 'missing'}  ${name}: ${detail}`);
          if (!ok && remedy !== undefined) terminal.print(`         ${remedy}`);
        }
      }
      exit(checks.every((check) => check.ok) ? exitStatus.valid : exitStatus.failure);
    });
}
