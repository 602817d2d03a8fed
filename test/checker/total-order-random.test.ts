import fc from 'fast-check';
import { expect, test } from 'vitest';
import { checkTotalOrder } from '../../src/checker/total-order.ts';
import type { Anomaly } from '../../src/checker/verdict.ts';
import type { Operation } from '../../src/history/operation.ts';
import { bruteForce } from './brute-force.ts';
import { Choices, CorrectSystem, mutate } from './histories.ts';

// A failing run prints its seed and the shrunk decisions; `RAFT_CHAOS_TEST_SEED` runs it again.
const seed = Number(process.env['RAFT_CHAOS_TEST_SEED'] ?? Date.now() % 2 ** 31);
const decisions = fc.array(fc.nat(119), { minLength: 60, maxLength: 400, size: 'max' });

function check(name: string, runs: number, property: (choices: Choices) => void): void {
  test(`${name} (seed ${seed})`, () => {
    fc.assert(
      fc.property(decisions, (numbers) => property(new Choices(numbers))),
      { numRuns: runs, seed },
    );
  });
}

check('a history of a correct system is never invalid', 2000, (choices) => {
  const system = new CorrectSystem();
  system.run(choices, 70);
  const result = checkTotalOrder(system.history);
  expect(result.anomalies).toEqual([]);
  expect(result.valid).not.toBe(false);
});

check('a history of a correct system with final reads is valid', 2000, (choices) => {
  const system = new CorrectSystem();
  system.run(choices, 70);
  system.finalReads(choices.below(3) === 0 ? ['n3'] : []);
  const result = checkTotalOrder(system.history);
  const acknowledged = system.history.some(({ f, type }) => f === 'broadcast' && type === 'ok');
  expect(result.valid).toBe(acknowledged ? true : 'unknown');
});

check('it agrees with brute force on histories of correct and of broken systems', 4000, (choices) => {
  const system = new CorrectSystem();
  const mutations = choices.below(4);
  const final = choices.below(2) === 0;
  system.run(choices, 10 + choices.below(60));
  if (final) system.finalReads(choices.below(3) === 0 ? ['n3'] : []);
  let history: readonly Operation[] = system.history;
  for (let i = 0; i < mutations; i++) history = mutate(history, choices);
  const expected = bruteForce(history);
  const result = checkTotalOrder(history);
  expect(result.valid, result.reason).toBe(expected.valid);
  compare(result.anomalies, result.unlisted ?? {}, expected.found, expected.reordered);
});

function compare(
  anomalies: readonly Anomaly[],
  unlisted: Readonly<Record<string, number>>,
  expected: readonly string[],
  reordered: ReadonlySet<string>,
): void {
  const counts = new Map<string, number>();
  for (const { kind } of anomalies) counts.set(kind, (counts.get(kind) ?? 0) + 1);
  for (const [kind, more] of Object.entries(unlisted)) counts.set(kind, (counts.get(kind) ?? 0) + more);
  for (const kind of new Set([...expected.map(kindOf), ...counts.keys()])) {
    if (kind === 'reordered') continue;
    const all = expected.filter((name) => kindOf(name) === kind);
    expect(counts.get(kind) ?? 0, kind).toBe(all.length);
    const named = anomalies.filter((anomaly) => anomaly.kind === kind).map(nameOf);
    if (unlisted[kind] === undefined) expect(named.sort()).toEqual(all);
    else for (const name of named) expect(all).toContain(name);
  }
  for (const anomaly of anomalies) if (anomaly.kind === 'reordered') expect(reordered).toContain(nameOf(anomaly));
}

function kindOf(name: string): string {
  return name.split(' ')[0] ?? '';
}

function nameOf({ kind, details = {} }: Anomaly): string {
  const { message, position, overtaken, from } = details;
  if (kind === 'gap') return from === undefined ? `gap ${position} ${message}` : `gap ${position}`;
  if (kind === 'reordered') return `reordered ${message} ${overtaken}`;
  return `${kind} ${kind === 'split-brain' ? position : message}`;
}
