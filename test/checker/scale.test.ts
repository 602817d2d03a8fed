import { afterEach, expect, test, vi } from 'vitest';
import { checkTotalOrder } from '../../src/checker/total-order.ts';
import type { Operation } from '../../src/history/operation.ts';
import { Script } from './planted.ts';

afterEach(() => void vi.restoreAllMocks());

const nodes = ['n1', 'n2', 'n3', 'n4', 'n5'];
const batch = 100;

/** Every node is read in batches. A split node delivers two messages fewer, so that all its later positions are contested. */
function largeHistory(messages: number, split: boolean): readonly Operation[] {
  const script = new Script();
  const log = Array.from({ length: messages }, (_, at) => `m${at + 1}`);
  log.forEach((message, at) => void script.ack(message, at + 1, nodes[at % nodes.length]));
  const short = log.toSpliced(batch, 2);
  for (let from = 1; from <= messages; from += batch) {
    for (const node of nodes) {
      const delivered = split && node === 'n5' ? short : log;
      script.read(node, delivered.slice(from - 1, from - 1 + batch), { from });
    }
  }
  return script.history;
}

/** How often the checker looks something up. */
function lookups(history: readonly Operation[]): number {
  const spies = [
    vi.spyOn(Map.prototype, 'get'),
    vi.spyOn(Map.prototype, 'set'),
    vi.spyOn(Map.prototype, 'has'),
    vi.spyOn(Set.prototype, 'has'),
    vi.spyOn(Set.prototype, 'add'),
  ];
  checkTotalOrder(history);
  const count = spies.reduce((sum, spy) => sum + spy.mock.calls.length, 0);
  vi.restoreAllMocks();
  return count;
}

test.each([false, true])('the work grows with the history, not faster (split: %s)', (split) => {
  const once = lookups(largeHistory(2000, split));
  const twice = lookups(largeHistory(4000, split));
  expect(once).toBeGreaterThan(2000);
  expect(twice).toBeLessThan(2.1 * once);
});

test('a million deliveries are judged', () => {
  const result = checkTotalOrder(largeHistory(200_000, false));
  expect(result).toMatchObject({ valid: true, stats: { deliveries: 1_000_000, acknowledged: 200_000 } });
});

test('a million deliveries are judged where a node is two messages short', () => {
  const result = checkTotalOrder(largeHistory(200_000, true));
  expect(result.valid).toBe(false);
  expect(result.anomalies.filter(({ kind }) => kind === 'lost')).toMatchObject([
    { nodes: ['n5'], details: { message: 'm101' } },
    { nodes: ['n5'], details: { message: 'm102' } },
  ]);
  const others = result.anomalies.filter(({ kind }) => kind !== 'lost');
  expect(others).toMatchObject([{ kind: 'split-brain', details: { position: 101, last: 199_998 } }]);
});
