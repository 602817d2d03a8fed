import { execFile } from 'node:child_process';
import { join } from 'node:path';

const root = join(import.meta.dirname, '../..');

/**
 * Compiles the package and its examples into `dist`, for the tests that run them as they are shipped: in containers and as
 * child processes. Quick when nothing has changed.
 */
export async function buildProgram(): Promise<void> {
  await compile('tsconfig.build.json');
  await compile('examples');
}

function compile(project: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const compiler = join(root, 'node_modules/typescript/bin/tsc');
    execFile(process.execPath, [compiler, '-p', project], { cwd: root }, (error, stdout) => {
      // Status 2: there are type errors, which another check reports, but everything has been written.
      if (error === null || error.code === 2) resolve();
      else reject(new Error(`the build of ${project} failed: ${stdout || error.message}`));
    });
  });
}
