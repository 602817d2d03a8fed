import { describe, expect, it } from 'vitest';
import { defaultSemantics, type Semantics } from '../../../src/checker/linearizability/model.ts';
import { linearizableByBruteForce, linearizableByPlainSearch } from './brute-force.ts';
import { compared, initials, sizeFor, type Tally } from './differential.ts';

/** A long run: `RAFT_CHAOS_HISTORIES=200000 npx vitest run test/checker/linearizability/differential.test.ts`. */
const first = Number(process.env['RAFT_CHAOS_SEED'] ?? 1);
const histories = Number(process.env['RAFT_CHAOS_HISTORIES'] ?? 1000);

const timeoutMs = 120_000 + 30 * histories;

const semantics: readonly Semantics[] = (['absent', 'unknown'] as const).flatMap((nilRead) =>
  (['value-differed', 'never-happened'] as const).map((failedCas) => ({ ...defaultSemantics, nilRead, failedCas })),
);

function report(kind: string, { nilRead, failedCas }: Semantics, count: number, tally: Tally): void {
  const { linearizable, not, quickly, unproven } = tally;
  process.stderr.write(
    `${kind}, nil read ${nilRead}, failed cas ${failedCas}, seeds ${first} to ${first + count - 1}: ` +
      `${linearizable} linearizable, ${not} not; quickly ${quickly}, of which unproven ${unproven}\n`,
  );
  expect(Math.min(linearizable, not)).toBeGreaterThan(count / 50);
  // What a removal took that never returned is guessed, or which of equal values; all else must be proven.
  const guesses = /^(?:fifo-queue|stack|priority-queue)(, unique)?/.exec(kind);
  expect(unproven).toBeLessThanOrEqual(guesses === null ? 0 : quickly / (guesses[1] === undefined ? 10 : 50));
}

describe.each(Object.keys(initials))('%s', (kind) => {
  const meaningful = ['cas-register', 'fifo-queue, unique'].includes(kind) ? semantics : [defaultSemantics];

  it.each(meaningful)(
    'against every order of few calls: nil read $nilRead, failed cas $failedCas',
    (given) => {
      const size = { operations: 8, clients: 4 };
      report(
        kind,
        given,
        histories,
        compared(kind, given, size, { first, count: histories }, linearizableByBruteForce),
      );
    },
    timeoutMs,
  );

  it.each(meaningful)(
    'against a plain search, more calls: nil read $nilRead, failed cas $failedCas',
    (given) => {
      const count = Math.ceil(histories / 2);
      report(kind, given, count, compared(kind, given, sizeFor(kind), { first, count }, linearizableByPlainSearch));
    },
    timeoutMs,
  );
});
