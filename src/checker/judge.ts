import type { Operation } from '../history/operation.ts';
import { type Checker, guarded } from './compose.ts';
import { judgeGuards } from './guards.ts';
import { Overview, overviewOf } from './overview.ts';
import { type CheckerResult, mergeValidity, type Results } from './verdict.ts';
import { counted } from './words.ts';

/**
 * The verdict on a history: that of every checker, and of the guards against judging nothing (as `guards`). A checker that
 * throws says `unknown` and why. `fairWindowMs`: how long a fault must last before progress is due during it.
 */
export function judge(
  history: readonly Operation[],
  checkers: Readonly<Record<string, Checker>>,
  { fairWindowMs }: { readonly fairWindowMs?: number } = {},
): Results {
  const results: Record<string, CheckerResult> = {};
  for (const [name, checker] of Object.entries(checkers)) results[name] = guarded(() => checker(history));
  return together(results, overviewOf(history), fairWindowMs);
}

/** A checker that looks at each operation once, in their order. */
export type OnePassChecker = (history: Iterable<Operation>) => CheckerResult;

/** The same, by one checker that need not have the history as a whole: it is taken once, and not kept. */
export function judgeInOnePass(history: Iterable<Operation>, name: string, checker: OnePassChecker): Results {
  const passing = new Passing(history);
  const result = guarded(() => checker(passing));
  // A checker that failed may have left off amid the history, which is asked for its faults and counts even so.
  passing.finish();
  return together({ [name]: result }, passing.overview);
}

/** A history that is looked at as it passes. */
class Passing implements Iterable<Operation> {
  readonly overview = new Overview();
  readonly #source: Iterator<Operation>;

  constructor(history: Iterable<Operation>) {
    this.#source = history[Symbol.iterator]();
  }

  /** One that goes on after a loop over it was left. */
  [Symbol.iterator](): Iterator<Operation> {
    return { next: () => this.#next() };
  }

  finish(): void {
    while (!this.#next().done);
  }

  #next(): IteratorResult<Operation> {
    const step = this.#source.next();
    if (!step.done) this.overview.take(step.value);
    return step;
  }
}

function together(
  checked: Readonly<Record<string, CheckerResult>>,
  overview: Overview,
  fairWindowMs?: number,
): Results {
  const faults = overview.faults();
  const guards = guarded(() => judgeGuards(overview, faults, fairWindowMs));
  const results: Readonly<Record<string, CheckerResult>> = { ...checked, guards };
  const valid = mergeValidity(Object.values(results).map((result) => result.valid));
  return {
    valid,
    summary: summaryOf(results, valid),
    checkers: results,
    anomalies: Object.values(results).flatMap((result) => result.anomalies),
    faults,
    stats: overview.stats(),
  };
}

function summaryOf(results: Readonly<Record<string, CheckerResult>>, valid: Results['valid']): string {
  const deciding = Object.entries(results).filter(([, result]) => result.valid === valid);
  switch (valid) {
    case true:
      return sentence(deciding.map(([, { reason }]) => reason));
    case 'unknown':
      return sentence(deciding.map(([name, { reason }]) => `${name}: ${reason}`));
    case false: {
      const anomalies = anomaliesInWords(deciding.map(([, result]) => result));
      const first = deciding.flatMap(([, result]) => result.anomalies)[0]?.sentence ?? '';
      return `${anomalies}. ${first}`.trim();
    }
  }
}

function sentence(reasons: readonly string[]): string {
  const text = reasons.join('; ');
  return `${text.slice(0, 1).toUpperCase()}${text.slice(1)}.`;
}

/** `3 anomalies (2 lost, 1 reordered)`, those that no list holds included. */
function anomaliesInWords(results: readonly CheckerResult[]): string {
  const counts = new Map<string, number>();
  const count = (kind: string, more: number): void => void counts.set(kind, (counts.get(kind) ?? 0) + more);
  for (const { anomalies, unlisted = {} } of results) {
    for (const { kind } of anomalies) count(kind, 1);
    for (const [kind, more] of Object.entries(unlisted)) count(kind, more);
  }
  const total = [...counts.values()].reduce((sum, more) => sum + more, 0);
  const kinds = [...counts].map(([kind, number]) => `${number} ${kind}`).join(', ');
  return `${counted(total, 'anomaly', 'anomalies')} (${kinds})`;
}
