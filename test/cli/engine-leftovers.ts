import { execFileSync } from 'node:child_process';

/** What of a run is in the engine now; other tests may have theirs there, so it is asked by the run's label. */
export function leftoversOf(runId: string): string[] {
  const filter = ['--filter', `label=raft-chaos.run=${runId}`];
  return [
    execFileSync('docker', ['ps', '-aq', ...filter], { encoding: 'utf8' }),
    execFileSync('docker', ['network', 'ls', '-q', ...filter], { encoding: 'utf8' }),
    execFileSync('docker', ['volume', 'ls', '-q', ...filter], { encoding: 'utf8' }),
  ].filter((list) => list !== '');
}
