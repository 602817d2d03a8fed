import { describe, expect, it } from 'vitest';
import { seededRandom } from '../../../src/base/random.ts';
import { checkLinearizability } from '../../../src/checker/linearizability/check.ts';
import { modelNamed } from '../../../src/checker/linearizability/models.ts';
import type { Operation } from '../../../src/history/operation.ts';

const names = {
  'fifo-queue': ['enqueue', 'dequeue'],
  'priority-queue': ['insert', 'extract-min'],
} as const;

/** Clients of a correct container, which insert and remove few different values; each call takes effect while under way. */
function simulated(model: keyof typeof names, seed: number, clients: number, steps: number): Operation[] {
  const random = seededRandom(seed);
  const [inserting, removing] = names[model];
  const inside: number[] = [];
  const history: Operation[] = [];
  const under = new Map<number, { f: string; value: number | null; isDone: boolean }>();
  for (let step = 0; step < steps; step++) {
    const process = random.integer(0, clients - 1);
    const call = under.get(process);
    if (call === undefined) {
      const value = random.integer(0, 1) === 0 ? random.integer(1, 5) : null;
      const f = value === null ? removing : inserting;
      under.set(process, { f, value, isDone: false });
      history.push({ index: history.length, type: 'invoke', process, f, value });
    } else if (!call.isDone) {
      call.isDone = true;
      if (call.value === null) call.value = inside.shift() ?? null;
      else inside.push(call.value);
      if (model === 'priority-queue') inside.sort((a, b) => a - b);
    } else {
      under.delete(process);
      history.push({ index: history.length, type: 'ok', process, f: call.f, value: call.value });
    }
  }
  return history;
}

/** What a search may take: few of these histories could be decided by that without the quick way. */
function decided(history: readonly Operation[], model: string): boolean | 'unknown' {
  let looks = 1000;
  const budget = { memoryBytes: 1 << 30, deadlineReached: () => --looks < 0 };
  return checkLinearizability(history, modelNamed(model), { budget }).valid;
}

describe('a container to which equal values come', () => {
  it.each([
    ['fifo-queue', 10, 10],
    ['fifo-queue', 60, 8],
    ['priority-queue', 6, 8],
  ] as const)('%s, %i clients: at least %i of 10 histories are decided', (model, clients, least) => {
    const verdicts = Array.from({ length: 10 }, (_, seed) => decided(simulated(model, seed, clients, 6000), model));
    expect(verdicts).not.toContain(false);
    expect(verdicts.filter((valid) => valid === true).length).toBeGreaterThanOrEqual(least);
  });

  it('is not taken for one that lets a value out more often than it came in', () => {
    const history = simulated('fifo-queue', 1, 10, 6000);
    const last = history.findLast(({ type, f }) => type === 'ok' && f === 'dequeue');
    const wrong = history.map((operation) => (operation === last ? { ...operation, value: 6 } : operation));
    expect(decided(wrong, 'fifo-queue')).toBe(false);
  });
});
