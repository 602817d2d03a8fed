import type { Operation } from '../../../history/operation.ts';
import type { Pair } from '../../../history/pairs.ts';
import type { ContainerAction } from '../actions.ts';
import { BadOperation, type Description, type Model, type Semantics } from '../model.ts';
import { decidePriorityQueue } from '../unique/priority-queue.ts';
import { decideQueue } from '../unique/queue.ts';
import { decideStack } from '../unique/stack.ts';
import { compareTexts, shortened, textOf } from '../values.ts';

/** Values linked one to the next; null for none. */
type Chain = { readonly value: string; readonly rest: Chain } | null;

/** What tells one container from another: which of its values comes out next. */
interface Order<State> {
  readonly none: State;
  insert(state: State, value: string): State;
  /** Null where it is empty. */
  next(state: State): { readonly value: string; readonly rest: State } | null;
  /** In the order in which they come out. */
  list(state: State): string[];
}

interface Queue {
  readonly front: Chain;
  /** Last first. */
  readonly back: Chain;
}

/** First in, first out. */
export const fifoQueue: Model<Queue, ContainerAction> = {
  name: 'fifo-queue',
  aliases: ['queue'],
  summary: 'a FIFO queue with enqueue and dequeue, which finds null where it is empty, by key; empty at first',
  ...container<Queue>(['enqueue'], ['dequeue'], {
    none: { front: null, back: null },
    insert: ({ front, back }, value) => ({ front, back: { value, rest: back } }),
    next: ({ front, back }) => {
      const first = front ?? reversed(back);
      if (first === null) return null;
      return { value: first.value, rest: { front: first.rest, back: front === null ? null : back } };
    },
    list: ({ front, back }) => [...valuesOf(front), ...valuesOf(reversed(back))],
  }),
  decide: decideQueue,
};

/** Last in, first out. */
export const stack: Model<Chain, ContainerAction> = {
  name: 'stack',
  summary: 'a stack with push and pop, which finds null where it is empty, by key; empty at first',
  ...container<Chain>(['push'], ['pop'], {
    none: null,
    insert: (state, value) => ({ value, rest: state }),
    next: (state) => state,
    list: valuesOf,
  }),
  decide: decideStack,
};

/** A leftist heap, so that nothing is copied that stays as it is; null for none. */
type Heap = { readonly value: string; readonly rank: number; readonly left: Heap; readonly right: Heap } | null;

/** The smallest first: numbers by their size, then all else by its text. */
export const priorityQueue: Model<Heap, ContainerAction> = {
  name: 'priority-queue',
  summary:
    'a priority queue with insert and extract-min (or delete-min), which finds null where it is empty, by key; empty at first',
  ...container<Heap>(['insert'], ['extract-min', 'delete-min'], {
    none: null,
    insert: (state, value) => merged(state, { value, rank: 1, left: null, right: null }),
    next: (state) => state && { value: state.value, rest: merged(state.left, state.right) },
    list: (state) => heapValues(state).sort(compareTexts),
  }),
  decide: decidePriorityQueue,
};

type Container<State> = Pick<
  Model<State, ContainerAction>,
  | 'functions'
  | 'initial'
  | 'action'
  | 'tells'
  | 'step'
  | 'stateKey'
  | 'actionKey'
  | 'effect'
  | 'pending'
  | 'describeState'
  | 'describe'
>;

function container<State>(
  inserting: readonly string[],
  removing: readonly string[],
  order: Order<State>,
): Container<State> {
  const insertName = inserting[0] ?? '';
  const removeName = removing[0] ?? '';
  return {
    functions: [...inserting, ...removing],
    initial: ({ initial = [] }: Semantics) => valuesGiven(initial).reduce(order.insert, order.none),
    action: (pair, semantics) => containerAction(pair, semantics, inserting),
    tells: ({ f, value }: Operation) => inserting.includes(f) || value !== undefined,
    step: (state, action) => stepOf(state, action, order),
    stateKey: (state) => order.list(state).join(' '),
    actionKey: (action) => (action.f === 'insert' || action.f === 'remove' ? `${action.f} ${action.value}` : action.f),
    effect: ({ f }) => (f === 'insert' ? 'blind' : f === 'empty' ? 'observe' : 'update'),
    pending: (action) => (action.f === 'insert' ? action : { f: 'take' }),
    describeState: (state) => {
      const values = order.list(state);
      return values.length === 0 ? 'nothing' : shortened(`[${values.join(', ')}]`, 120);
    },
    describe: (action) => inWords(action, insertName, removeName),
  };
}

