import { openSync, writeSync } from 'node:fs';
import { asChaosError } from '../base/errors.ts';
import { realClock } from '../base/real/clock.ts';
import { realDisk } from '../base/real/disk.ts';
import { tcpNetwork } from '../base/real/network.ts';
import { httpRequestServer } from '../base/real/request-server.ts';
import { startNode } from './node.ts';
import { settingsFromEnvironment } from './settings.ts';

/** The program in the container: the node on the real clock, disk and network, set by environment variables. */
async function main(): Promise<void> {
  const settings = settingsFromEnvironment(process.env);
  // The node's disk is the container's root: its directory is named whole by the settings.
  const disk = realDisk('/');
  const clock = realClock();
  await startNode(settings, {
    clock,
    disk,
    network: tcpNetwork(),
    server: httpRequestServer(),
    log,
    trace: batched(traceFile(settings.dataDirectory)),
    exit: () => process.exit(1),
  });
}

function log(line: string): void {
  process.stdout.write(`${new Date().toISOString()} ${line}\n`);
}

/** Opened when the first line comes: by then the node has made its directory. */
function traceFile(directory: string): (text: string) => void {
  let file: number | null = null;
  return (text) => {
    file ??= openSync(`${directory}/trace.jsonl`, 'a');
    writeSync(file, text);
  };
}

/** One write for all that came up in a turn of the event loop: what a killed process has written is kept by the kernel. */
function batched(write: (text: string) => void): (lines: string) => void {
  let waiting = '';
  return (lines) => {
    if (waiting === '') {
      setImmediate(() => {
        const text = waiting;
        waiting = '';
        write(text);
      });
    }
    waiting += lines;
  };
}

main().catch((error: unknown) => {
  log(`cannot start: ${asChaosError(error, 'node').message}`);
  process.exit(1);
});
