import type { Model } from '../model.ts';
import type { LogBox, NodeCard, StateView } from '../state-view.ts';

/** A state as the page gets it: drawn where the model can say how, else in lines. */
export type ShownState =
  | ({ readonly kind: 'view' } & StateView)
  | { readonly kind: 'lines'; readonly lines: readonly string[] };

export function showState<State, Action>(model: Model<State, Action>, state: State): ShownState {
  const view = model.viewState?.(state) ?? null;
  return view === null ? { kind: 'lines', lines: model.describeState(state) } : { kind: 'view', ...view };
}

/** What is different now, in words: for those who look, and for those who listen. */
export function changesBetween(before: ShownState, after: ShownState, lifelines: readonly string[]): string[] {
  if (before.kind === 'lines' || after.kind === 'lines') return changedLines(before, after);
  const changes = after.nodes.flatMap((node, at) => {
    const old = before.nodes[at];
    return old === undefined ? [] : cardChanges(old, node).map((change) => `${node.name}: ${change}`);
  });
  const counts = new Map<string, number>();
  countMessages(before, -1);
  countMessages(after, 1);
  for (const [text, count] of counts) {
    if (count > 0) changes.push(`sent ${text}${count === 1 ? '' : `, ${count} times`}`);
  }
  return [...changes, ...newLines(before.notes, after.notes)];

  function countMessages({ messages }: StateView, sign: number): void {
    for (const { from, to, label, count } of messages) {
      const text = `${lifelines[from]} → ${lifelines[to]}: ${label}`;
      counts.set(text, (counts.get(text) ?? 0) + sign * count);
    }
  }
}

function cardChanges(before: NodeCard, after: NodeCard): string[] {
  const changes: string[] = [];
  if (before.status !== after.status) changes.push(`${before.status} → ${after.status}`);
  for (const { name, value } of after.facts) {
    const old = before.facts.find((fact) => fact.name === name)?.value;
    if (old !== value) changes.push(old === undefined ? `${name} ${value}` : `${name} ${old} → ${value}`);
  }
  if (before.log !== null && after.log !== null) changes.push(...logChanges(before.log, after.log));
  return changes;
}

function logChanges(before: readonly LogBox[], after: readonly LogBox[]): string[] {
  const differs = after.findIndex((box, at) => !isSameEntry(box, before[at]));
  const kept = differs === -1 ? Math.min(before.length, after.length) : differs;
  const changes: string[] = [];
  if (kept < before.length) changes.push(`log truncated from entry ${kept + 1} on`);
  for (const [at, { term, label }] of after.entries()) {
    if (at >= kept) changes.push(`entry ${at + 1} added: ${label}, term ${term}`);
  }
  return changes;
}

function isSameEntry(box: LogBox, other: LogBox | undefined): boolean {
  return other !== undefined && box.term === other.term && box.label === other.label;
}

function changedLines(before: ShownState, after: ShownState): string[] {
  return newLines(linesOf(before), linesOf(after));
}

function linesOf(state: ShownState): readonly string[] {
  return state.kind === 'lines' ? state.lines : state.notes;
}

function newLines(before: readonly string[], after: readonly string[]): string[] {
  return after.filter((line) => !before.includes(line));
}
