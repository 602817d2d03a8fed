import { expect, test } from 'vitest';
import type { NewOperation, Operation } from '../../src/history/operation.ts';
import { pairOperations } from '../../src/history/pairs.ts';

function pairsOf(operations: readonly NewOperation[]): [number, number | null][] {
  const history: Operation[] = operations.map((operation, index) => ({ index, ...operation }));
  return pairOperations(history).map(({ invocation, completion }) => [invocation.index, completion?.index ?? null]);
}

test('each process completes its own', () => {
  const f = 'read';
  expect(
    pairsOf([
      { type: 'invoke', process: 0, f },
      { type: 'invoke', process: 1, f },
      { type: 'ok', process: 1, f },
      { type: 'fail', process: 0, f },
      { type: 'invoke', process: 0, f },
      { type: 'invoke', process: 1, f },
      { type: 'info', process: 1, f },
    ]),
  ).toEqual([
    [0, 3],
    [1, 2],
    [4, null],
    [5, 6],
  ]);
});

test("the nemesis's are told apart by name and fault", () => {
  const nemesis = (type: 'invoke' | 'info', f: string, fault?: string): NewOperation => ({
    type,
    process: 'nemesis',
    f,
    value: fault === undefined ? null : { fault },
  });
  expect(
    pairsOf([
      nemesis('invoke', 'start-kill', 'kill-1'),
      nemesis('invoke', 'start-partition', 'partition-1'),
      nemesis('invoke', 'start-kill', 'kill-2'),
      nemesis('info', 'start-kill', 'kill-2'),
      nemesis('info', 'note'),
      nemesis('info', 'start-kill', 'kill-1'),
      nemesis('invoke', 'heal'),
      nemesis('info', 'heal'),
    ]),
  ).toEqual([
    [0, 5],
    [1, null],
    [2, 3],
    [6, 7],
  ]);
});
