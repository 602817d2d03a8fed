#!/usr/bin/env node
import { runCommandLine } from './program.ts';

// A reader that has seen enough, as `head` does, is no failure.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error;
});

const status = await runCommandLine(process.argv.slice(2));
// A run that was stopped at once has promises left that nobody waits for any more.
process.stdout.write('', () => process.exit(status));
