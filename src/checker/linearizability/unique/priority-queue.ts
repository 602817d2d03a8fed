import type { ContainerAction } from '../actions.ts';
import type { Decision, Problem } from '../model.ts';
import { compareTexts } from '../values.ts';
import { coverOf, decidedByLives, FreeMoments, type Lives, livesTogether, momentFor, Schedule } from './lives.ts';
import { pairedSoon } from './pairing.ts';

/**
 * A priority queue where every value was inserted once. From the smallest value on, each goes out at the first moment at
 * which no smaller one is there, and comes in as late as it can: that leaves the greater ones the most moments. What can be
 * said of a value depends on smaller ones alone, so that the greatest can always be set aside (the decrease and conquer of
 * Lee and Mathur 2025). A removal that found nothing is like that of a value greater than all.
 */
export function decidePriorityQueue<State>(problem: Problem<State, ContainerAction>): Decision<ContainerAction> | null {
  return decidedByLives(problem, pairedSoon, (lives) => decideLives(problem, lives));
}

function decideLives<State>(problem: Problem<State, ContainerAction>, lives: Lives): Decision<ContainerAction> | null {
  const { values, insertion, removal, firstOut, lastIn, lastOut, never } = lives;
  const ascending = ascendingValues(values);
  const free = new FreeMoments(never);
  const outAt = new Int32Array(values.length).fill(never);
  const schedule = new Schedule();
  let covered = 0;
  for (const [rank, value] of ascending.entries()) {
    if ((removal[value] as number) >= 0) {
      const moment = free.from(firstOut[value] as number);
      if (moment > (lastOut[value] as number)) {
        return stuck(problem, lives, outAt, ascending.slice(0, rank), {
          values: [value],
          calls: [],
          first: firstOut[value] as number,
          last: lastOut[value] as number,
        });
      }
      outAt[value] = moment;
      if (moment <= (lastIn[value] as number)) schedule.add(moment, insertion[value] as number);
      schedule.add(moment, removal[value] as number);
    }
    // One of several equal values does not keep another from going out.
    for (; values[ascending[rank + 1] ?? -1] !== values[value] && covered <= rank; covered++) {
      const one = ascending[covered] as number;
      free.cover((lastIn[one] as number) + 1, (outAt[one] as number) - 1);
    }
  }
  for (const call of lives.empties) {
    const moment = momentFor(problem, call, (from) => free.from(from));
    const { invoked, completed } = problem.calls[call] ?? { invoked: 0, completed: 0 };
    if (moment === null) {
      return stuck(problem, lives, outAt, ascending, {
        values: [],
        calls: [call],
        first: invoked + 1,
        last: completed,
      });
    }
    schedule.add(moment, call);
  }
  for (const value of ascending) {
    const moment = lastIn[value] as number;
    if (moment < (outAt[value] as number)) schedule.add(moment, insertion[value] as number);
  }
  return { kind: 'linearizable', order: schedule.order() };
}

function ascendingValues(values: readonly string[]): readonly number[] {
  const numbers = Float64Array.from(values, Number);
  const order = [...values.keys()];
  const isExact = numbers.every(Number.isSafeInteger);
  return isExact
    ? order.sort((a, b) => (numbers[a] as number) - (numbers[b] as number))
    : order.sort((a, b) => compareTexts(values[a] as string, values[b] as string));
}

/** What had no moment left, and when it should have had one. */
interface Stuck {
  readonly values: readonly number[];
  readonly calls: readonly number[];
  readonly first: number;
  readonly last: number;
}

const mostValues = 64;

/** It, what was there all the time, and, where that stayed longer than by its own times, what kept it there. */
function stuck<State>(
  problem: Problem<State, ContainerAction>,
  lives: Lives,
  outAt: Int32Array,
  smaller: readonly number[],
  { values, calls, first, last }: Stuck,
): Decision<ContainerAction> | null {
  const involved = new Set<number>(values);
  const ahead = [{ first, last, among: smaller }];
  for (let span = ahead.pop(); span !== undefined; span = ahead.pop()) {
    const { among } = span;
    const starts = among.map((value) => (lives.lastIn[value] as number) + 1);
    const ends = among.map((value) => (outAt[value] as number) - 1);
    const cover = coverOf(span.first, span.last, starts, ends);
    if (cover === null) return null;
    for (const place of cover) {
      const value = among[place] as number;
      if (involved.has(value)) continue;
      involved.add(value);
      if (involved.size > mostValues) return null;
      const natural = lives.firstOut[value] as number;
      const actual = outAt[value] as number;
      if (actual > natural) ahead.push({ first: natural, last: actual - 1, among: among.slice(0, place) });
    }
  }
  return { kind: 'contradiction', items: livesTogether(problem, lives, [...involved], calls) };
}
