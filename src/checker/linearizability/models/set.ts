import type { Operation } from '../../../history/operation.ts';
import type { Pair } from '../../../history/pairs.ts';
import type { SetAction } from '../actions.ts';
import { BadOperation, type Model, type Semantics } from '../model.ts';
import { decideSet } from '../unique/set.ts';
import { shortened, textOf } from '../values.ts';

/** The elements that are known to be in it (or not to be: only where nothing is known of the others), by their texts. */
interface SetState {
  readonly others: 'absent' | 'unknown';
  readonly known: ReadonlyMap<string, boolean>;
}

/** A set of elements that are added, removed, looked for, and read all at once. */
export const set: Model<SetState, SetAction> = {
  name: 'set',
  summary:
    'a set with add, remove (which may return whether they changed it), contains, and read of all; empty at first',
  functions: ['add', 'remove', 'contains', 'read'],
  initial: ({ initial = [] }: Semantics) => holding(elementsOf(initial ?? [], 'the initial value')),
  action: setAction,
  suits: ({ f, type, value }: Operation) => f !== 'read' || type !== 'ok' || value === null || Array.isArray(value),
  partition,
  step,
  stateKey: ({ others, known }) => `${others} ${[...known].sort().flat().join(' ')}`,
  actionKey,
  effect: (action) => {
    if (action.f === 'read' || action.f === 'contains') return 'observe';
    return action.changed === null ? 'blind' : 'update';
  },
  pending: (action) => (action.f === 'add' || action.f === 'remove' ? { ...action, changed: null } : null),
  anything: { others: 'unknown', known: new Map() },
  decide: decideSet,
  describeState: ({ others, known }) => {
    const inside = [...known].filter(([, isIn]) => isIn).map(([element]) => element);
    return shortened(`{${inside.sort().join(', ')}}${others === 'unknown' ? ' and perhaps others' : ''}`, 120);
  },
  describe,
};

function setAction({ invocation, completion }: Pair, semantics: Semantics): SetAction | null {
  const outcome = completion?.type ?? 'info';
  if (outcome === 'fail') return null;
  const { f } = invocation;
  if (f === 'add' || f === 'remove') {
    if (invocation.value === undefined) throw new BadOperation('it needs a value');
    const answer = outcome === 'ok' ? completion?.value : null;
    const changed = typeof answer === 'boolean' && answer !== invocation.value ? answer : null;
    return { f, element: textOf(invocation.value), changed };
  }
  const found = completion?.value ?? null;
  if (outcome !== 'ok') return null;
  if (f === 'contains') {
    if (found === null && semantics.nilRead === 'unknown') return null;
    if (typeof found !== 'boolean') throw new BadOperation('contains must return true or false');
    return { f, element: textOf(invocation.value), found };
  }
  if (found === null && semantics.nilRead === 'unknown') return null;
  const elements = elementsOf(found ?? [], 'the value that read returned');
  return { f: 'read', elements, total: elements.length };
}

/** Elements do not meet unless all of them are read together. */
function partition(pairs: readonly Pair[]): ((pair: Pair) => string) | null {
  if (pairs.some(({ invocation }) => invocation.f === 'read')) return null;
  return ({ invocation }) => textOf(invocation.value);
}

function step(state: SetState, action: SetAction): readonly SetState[] {
  switch (action.f) {
    case 'read':
      return agrees(state, action.elements) ? [holding(action.elements)] : [];
    case 'contains': {
      const isIn = whetherIn(state, action.element);
      if (isIn === action.found) return [state];
      return isIn === null ? [withElement(state, action.element, action.found)] : [];
    }
    case 'add':
    case 'remove': {
      const isIn = whetherIn(state, action.element);
      const after = action.f === 'add';
      if (action.changed !== null && isIn !== null && (isIn !== after) !== action.changed) return [];
      return [isIn === after ? state : withElement(state, action.element, after)];
    }
  }
}

/** Null where that is not known. */
function whetherIn({ others, known }: SetState, element: string): boolean | null {
  return known.get(element) ?? (others === 'absent' ? false : null);
}

function agrees({ others, known }: SetState, elements: readonly string[]): boolean {
  let met = 0;
  for (const [place, element] of elements.entries()) {
    const isIn = known.get(element);
    if (element === elements[place - 1]) return false;
    if (isIn === false || (isIn === undefined && others === 'absent')) return false;
    if (isIn === true) met++;
  }
  let inside = 0;
  for (const isIn of known.values()) if (isIn) inside++;
  return met === inside;
}

function withElement({ others, known }: SetState, element: string, isIn: boolean): SetState {
  const changed = new Map(known);
  if (isIn || others === 'unknown') changed.set(element, isIn);
  else changed.delete(element);
  return { others, known: changed };
}

function holding(elements: readonly string[]): SetState {
  return { others: 'absent', known: new Map(elements.map((element) => [element, true])) };
}

function actionKey(action: SetAction): string {
  switch (action.f) {
    case 'add':
    case 'remove':
      return `${action.f} ${action.changed} ${action.element}`;
    case 'contains':
      return `contains ${action.found} ${action.element}`;
    case 'read':
      return `read ${action.elements.join(' ')}`;
  }
}

function describe(action: SetAction): { readonly name: string; readonly outcome: string; readonly brief: string } {
  if (action.f === 'read') {
    const part = shortened(`{${action.elements.join(', ')}}`);
    const found = action.elements.length < action.total ? `${part} among ${action.total} elements` : part;
    return { name: 'read', outcome: `returned ${found}`, brief: `read of ${found}` };
  }
  const { f, element } = action;
  const what = shortened(element);
  if (f === 'contains') {
    const found = action.found ? 'found' : 'did not find';
    return { name: f, outcome: `${found} ${what}`, brief: `contains that ${found} ${what}` };
  }
  const done = f === 'add' ? 'added' : 'removed';
  const how = action.changed === null ? '' : action.changed ? ', which changed the set' : ', which changed nothing';
  return { name: f, outcome: `${done} ${what}${how}`, brief: `${f} of ${what}${how}` };
}

/** Sorted; what is there twice stays so, which no set has. */
function elementsOf(value: unknown, what: string): readonly string[] {
  if (!Array.isArray(value)) throw new BadOperation(`${what} must be a list`);
  return value.map(textOf).sort();
}
