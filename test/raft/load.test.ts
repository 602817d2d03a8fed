import { expect, it } from 'vitest';
import { Load } from '../../src/raft/load.ts';

it('takes requests as long as they take little enough, each with a kibibyte beside its message, or while nothing else waits', () => {
  const load = new Load(2 * 1024 + 10);
  expect(load.refusal(5000)).toBeNull();
  load.add(5000);
  expect(load.refusal(0)).toMatchObject({ code: 'overloaded', definite: true });
  load.remove(5000);
  load.add(6);
  expect(load.refusal(4)).toBeNull();
  expect(load.refusal(5)).toMatchObject({ code: 'overloaded' });
  load.remove(6);
  expect(load.refusal(5000)).toBeNull();
});
