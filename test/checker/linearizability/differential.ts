import { expect } from 'vitest';
import * as calls from '../../../src/checker/linearizability/calls.ts';
import * as decisions from '../../../src/checker/linearizability/decide.ts';
import type { Problem, Semantics } from '../../../src/checker/linearizability/model.ts';
import * as known from '../../../src/checker/linearizability/models.ts';
import * as searches from '../../../src/checker/linearizability/search.ts';
import { linearizationFault } from '../../../src/checker/linearizability/verify.ts';
import type { Operation } from '../../../src/history/operation.ts';
import {
  eventsOfProblem,
  historyByBruteForce,
  type linearizableByBruteForce,
  linearizableByPlainSearch,
} from './brute-force.ts';
import { unlimited } from './histories.ts';
import { randomHistory, type Size } from './random-histories.ts';

/** What is held against brute force: the checker's modules, or the same with a fault. */
export interface Subject {
  readonly partsOf: typeof calls.partsOf;
  readonly search: typeof searches.search;
  readonly decide: typeof decisions.decide;
  readonly modelNamed: typeof known.modelNamed;
}

const checker: Subject = { ...calls, ...searches, ...decisions, ...known };

/** What each model begins with; after a comma, histories of some kind. */
export const initials: Readonly<Record<string, unknown>> = {
  register: null,
  'cas-register': null,
  'kv-append': '',
  'kv-append, cas': '',
  'multi-register': { x: 0, y: 0 },
  mutex: 'free',
  'fifo-queue': [],
  'fifo-queue, unique': [],
  stack: [],
  'stack, unique': [],
  'priority-queue': [],
  'priority-queue, unique': [],
  log: [],
  'log, unique': [],
  counter: 0,
  set: [],
  'set, by element': [],
  'set, unique': [],
};

/** A plain search gets nowhere with more, where every order of calls leads to another state. */
export function sizeFor(kind: string): Size {
  const operations = /^(fifo-queue|stack|priority-queue|log|counter)/.test(kind) ? 12 : 20;
  return { operations, clients: 6 };
}

export interface Tally {
  readonly linearizable: number;
  readonly not: number;
  /** How many a quick way judged, and of how many of these it proved nothing. */
  readonly quickly: number;
  readonly unproven: number;
}

/** Holds a checker to another way of judging, over random histories; throws where they differ. */
export function compared(
  kind: string,
  given: Semantics,
  size: Size,
  seeds: { readonly first: number; readonly count: number },
  isLinearizable: typeof linearizableByBruteForce,
  subject: Subject = checker,
): Tally {
  const tally = { linearizable: 0, not: 0, quickly: 0, unproven: 0 };
  const name = kind.replace(/,.*/, '');
  for (let seed = seeds.first; seed < seeds.first + seeds.count; seed++) {
    const history = randomHistory(kind, seed, size);
    const expected = historyByBruteForce(name, history, initials[kind], given, isLinearizable);
    tally[expected ? 'linearizable' : 'not']++;
    const verdicts = verdictsOf(subject, name, history, given);
    for (const { quickly } of verdicts) {
      if (quickly !== null) tally.quickly++;
      if (quickly === 'unproven') tally.unproven++;
    }
    if (verdicts.every(({ isRight }) => isRight) !== expected) {
      const lines = history.map((operation) => JSON.stringify(operation)).join('\n');
      throw new Error(`seed ${seed}: linearizable should be ${expected}, and the search says otherwise:\n${lines}`);
    }
  }
  return tally;
}

interface Verdict {
  readonly isRight: boolean;
  /** Whether there is a quick way for the problem. */
  readonly quickly: 'proven' | 'unproven' | null;
}

/** Of each part; what says yes has its order verified, and the quick way must agree with the search. */
function verdictsOf(subject: Subject, name: string, history: readonly Operation[], given: Semantics): Verdict[] {
  return subject.modelNamed(name).use((typed) =>
    subject.partsOf(history, typed, given).parts.map(({ problem }) => {
      const result = subject.search(problem, unlimited);
      const decided = subject.decide(problem, unlimited);
      for (const one of [result, decided]) {
        if (one.kind === 'linearizable') expect(linearizationFault(problem, one.order)).toBeNull();
      }
      expect(decided.kind).toBe(result.kind);
      const proven = provenQuickly(problem);
      if (proven !== null && proven !== 'unproven') expect(proven).toBe(result.kind);
      const quickly = proven === null || proven === 'unproven' ? proven : 'proven';
      return { isRight: result.kind === 'linearizable', quickly };
    }),
  );
}

/** What the quick way says and proves. */
function provenQuickly<State, Action>(problem: Problem<State, Action>): string | null {
  const decision = problem.model.decide?.(problem) ?? null;
  if (decision === null) return null;
  if (decision.kind === 'linearizable') {
    return linearizationFault(problem, decision.order) === null ? 'linearizable' : 'unproven';
  }
  const { model, initial } = problem;
  const few = { model, initial, calls: decision.items.map(({ call }) => call) };
  return linearizableByPlainSearch(eventsOfProblem(few), initial) ? 'unproven' : 'not-linearizable';
}
