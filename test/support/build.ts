import { execFile } from 'node:child_process';
import { join } from 'node:path';

const root = join(import.meta.dirname, '../..');

/**
 * Compiles the package into `dist`, for the tests that run it as it is shipped: in containers and as a child process.
 * Quick when nothing has changed.
 */
export function buildProgram(): Promise<void> {
  return new Promise((resolve, reject) => {
    const compiler = join(root, 'node_modules/typescript/bin/tsc');
    execFile(process.execPath, [compiler, '-p', 'tsconfig.build.json'], { cwd: root }, (error, stdout) => {
      // Status 2: there are type errors, which another check reports, but everything has been written.
      if (error === null || error.code === 2) resolve();
      else reject(new Error(`the build failed: ${stdout || error.message}`));
    });
  });
}
