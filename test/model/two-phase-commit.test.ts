import { describe, expect, it } from 'vitest';
import { searchBreadthFirst } from '../../src/model/breadth-first.ts';
import { twoPhaseCommit } from '../../src/model/two-phase-commit.ts';

describe('two-phase commit', () => {
  it.each([
    [3, 288],
    [5, 8832],
  ])('%d resource managers have %d states', (managers, unique) => {
    const result = searchBreadthFirst(withoutEnd(twoPhaseCommit({ managers, symmetry: false })));
    expect(result.unique).toBe(unique);
  });
});

function withoutEnd<T extends { properties: readonly unknown[] }>(model: T): T {
  return { ...model, properties: [] };
}
