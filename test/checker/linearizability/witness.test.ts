import { describe, expect, it } from 'vitest';
import { type Part, partsOf } from '../../../src/checker/linearizability/calls.ts';
import { checkLinearizability } from '../../../src/checker/linearizability/check.ts';
import { decide } from '../../../src/checker/linearizability/decide.ts';
import { anomalyOf } from '../../../src/checker/linearizability/explain.ts';
import { defaultSemantics, type Problem } from '../../../src/checker/linearizability/model.ts';
import { casRegister } from '../../../src/checker/linearizability/models/register.ts';
import { modelNamed } from '../../../src/checker/linearizability/models.ts';
import { search } from '../../../src/checker/linearizability/search.ts';
import { prefixUpTo, problemOf } from '../../../src/checker/linearizability/weaken.ts';
import { findWitness } from '../../../src/checker/linearizability/witness.ts';
import type { Operation } from '../../../src/history/operation.ts';
import { eventsOfProblem, linearizableByBruteForce, linearizableByPlainSearch } from './brute-force.ts';
import { ok, type Planned, pending, recorded, unlimited } from './histories.ts';
import { randomHistory } from './random-histories.ts';

const histories = 1500;

/** The problem with less asked of one call: what it saw is left out, or that it took effect. */
function askedLess<State, Action>(problem: Problem<State, Action>): Problem<State, Action>[] {
  const { model, calls } = problem;
  return [...calls.keys()]
    .filter((place) => calls[place]?.required)
    .map((place) => ({
      ...problem,
      calls: calls.flatMap((call, other) => {
        const action = other === place ? model.pending(call.action) : call.action;
        return action === null ? [] : [{ ...call, action, required: call.required && other !== place }];
      }),
    }));
}

function explainable<State, Action>(problem: Problem<State, Action>): boolean {
  return linearizableByPlainSearch(eventsOfProblem(problem), problem.initial);
}

describe.each([
  'register',
  'cas-register',
  'kv-append',
  'kv-append, cas',
  'multi-register',
  'mutex',
  'fifo-queue',
  'fifo-queue, unique',
  'stack',
  'stack, unique',
  'priority-queue',
  'priority-queue, unique',
  'log, unique',
  'counter',
  'set',
  'set, unique',
])('witnesses of %s', (name) => {
  it('are contradictions by themselves, with everything before them explained', () => {
    let found = 0;
    let calls = 0;
    for (let seed = 1; seed <= histories; seed++) {
      const history = randomHistory(name, seed, { operations: 12, clients: 5 });
      modelNamed(name.replace(/,.*/, '')).use((model) => {
        const [part] = partsOf(history, model, defaultSemantics).parts;
        if (part === undefined) return;
        const result = decide(part.problem, unlimited);
        if (result.kind !== 'not-linearizable') return;
        const witness = findWitness(part.problem, result, unlimited);
        const { problem, unplaced, numbers, explained } = witness;
        found++;
        calls += problem.calls.filter((call) => call.required).length;
        expect([seed, explainable(problem)]).toEqual([seed, false]);
        for (const fewer of askedLess(problem)) expect([seed, explainable(fewer)]).toEqual([seed, true]);
        expect(problem.calls[unplaced]?.required).toBe(true);
        problem.calls.forEach((call, place) => {
          const original = part.problem.calls[numbers[place] ?? -1];
          expect([call.invoked, call.required && !original?.required]).toEqual([original?.invoked, false]);
        });
        // Whatever completes before the call that cannot be placed can be explained.
        const ends = part.problem.calls.map(({ completed }) => completed).filter(Number.isFinite);
        ends.sort((a, b) => a - b);
        expect([seed, ends[explained]]).toEqual([seed, problem.calls[unplaced]?.completed]);
        const before = prefixUpTo(part.problem, ends[explained - 1] ?? -1);
        expect([seed, explainable(problemOf(model, part.problem.initial, before))]).toEqual([seed, true]);
      });
    }
    process.stderr.write(`${name}: ${found} witnesses of ${(calls / found).toFixed(1)} operations on average\n`);
    expect(found).toBeGreaterThan(histories / 50);
  });
});

it('are contradictions from whatever state, where they begin with any', () => {
  for (let seed = 1; seed <= histories; seed++) {
    const history = randomHistory('cas-register', seed, { operations: 14, clients: 5 });
    for (const { problem } of partsOf(history, casRegister, defaultSemantics).parts) {
      const result = search(problem, unlimited);
      if (result.kind !== 'not-linearizable') continue;
      const witness = findWitness(problem, result, unlimited).problem;
      if (witness.initial !== casRegister.anything) continue;
      const events = eventsOfProblem(witness);
      for (const initial of ['null', '0', '1', '2', '3']) expect(linearizableByBruteForce(events, initial)).toBe(false);
    }
  }
});

