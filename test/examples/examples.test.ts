import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { dist } from './redis-nodes.ts';

function run(example: string) {
  return spawnSync(process.execPath, [join(dist, 'examples', example)], { encoding: 'utf8', timeout: 60_000 });
}

it('dinner: three guests agree', () => {
  const { status, stdout, stderr } = run('dinner.js');
  const places = [...stdout.matchAll(/^Guest \d: we'll have dinner at (.+)!$/gm)].map(([, place]) => place);
  expect(places, stderr).toHaveLength(3);
  expect(new Set(places).size).toBe(1);
  expect(status).toBe(0);
});

it('kv: the store outlives its leader, which comes back by a snapshot', () => {
  const { status, stdout, stderr } = run('kv.js');
  expect(stderr).toBe('');
  expect(stdout).toContain('500 times 1 was added, each exactly once');
  expect(stdout).toMatch(/has come back, and caught up by a snapshot: 501 changes/);
  expect(status).toBe(0);
});

it('redis-kv says how it is called', () => {
  const { status, stderr } = run('redis-kv/server.js');
  expect(stderr).toContain('--id is missing');
  expect(stderr).toContain('usage: server.js --id NAME');
  expect(status).toBe(2);
});
