import type { SetAction } from '../actions.ts';
import type { Call, Decision, Item, Problem } from '../model.ts';
import { type Accumulated, arranged } from './accumulated.ts';
import { isPlain, itemsOf } from './common.ts';

/**
 * A set to which every element is added once, and whose reads return all of it: each read must have seen all that those
 * which saw less did. Linear in the size of all that was read.
 */
export function decideSet<State>(problem: Problem<State, SetAction>): Decision<SetAction> | null {
  const { calls, initial, model } = problem;
  if (!isPlain(calls) || model.step(initial, { f: 'read', elements: [], total: 0 }).length === 0) return null;
  const byElement = new Map<string, number>();
  const coming: number[] = [];
  const elements: string[] = [];
  const reads: number[] = [];
  for (const [call, { action }] of calls.entries()) {
    if (action.f === 'read') reads.push(call);
    else if (action.f !== 'add' || action.changed !== null || byElement.has(action.element)) return null;
    else {
      byElement.set(action.element, coming.push(call) - 1);
      elements.push(action.element);
    }
  }
  const seenBy = (call: number): readonly string[] =>
    ((calls[call] as Call<SetAction>).action as SetAction & { f: 'read' }).elements;
  reads.sort((a, b) => seenBy(a).length - seenBy(b).length || a - b);
  const line: number[] = [];
  const firstSeen = new Int32Array(coming.length).fill(reads.length);
  const contradiction = (involved: readonly number[], about: readonly number[]): Decision<SetAction> => {
    const texts = about.map((value) => elements[value] as string);
    const adds = about.map((value) => coming[value] as number);
    return {
      kind: 'contradiction',
      items: itemsOf(problem, [...involved, ...adds]).map((item) => ofThese(item, texts)),
    };
  };
  for (const [place, call] of reads.entries()) {
    let known = 0;
    let former: string | null = null;
    for (const element of seenBy(call)) {
      const value = byElement.get(element);
      if (value === undefined) {
        return { kind: 'contradiction', items: itemsOf(problem, [call]).map((item) => ofThese(item, [element])) };
      }
      if (firstSeen[value] !== reads.length) {
        if (element === former) return contradiction([call], [value]);
        known++;
      } else {
        firstSeen[value] = place;
        line.push(value);
      }
      former = element;
    }
    const before = line.length - (seenBy(call).length - known);
    if (known === before) continue;
    // It lacks what one that saw less has seen, and has something that this one lacks.
    const has = new Set(seenBy(call));
    const lacking = line.find((value) => !has.has(elements[value] as string)) as number;
    const smaller = reads[firstSeen[lacking] as number] as number;
    const smallerHas = new Set(seenBy(smaller));
    const more = seenBy(call).find((element) => !smallerHas.has(element));
    const value = more === undefined ? undefined : byElement.get(more);
    return contradiction([call, smaller], value === undefined ? [lacking] : [lacking, value]);
  }
  // Those that the same read saw first came in as they were invoked.
  line.sort((a, b) => (firstSeen[a] as number) - (firstSeen[b] as number) || a - b);
  for (let value = 0; value < coming.length; value++) if (firstSeen[value] === reads.length) line.push(value);
  const accumulated: Accumulated = { coming: Int32Array.from(coming), firstSeen, reads };
  const arrangement = arranged(calls, accumulated, line);
  if (arrangement.kind === 'order') return { kind: 'linearizable', order: arrangement.order };
  return contradiction(arrangement.calls, arrangement.values);
}

/** What a call says of these elements, as if there were no others. */
function ofThese({ number, call }: Item<SetAction>, texts: readonly string[]): Item<SetAction> {
  const { action } = call;
  if (action.f !== 'read') return { number, call };
  const elements = action.elements.filter((element) => texts.includes(element));
  return { number, call: { ...call, action: { f: 'read', elements, total: action.total } } };
}