function containerAction(
  { invocation, completion }: Pair,
  semantics: Semantics,
  inserting: readonly string[],
): ContainerAction | null {
  const outcome = completion?.type ?? 'info';
  if (inserting.includes(invocation.f)) {
    if (outcome === 'fail') return null;
    if (invocation.value === undefined) throw new BadOperation('it needs a value');
    return { f: 'insert', value: textOf(invocation.value) };
  }
  // As with a cas that failed: there is a reason that is an observation.
  if (outcome === 'fail') {
    const foundNothing = completion?.error?.code === 'empty' && semantics.failedCas === 'value-differed';
    return foundNothing ? { f: 'empty' } : null;
  }
  const value = outcome === 'ok' ? completion?.value : undefined;
  if (value === undefined) return { f: 'take' };
  if (value !== null) return { f: 'remove', value: textOf(value) };
  return semantics.nilRead === 'absent' ? { f: 'empty' } : { f: 'take' };
}

function stepOf<State>(state: State, action: ContainerAction, order: Order<State>): readonly State[] {
  switch (action.f) {
    case 'insert':
      return [order.insert(state, action.value)];
    case 'remove': {
      const next = order.next(state);
      return next?.value === action.value ? [next.rest] : [];
    }
    case 'empty':
      return order.next(state) === null ? [state] : [];
    case 'take':
      return [(order.next(state) ?? { rest: state }).rest];
  }
}

function inWords(action: ContainerAction, insertName: string, removeName: string): Description {
  switch (action.f) {
    case 'insert': {
      const value = shortened(action.value);
      return { name: insertName, outcome: `took in ${value}`, brief: `${insertName} of ${value}` };
    }
    case 'remove': {
      const value = shortened(action.value);
      return { name: removeName, outcome: `returned ${value}`, brief: `${removeName} of ${value}` };
    }
    case 'empty':
      return { name: removeName, outcome: 'found nothing', brief: `${removeName} that found nothing` };
    case 'take':
      return { name: removeName, outcome: 'returned something unknown', brief: `${removeName} of something` };
  }
}

function valuesGiven(initial: unknown): string[] {
  if (initial === null) return [];
  if (!Array.isArray(initial)) throw new BadOperation('the initial value must be a list');
  return initial.map(textOf);
}

function valuesOf(chain: Chain): string[] {
  const values: string[] = [];
  for (let rest = chain; rest !== null; rest = rest.rest) values.push(rest.value);
  return values;
}

function reversed(chain: Chain): Chain {
  let result: Chain = null;
  for (let rest = chain; rest !== null; rest = rest.rest) result = { value: rest.value, rest: result };
  return result;
}

/** Without recursion: down the right spines, and up again. */
function merged(a: Heap, b: Heap): Heap {
  const above: NonNullable<Heap>[] = [];
  let [one, other] = [a, b];
  while (one !== null && other !== null) {
    if (compareTexts(one.value, other.value) > 0) [one, other] = [other, one];
    above.push(one);
    one = one.right;
  }
  let below = one ?? other;
  for (let top = above.pop(); top !== undefined; top = above.pop()) {
    const [left, right] = rankOf(top.left) >= rankOf(below) ? [top.left, below] : [below, top.left];
    below = { value: top.value, rank: rankOf(right) + 1, left, right };
  }
  return below;
}

function rankOf(heap: Heap): number {
  return heap?.rank ?? 0;
}

function heapValues(heap: Heap): string[] {
  const values: string[] = [];
  const ahead = [heap];
  for (let next = ahead.pop(); next !== undefined; next = ahead.pop()) {
    if (next === null) continue;
    values.push(next.value);
    ahead.push(next.left, next.right);
  }
  return values;
}
