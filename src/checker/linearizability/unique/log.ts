import { type LogAction, logReadOf } from '../actions.ts';
import type { Call, Decision, Item, Problem } from '../model.ts';
import { type Accumulated, arranged } from './accumulated.ts';
import { isPlain, itemsOf } from './common.ts';

/**
 * A log where every value was appended once: a read tells the order of all that it saw, and that it saw all there was. So
 * reads must agree on their beginnings, and what none saw comes after. Linear in the size of all that was read.
 */
export function decideLog<State>(problem: Problem<State, LogAction>): Decision<LogAction> | null {
  const { calls, initial, model } = problem;
  if (!isPlain(calls) || model.step(initial, logReadOf([], 0)).length === 0) return null;
  const byValue = new Map<string, number>();
  const coming: number[] = [];
  const reads: number[] = [];
  for (const [call, { action }] of calls.entries()) {
    if (action.f === 'read') reads.push(call);
    else if (byValue.has(action.value)) return null;
    else byValue.set(action.value, coming.push(call) - 1);
  }
  const readAt = (call: number): LogAction & { f: 'read' } => calls[call]?.action as LogAction & { f: 'read' };
  reads.sort((a, b) => readAt(a).values.length - readAt(b).values.length || a - b);
  const line: number[] = [];
  const firstSeen = new Int32Array(coming.length).fill(reads.length);
  for (const [place, call] of reads.entries()) {
    const { values } = readAt(call);
    for (const [position, text] of values.entries()) {
      const value = byValue.get(text);
      if (value === undefined) return contradiction(problem, coming, [call], [text]);
      if (position < line.length) {
        if (line[position] === value) continue;
        const seen = [line[position] as number, value];
        return contradiction(problem, coming, [call, reads[place - 1] as number], textsOf(calls, coming, seen));
      }
      if (firstSeen[value] !== reads.length) return contradiction(problem, coming, [call], [text]);
      firstSeen[value] = place;
      line.push(value);
    }
  }
  for (let value = 0; value < coming.length; value++) if (firstSeen[value] === reads.length) line.push(value);
  const accumulated: Accumulated = { coming: Int32Array.from(coming), firstSeen, reads };
  const arrangement = arranged(calls, accumulated, line);
  if (arrangement.kind === 'order') return { kind: 'linearizable', order: arrangement.order };
  return contradiction(problem, coming, arrangement.calls, textsOf(calls, coming, arrangement.values));
}

function textsOf(calls: readonly Call<LogAction>[], coming: readonly number[], values: readonly number[]): string[] {
  return values.flatMap((value) => {
    const action = calls[coming[value] as number]?.action;
    return action?.f === 'append' ? [action.value] : [];
  });
}

/** The calls and the appends of these values, as if there were no others. */
function contradiction<State>(
  problem: Problem<State, LogAction>,
  coming: readonly number[],
  calls: readonly number[],
  texts: readonly string[],
): Decision<LogAction> {
  const appends = coming.filter((call) => {
    const action = problem.calls[call]?.action;
    return action?.f === 'append' && texts.includes(action.value);
  });
  const items = itemsOf(problem, [...calls, ...appends]);
  return { kind: 'contradiction', items: items.map((item) => ofThese(item, texts)) };
}

function ofThese({ number, call }: Item<LogAction>, texts: readonly string[]): Item<LogAction> {
  const { action } = call;
  if (action.f === 'append') return { number, call };
  const values = action.values.filter((text) => texts.includes(text));
  return { number, call: { ...call, action: logReadOf(values, action.total) } };
}
