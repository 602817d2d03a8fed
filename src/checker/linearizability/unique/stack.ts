import type { ContainerAction } from '../actions.ts';
import type { Decision, Problem } from '../model.ts';
import { coverOf, decidedByLives, FreeMoments, type Lives, livesTogether, momentFor, Schedule } from './lives.ts';

/**
 * A stack where every value was pushed once. A value that can come and go at one moment is no obstacle to any other. The
 * rest are certainly there for a span of time each. Where spans overlap, one value must lie below all others: it can be
 * pushed before the others must have been, and popped after they can be. Which of those that can is all the same, as what
 * is left when it is set aside only becomes easier (the decrease and conquer of Lee and Mathur 2025). Between groups of spans
 * that do not overlap the stack is empty. Takes time proportional to the number of values times how high they pile up.
 */
export function decideStack<State>(problem: Problem<State, ContainerAction>): Decision<ContainerAction> | null {
  return decidedByLives(problem, null, (lives) => decideLives(problem, lives));
}

function decideLives<State>(problem: Problem<State, ContainerAction>, lives: Lives): Decision<ContainerAction> | null {
  const { insertion, removal, firstOut, lastIn, values, never } = lives;
  const schedule = new Schedule();
  const free = new FreeMoments(never);
  const spanning: number[] = [];
  for (let value = 0; value < values.length; value++) {
    if ((firstOut[value] as number) > (lastIn[value] as number)) spanning.push(value);
    else {
      schedule.add(4 * (firstOut[value] as number) + 1, insertion[value] as number);
      schedule.add(4 * (firstOut[value] as number) + 1, removal[value] as number);
    }
  }
  for (const value of spanning) free.cover((lastIn[value] as number) + 1, (firstOut[value] as number) - 1);
  for (const call of lives.empties) {
    const moment = momentFor(problem, call, (from) => free.from(from));
    if (moment === null) return notEmpty(problem, lives, spanning, call);
    schedule.add(4 * moment + 1, call);
  }
  if (isNested(lives, spanning)) {
    for (const value of spanning) {
      if ((removal[value] as number) >= 0) schedule.add(4 * (firstOut[value] as number), removal[value] as number);
      schedule.add(4 * (lastIn[value] as number) + 2, insertion[value] as number);
    }
    return { kind: 'linearizable', order: schedule.order() };
  }
  const clash = pileUp(lives, spanning, schedule);
  if (clash === undefined) return null;
  if (clash !== null) return { kind: 'contradiction', items: livesTogether(problem, lives, clash) };
  return { kind: 'linearizable', order: schedule.order() };
}

/** Whether of any two spans one lies within the other, or they do not overlap: each can be what it is then. */
function isNested({ firstOut, lastIn }: Lives, spanning: readonly number[]): boolean {
  const ends: number[] = [];
  for (const value of spanning.toSorted((a, b) => (lastIn[a] as number) - (lastIn[b] as number))) {
    const begin = lastIn[value] as number;
    while (ends.length > 0 && (ends.at(-1) as number) <= begin) ends.pop();
    if (ends.length > 0 && (ends.at(-1) as number) < (firstOut[value] as number)) return false;
    ends.push(firstOut[value] as number);
  }
  return true;
}

/** In values met: some seconds. Piles that are so high that it takes more are left to the search. */
const mostWork = 300_000_000;

/**
 * Schedules the values of one group after another; a group in which none can lie below the others is returned. Undefined
 * where it would take too long.
 */
function pileUp(lives: Lives, spanning: readonly number[], schedule: Schedule): readonly number[] | null | undefined {
  const { insertion, removal, firstOut, lastIn } = lives;
  const byIn = spanning.toSorted((a, b) => (lastIn[a] as number) - (lastIn[b] as number));
  const pushes: { readonly moment: number; readonly value: number }[] = [];
  const pops: { readonly moment: number; readonly value: number }[] = [];
  const ahead: (readonly number[])[] = groupsOf(lives, byIn);
  let work = 0;
  for (let group = ahead.pop(); group !== undefined; group = ahead.pop()) {
    work += group.length;
    if (work > mostWork) return undefined;
    const begin = lastIn[group[0] as number] as number;
    let end = 0;
    for (const value of group) if ((firstOut[value] as number) > end) end = firstOut[value] as number;
    const lowest = lowestOf(lives, group, begin, end);
    if (lowest === null) return chainOf(lives, group);
    pushes.push({ moment: begin, value: lowest });
    pops.push({ moment: end, value: lowest });
    const rest = group.filter((value) => value !== lowest);
    for (const above of groupsOf(lives, rest)) ahead.push(above);
  }
  // Lower values were met first: of one moment they are pushed first, and popped last.
  pops.reverse();
  for (const { moment, value } of pops) {
    if ((removal[value] as number) >= 0) schedule.add(4 * moment, removal[value] as number);
  }
  for (const { moment, value } of pushes) schedule.add(4 * moment + 2, insertion[value] as number);
  return null;
}

/** Values whose spans overlap, one group after another. */
function groupsOf({ firstOut, lastIn }: Lives, byIn: readonly number[]): number[][] {
  const groups: number[][] = [];
  let group: number[] = [];
  let end = -1;
  for (const value of byIn) {
    if ((lastIn[value] as number) >= end) {
      group = [];
      groups.push(group);
    }
    group.push(value);
    if ((firstOut[value] as number) > end) end = firstOut[value] as number;
  }
  return groups;
}

/** A value that can be pushed before the moment by which the others must have been, and popped after they can be. */
function lowestOf(
  { firstIn, lastOut, removal }: Lives,
  group: readonly number[],
  begin: number,
  end: number,
): number | null {
  for (const value of group) {
    const stays = (removal[value] as number) < 0;
    if ((firstIn[value] as number) <= begin && (stays || (lastOut[value] as number) >= end)) return value;
  }
  return null;
}

/** Few of a group whose spans still cover its time: none of them can lie below the first and the last. */
function chainOf({ firstOut, lastIn }: Lives, group: readonly number[]): number[] {
  const starts = group.map((value) => (lastIn[value] as number) + 1);
  const ends = group.map((value) => (firstOut[value] as number) - 1);
  const first = starts.reduce((least, start) => Math.min(least, start), Number.POSITIVE_INFINITY);
  const last = ends.reduce((most, end) => Math.max(most, end), 0);
  const cover = coverOf(first, last, starts, ends);
  return (cover ?? [...group.keys()]).map((place) => group[place] as number);
}

function notEmpty<State>(
  problem: Problem<State, ContainerAction>,
  lives: Lives,
  spanning: readonly number[],
  call: number,
): Decision<ContainerAction> | null {
  const { invoked, completed } = problem.calls[call] ?? { invoked: 0, completed: 0 };
  const starts = spanning.map((value) => (lives.lastIn[value] as number) + 1);
  const ends = spanning.map((value) => (lives.firstOut[value] as number) - 1);
  const cover = coverOf(invoked + 1, completed, starts, ends);
  const values = cover?.map((place) => spanning[place] as number);
  return values ? { kind: 'contradiction', items: livesTogether(problem, lives, values, [call]) } : null;
}
