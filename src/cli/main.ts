#!/usr/bin/env node
import { asChaosError } from '../base/errors.ts';
import { exitStatus } from './exit-status.ts';
import { runCommandLine } from './program.ts';
import { Terminal } from './terminal.ts';

// A reader that has seen enough, as `head` does, is no failure.
for (const stream of [process.stdout, process.stderr]) {
  stream.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error;
  });
}

// Node would end with 1, which means that an anomaly was found. The watchdog removes what is left in the engine.
process.on('uncaughtException', (error) => {
  process.exit(new Terminal().fail(asChaosError(error, 'internal error')) || exitStatus.failure);
});

const status = await runCommandLine(process.argv.slice(2));
// A run that was stopped at once has promises left that nobody waits for any more.
process.stdout.write('', () => process.exit(status));
