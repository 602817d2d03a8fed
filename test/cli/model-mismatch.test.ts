import { expect, it, vi } from 'vitest';
import { assert } from '../../src/base/assert.ts';
import { checkModel } from '../../src/cli/model-check.ts';

vi.mock(import('../../src/model/raft/replay.ts'), () => ({
  replayOnDrivers: () => assert(false, 'n1 is as the model has it: step 3'),
}));

it('prints a counterexample that the driver does not replay all the same, says so, and exits with 1', async () => {
  const printed: string[] = [];
  const said: string[] = [];
  vi.spyOn(process.stdout, 'write').mockImplementation((text) => printed.push(String(text)) > 0);
  vi.spyOn(process.stderr, 'write').mockImplementation((text) => said.push(String(text)) > 0);
  const given = { model: 'raft', mutant: 'two-votes', recovery: true, lostWrites: true } as const;
  const status = await checkModel({ ...given, search: 'bfs', walks: '1', seed: '0' });
  vi.restoreAllMocks();
  expect(printed.join('')).toContain('Discovered "Election Safety" counterexample Path[6]:');
  expect(printed.join('')).not.toContain('has replayed');
  expect(said.join('')).toMatch(/the path of .* cannot be replayed: n1 is as the model has it: step 3/);
  expect(status).toBe(1);
});
