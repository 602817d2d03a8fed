import { expect, it } from 'vitest';
import { checkLinearizability } from '../../src/checker/linearizability/check.ts';
import { defaultSemantics } from '../../src/checker/linearizability/model.ts';
import { modelNamed } from '../../src/checker/linearizability/models.ts';
import { inThreads } from '../../src/controller/side-by-side/threads.ts';
import type { Operation } from '../../src/history/operation.ts';
import { ok, type Planned, pending, recorded, unlimited } from '../checker/linearizability/histories.ts';

const model = modelNamed('counter');

/** Many sums are possible of what may or may not have been added; `total` may be one of them. */
function hard(key: string, total: number): Planned[] {
  const adds = Array.from({ length: 15 }, (_, place) => pending('add', 2 ** place));
  return [...adds, ok('read', 0), ok('read', total), ok('read', total)].map((planned) => ({ ...planned, key }));
}

const possible = 2 ** 14 + 5;
const impossible = 2 ** 15;

function history(): Operation[] {
  return recorded(...hard('a', possible), ...hard('b', impossible), ...hard('c', impossible), ...hard('d', possible));
}

it('says of keys that are judged in threads what it says of them one after another', () => {
  let tasks = 0;
  const threads = inThreads('counter', defaultSemantics, unlimited);
  const sideBySide: typeof threads = (histories) => {
    tasks = histories.length;
    return threads(histories);
  };
  const result = checkLinearizability(history(), model, { budget: unlimited, sideBySide });
  expect(tasks).toBeGreaterThan(1);
  expect(result).toEqual(checkLinearizability(history(), model, { budget: unlimited }));
  expect(result).toMatchObject({ valid: false, reason: '2 of 4 keys are not linearizable' });
});

it('keeps to the time that is given', () => {
  let looks = 0;
  const budget = { ...unlimited, deadlineReached: () => ++looks > 170 };
  const sideBySide = inThreads('counter', defaultSemantics, { ...unlimited, deadlineReached: () => true });
  const result = checkLinearizability(history(), model, { budget, sideBySide });
  expect(result.valid).toBe('unknown');
  expect(result.reason).toMatch(
    /^\d of 4 keys could not be judged; of the first, the time was up: the first \d+ operations? on "/,
  );
});
