import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import type { Socket } from 'node:net';
import { join } from 'node:path';
import { ChaosError } from '../../base/errors.ts';
import { builtDirectory, notBuilt } from './build-context.ts';

/** The controller's end of its watchdog. When this process ends without `dismiss`, the watchdog removes the cluster. */
export interface Watchdog {
  /** To be called once nothing is left to be removed: lets it end, and waits for that. */
  dismiss(): Promise<void>;
}

const program = 'cluster/docker/watchdog.js';
const armWithinMs = 20_000;
const endWithinMs = 2_000;

/** Resolves once it is on guard. Rejects with `not-built` or `no-watchdog`. */
export async function armWatchdog(clusterId: string, runId: string): Promise<Watchdog> {
  const path = join(builtDirectory, program);
  if (!existsSync(path)) throw notBuilt(program);
  // Detached, that is in a session of its own: a Ctrl-C or a kill of the controller's process group passes it by.
  const child = spawn(process.execPath, [path, clusterId, runId], { detached: true, stdio: ['pipe', 'pipe', 'pipe'] });
  const ended = new Promise<void>((resolve) => {
    child.once('exit', () => resolve());
    child.once('error', () => resolve());
  });
  // Where it is gone already, there is nobody to be dismissed.
  child.stdin.on('error', () => undefined);

  await new Promise<void>((resolve, reject) => {
    let complaint = '';
    const fail = (reason: string) => {
      clearTimeout(timeout);
      child.kill('SIGKILL');
      reject(
        new ChaosError('no-watchdog', `the process that cleans up after a crash does not start: ${reason}`, {
          remedy: 'see that this machine has memory and processes left for one more Node.js',
        }),
      );
    };
    const timeout = setTimeout(() => fail(`it did not report within ${armWithinMs} ms`), armWithinMs);
    child.stderr.on('data', (text: Buffer) => {
      complaint = (complaint + text.toString('utf8')).slice(-1000);
    });
    child.once('error', (error) => fail(error.message));
    child.once('exit', (code) => fail(complaint.trim() || `it ended with ${code}`));
    child.stdout.once('data', () => {
      clearTimeout(timeout);
      resolve();
    });
  });
  // It must not keep this process alive: its ending without a word is what the watchdog is there for.
  child.unref();
  for (const stream of [child.stdin, child.stdout, child.stderr]) (stream as Socket).unref();

  return {
    dismiss: async () => {
      child.stdin.end('done\n');
      const timeout = setTimeout(() => child.kill('SIGKILL'), endWithinMs);
      child.ref();
      await ended;
      clearTimeout(timeout);
    },
  };
}
