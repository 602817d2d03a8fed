import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { commandOf, completeOptions } from '../../src/controller/options.ts';
import { drawOptions } from '../../src/controller/swarm/draw.ts';
import { nemesisKinds } from '../../src/nemesis/spec.ts';
import { withDirectory } from '../cli/command-line.ts';
import { needsNode } from '../support/needs.ts';

const program = join(import.meta.dirname, '../../dist/cli/main.js');
const nemeses = nemesisKinds.map(({ name }) => `${name}:every=6:for=3`);
/** Every fault at once, and a few as a swarm draws them. */
const commands = [
  ...['broadcast', 'register'].map((workload) => completeOptions({ backend: 'sim', workload, nemeses }, 11)),
  ...[1, 2, 3, 4].map((seed) => drawOptions({ backend: 'sim', timeLimitMs: 15_000 }, seed)),
].map(commandOf);

/** The history that a command makes by this Node. */
function historyBy(node: string, command: string, runs: string): unknown {
  const words = [program, ...command.split(' ').slice(1), '--runs-dir', runs, '--json'];
  const { stdout, stderr } = spawnSync(node, words, { encoding: 'utf8', maxBuffer: 1 << 28 });
  expect(stdout, stderr).not.toBe('');
  return (JSON.parse(stdout) as { historySha256?: unknown }).historySha256;
}

describe.each(['22', '24'])('Node %s', (version) => {
  const other = needsNode(version);

  it.skipIf(other === false)('makes the byte-same history of a seed as this Node does', async () => {
    if (other === false) return;
    await withDirectory(async (runs) => {
      for (const command of commands) {
        const here = historyBy(process.execPath, command, runs);
        expect(here).toMatch(/^[0-9a-f]{64}$/);
        expect(historyBy(other, command, runs), command).toBe(here);
      }
    });
  });
});