describe('in words', () => {
  const sentences = (name: string, history: readonly Planned[]): (readonly [string, string])[] =>
    checkLinearizability(recorded(...history), modelNamed(name)).anomalies.map(({ kind, sentence }) => [
      kind,
      sentence,
    ]);

  it.each([
    [
      'a stale read',
      'register',
      [ok('write', 1), ok('write', 2), { ...ok('read', 1), node: 'n3', key: 'x' }].map((op) => ({ key: 'x', ...op })),
      [
        'stale-read',
        'Read of "x" by n3 returned 1 (operation 5), but write of 2 (operation 3) had completed before it began.',
      ],
    ],
    [
      'a value from nowhere',
      'register',
      [ok('write', 1), ok('read', 7)],
      ['thin-air-read', 'Read by process 1 returned 7 (operation 3), but nothing had written that.'],
    ],
    [
      'a value from nowhere at first',
      'register',
      [ok('read', 7)],
      ['thin-air-read', 'Read by process 0 returned 7 (operation 1), but nothing had written that.'],
    ],
    [
      'a value that goes back',
      'cas-register',
      [ok('write', 1), pending('write', 2), ok('read', 2), ok('read', 1)],
      [
        'stale-read',
        'Read by process 3 returned 1 (operation 6), but read of 2 (operation 4) had completed before it began.',
      ],
    ],
    [
      'a lock held twice',
      'mutex',
      [ok('acquire', null), ok('acquire', null)],
      [
        'nonlinearizable',
        'Acquire by process 1 succeeded (operation 3), but acquire (operation 1) had completed before it began.',
      ],
    ],
    [
      'a lost append',
      'kv-append',
      [ok('append', 'a'), ok('append', 'b'), ok('get', 'a')],
      [
        'nonlinearizable',
        'Get by process 2 returned "a" (operation 5), but append of "b" (operation 3) had completed before it began.',
      ],
    ],
    [
      'a transaction torn apart',
      'multi-register',
      [
        ok('txn', [
          ['write', 'x', 1],
          ['write', 'y', 1],
        ]),
        ok('txn', [
          ['read', 'x', 1],
          ['read', 'y', 0],
        ]),
      ],
      [
        'nonlinearizable',
        'Txn by process 1 did read x=1, read y=0 (operation 3), but txn (write x=1, write y=1) (operation 1) had completed before it began.',
      ],
    ],
  ] as const)('%s', (_, name, operations, expected) => {
    expect(sentences(name, [...operations])).toEqual([expected]);
  });

  it('names the operations that leave no place for one', () => {
    const history = recorded(ok('write', 4), pending('write', 2), ok('read', 2), ok('write', 4), ok('read', 2));
    const [anomaly] = checkLinearizability(history, modelNamed('register')).anomalies;
    expect(anomaly?.sentence).toBe(
      'Read by process 4 returned 2 (operation 8), which no order explains together with read of 2 (operation 4) and write of 4 (operation 6).',
    );
    expect(anomaly?.details).toMatchObject({ explainedBefore: 3, unplaced: 8, statesThen: null });
  });
});

describe('the search for a witness in a long history', () => {
  /** A lock that is taken and released again and again, and once taken twice. */
  function lockedTwice(times: number, twiceAfter: number): Part<unknown, unknown> {
    const functions = Array.from({ length: times }, (_, turn) =>
      turn === twiceAfter ? ['acquire', 'acquire', 'release'] : ['acquire', 'release'],
    );
    const history = functions.flat().flatMap((f, number): Operation[] => [
      { index: 2 * number, type: 'invoke', process: 0, f },
      { index: 2 * number + 1, type: 'ok', process: 0, f },
    ]);
    return modelNamed('mutex').use(
      (model) => partsOf(history, model, defaultSemantics).parts[0] as Part<unknown, unknown>,
    );
  }

  it('tries nothing once the time is up, and gives what it has', () => {
    const part = lockedTwice(100_000, 90_000);
    let steps = 0;
    const model = {
      ...part.problem.model,
      step: (state: unknown, action: unknown) => {
        steps++;
        return part.problem.model.step(state, action);
      },
    };
    const timeIsUp = { ...unlimited, deadlineReached: () => true };
    const witness = findWitness({ ...part.problem, model }, { explained: 180_001 }, timeIsUp);
    expect(steps).toBe(0);
    expect(anomalyOf(part, witness).operations).toHaveLength(2 * part.problem.calls.length);
  });

  it('finds the few operations however many there are', () => {
    const part = lockedTwice(200_000, 100_000);
    const witness = findWitness(part.problem, { explained: 200_001 }, unlimited);
    expect(anomalyOf(part, witness).operations).toEqual([400_000, 400_001, 400_002, 400_003]);
  });
});
