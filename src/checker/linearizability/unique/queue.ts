import type { ContainerAction } from '../actions.ts';
import type { Decision, Problem } from '../model.ts';
import { coverOf, type Lives, livesOf, livesTogether } from './lives.ts';
import { pairedInLine } from './pairing.ts';

/**
 * A FIFO queue where every value was inserted once, or is told from its equals by a guess (`pairing.ts`). The values must go
 * through it in one order: of two, the one whose insertion, or removal, completed before the other's began comes first. Such
 * an order is found value by value; where there is none, two values contradict each other. Then insertions and removals are
 * merged, insertions as late and removals as early as they can be, so that removals that found nothing have their moments;
 * where one has not, values that were certainly in the queue cover all of its time (the patterns are those of Henzinger,
 * Sezgin and Vafeiadis 2013).
 */
export function decideQueue<State>(problem: Problem<State, ContainerAction>): Decision<ContainerAction> | null {
  const lives = livesOf(problem, pairedInLine);
  if (lives === null || 'kind' in lives) return lives;
  const taken = assignTakes(problem, lives);
  const line = lineUp(taken);
  if (line.clash !== null) {
    return { kind: 'contradiction', items: livesTogether(problem, lives, line.clash) };
  }
  return merge(problem, taken, line.values);
}

/** Values that must have gone out unseen, for what came in later did, are taken by removals that never returned. */
function assignTakes<State>({ calls }: Problem<State, ContainerAction>, lives: Lives): Lives {
  if (lives.takes.length === 0) return lives;
  const { removal, lastIn, firstIn, lastOut, never, takes, empties } = lives;
  const first = Int32Array.from(lives.firstOut);
  const taken = Int32Array.from(removal);
  // By when something had gone out, or nothing was there, that came after this moment.
  const deadlines: { readonly after: number; readonly by: number }[] = empties.map((call) => ({
    after: (calls[call]?.invoked ?? 0) + 1,
    by: calls[call]?.completed ?? never,
  }));
  removal.forEach((call, value) => {
    if (call >= 0) deadlines.push({ after: firstIn[value] as number, by: lastOut[value] as number });
  });
  deadlines.sort((a, b) => b.after - a.after);
  const staying = [...removal.keys()].filter((value) => (removal[value] as number) < 0);
  staying.sort((a, b) => (lastIn[b] as number) - (lastIn[a] as number));
  let next = 0;
  let earliest = never;
  const due: { readonly value: number; readonly by: number }[] = [];
  for (const value of staying) {
    for (; (deadlines[next]?.after ?? -1) > (lastIn[value] as number); next++) {
      earliest = Math.min(earliest, deadlines[next]?.by ?? never);
    }
    if (earliest < never) due.push({ value, by: earliest });
  }
  due.sort((a, b) => a.by - b.by || (lastIn[a.value] as number) - (lastIn[b.value] as number));
  due.slice(0, takes.length).forEach(({ value }, place) => {
    const take = takes[place] as number;
    taken[value] = take;
    first[value] = Math.max(firstIn[value] as number, (calls[take]?.invoked ?? 0) + 1);
  });
  return { ...lives, removal: taken, firstOut: first };
}

interface Line {
  /** In the order in which they go through; those that stay come last. */
  readonly values: Int32Array;
  /** Two values neither of which can come first. */
  readonly clash: readonly number[] | null;
}

function lineUp({ removal, firstIn, lastIn, firstOut, lastOut, values }: Lives): Line {
  const byIn = sortedBy(values.length, lastIn);
  const going = sortedBy(values.length, lastOut).filter((value) => (removal[value] as number) >= 0);
  const done = new Uint8Array(values.length);
  const line = new Int32Array(values.length);
  let nextIn = 0;
  let nextOut = 0;
  for (let place = 0; place < line.length; place++) {
    while (done[byIn[nextIn] as number] === 1) nextIn++;
    while (nextOut < going.length && done[going[nextOut] as number] === 1) nextOut++;
    const incoming = byIn[nextIn] as number;
    const outgoing = nextOut < going.length ? (going[nextOut] as number) : incoming;
    // Of those left, `incoming` is the first that had come in, `outgoing` the first that had gone out.
    let first = incoming;
    if ((firstOut[incoming] as number) > (lastOut[outgoing] as number)) {
      if ((firstIn[outgoing] as number) > (lastIn[incoming] as number)) {
        return { values: line, clash: [incoming, outgoing] };
      }
      first = outgoing;
    }
    line[place] = first;
    done[first] = 1;
  }
  return { values: line, clash: null };
}

function merge<State>(
  problem: Problem<State, ContainerAction>,
  lives: Lives,
  line: Int32Array,
): Decision<ContainerAction> | null {
  const { calls } = problem;
  const { insertion, removal, firstOut, lastIn, lastOut, never } = lives;
  const going = line.filter((value) => (removal[value] as number) >= 0);
  const empties = [...lives.empties];
  const lastInFrom = suffixMinima(line.length, (place) => lastIn[line[place] as number] as number, never);
  const lastOutFrom = suffixMinima(going.length, (place) => lastOut[going[place] as number] as number, never);
  const lastEmptyFrom = suffixMinima(empties.length, (place) => calls[empties[place] as number]?.completed ?? 0, never);
  const order: number[] = [];
  let [ins, outs, none] = [0, 0, 0];
  while (ins < line.length || outs < going.length || none < empties.length) {
    const emptyDue = lastEmptyFrom[none] as number;
    const due = Math.min(lastInFrom[ins] as number, lastOutFrom[outs] as number, emptyDue);
    const empty = empties[none];
    const out = going[outs];
    if (ins === outs && empty !== undefined && (calls[empty]?.invoked ?? 0) < due) {
      order.push(empty);
      none++;
    } else if (outs < ins && out !== undefined && (firstOut[out] as number) <= due) {
      order.push(removal[out] as number);
      outs++;
    } else if (due === emptyDue || ins === line.length) {
      return notEmpty(
        problem,
        lives,
        empties.find((call) => calls[call]?.completed === due),
      );
    } else {
      order.push(insertion[line[ins] as number] as number);
      ins++;
    }
  }
  return { kind: 'linearizable', order };
}

/** Values that were certainly there all the time that a removal took which found nothing. */
function notEmpty<State>(
  problem: Problem<State, ContainerAction>,
  lives: Lives,
  empty: number | undefined,
): Decision<ContainerAction> | null {
  const call = problem.calls[empty ?? -1];
  if (empty === undefined || call === undefined) return null;
  const starts = lives.lastIn.map((moment) => moment + 1);
  const ends = lives.firstOut.map((moment) => moment - 1);
  const cover = coverOf(call.invoked + 1, call.completed, starts, ends);
  return cover && { kind: 'contradiction', items: livesTogether(problem, lives, cover, [empty]) };
}

function suffixMinima(length: number, momentAt: (place: number) => number, last: number): Float64Array {
  const minima = new Float64Array(length + 1).fill(last);
  for (let place = length - 1; place >= 0; place--) {
    minima[place] = Math.min(momentAt(place), minima[place + 1] as number);
  }
  return minima;
}

function sortedBy(count: number, keys: Int32Array): Int32Array {
  const span = 0x2_000_000;
  const sorted = new Float64Array(count);
  for (let value = 0; value < count; value++) sorted[value] = (keys[value] as number) * span + value;
  sorted.sort();
  const values = new Int32Array(count);
  for (let place = 0; place < count; place++) values[place] = (sorted[place] as number) % span;
  return values;
}
