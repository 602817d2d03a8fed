import { Command, CommanderError } from 'commander';
import { asChaosError } from '../base/errors.ts';
import { packageVersion } from '../controller/versions.ts';
import { addCheckCommand } from './commands/check.ts';
import { addCleanCommand } from './commands/clean.ts';
import { addDoctorCommand } from './commands/doctor.ts';
import { addExportCommand } from './commands/export.ts';
import { addListCommand } from './commands/list.ts';
import { addModelCommand } from './commands/model.ts';
import { addReplayCommand } from './commands/replay.ts';
import { addReportCommand } from './commands/report.ts';
import { addRunCommand } from './commands/run.ts';
import { exitStatus } from './exit-status.ts';
import { Terminal } from './terminal.ts';

const statusHelp = `
Exit status: 0 valid, 1 invalid (an anomaly was found), 2 unknown, 254 bad usage, 255 the harness itself failed.`;

/** Runs one command line and returns its exit status. */
export async function runCommandLine(words: readonly string[]): Promise<number> {
  let status: number = exitStatus.valid;
  const exit = (value: number): void => {
    status = value;
  };
  const program = new Command('raft-chaos')
    .description('breaks replicated systems and checks whether they kept their promises')
    .version(packageVersion())
    .exitOverride()
    .showSuggestionAfterError()
    .addHelpText('after', statusHelp);
  for (const add of [
    addRunCommand,
    addCheckCommand,
    addExportCommand,
    addReplayCommand,
    addReportCommand,
    addModelCommand,
    addListCommand,
    addDoctorCommand,
    addCleanCommand,
  ]) {
    add(program, exit);
  }
  try {
    await program.parseAsync([...words], { from: 'user' });
  } catch (error) {
    // Commander has printed its message by then; asking for help is no error.
    if (error instanceof CommanderError) return error.exitCode === 0 ? exitStatus.valid : exitStatus.usage;
    return new Terminal().fail(asChaosError(error, 'internal error'));
  }
  return status;
}
