import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { nemesisKinds } from '../../src/nemesis/spec.ts';
import { withDirectory } from '../cli/command-line.ts';
import { needsNode } from '../support/needs.ts';

const program = join(import.meta.dirname, '../../dist/cli/main.js');
const nemeses = nemesisKinds.map(({ name }) => `${name}:every=6:for=3`).join(',');

/** A run in a simulation under every fault, by the Node that the command starts. */
function historyBy(command: readonly string[], workload: string, runs: string): unknown {
  const [file = '', ...words] = command;
  const options = ['--backend', 'sim', '--seed', '11', '--workload', workload, '--nemesis', nemeses, '--json'];
  const { stdout, stderr } = spawnSync(file, [...words, program, 'run', ...options, '--runs-dir', runs], {
    encoding: 'utf8',
    maxBuffer: 1 << 28,
  });
  expect(stdout, stderr).not.toBe('');
  return (JSON.parse(stdout) as { historySha256?: unknown }).historySha256;
}

describe.each(['22', '24'])('Node %s', (version) => {
  const other = needsNode(version);

  it.skipIf(other === false)('makes the byte-same history of a seed as this Node does', async () => {
    if (other === false) return;
    await withDirectory(async (runs) => {
      for (const workload of ['broadcast', 'register']) {
        const here = historyBy([process.execPath], workload, runs);
        expect(here).toMatch(/^[0-9a-f]{64}$/);
        expect(historyBy([other], workload, runs)).toBe(here);
      }
    });
  });
});
