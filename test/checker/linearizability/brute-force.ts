import type { Problem, Semantics } from '../../../src/checker/linearizability/model.ts';
import type { Operation } from '../../../src/history/operation.ts';

/** A call as brute force sees it: when it was under way, whether it did take effect, and what it does to a state. */
export interface Event<State> {
  readonly invoked: number;
  readonly completed: number;
  readonly required: boolean;
  /** The states that may follow; none where it cannot happen. */
  readonly apply: (state: State) => readonly State[];
}

/** Tries every order of the calls, with nothing remembered and nothing left out. */
export function linearizableByBruteForce<State>(events: readonly Event<State>[], initial: State): boolean {
  const explain = (remaining: readonly Event<State>[], state: State, latestInvocation: number): boolean => {
    if (!remaining.some((event) => event.required)) return true;
    return remaining.some((event) => {
      if (event.completed < latestInvocation) return false;
      const others = remaining.filter((other) => other !== event);
      if (others.some((other) => other.required && other.completed < event.invoked)) return false;
      const latest = Math.max(latestInvocation, event.invoked);
      return event.apply(state).some((next) => explain(others, next, latest));
    });
  };
  return explain(events, initial, Number.NEGATIVE_INFINITY);
}

/** The same for more calls than all orders can be tried of: remembers which sets of calls led nowhere from which state. */
export function linearizableByPlainSearch<State>(events: readonly Event<State>[], initial: State): boolean {
  const numbers = new Map(events.map((event, number) => [event, number]));
  const hopeless = new Set<string>();
  const explain = (remaining: readonly Event<State>[], state: State, latestInvocation: number): boolean => {
    if (!remaining.some((event) => event.required)) return true;
    const key = `${remaining.map((event) => numbers.get(event)).join()} ${latestInvocation} ${textOfState(state)}`;
    if (hopeless.has(key)) return false;
    const firstEnd = Math.min(...remaining.filter(({ required }) => required).map(({ completed }) => completed));
    const found = remaining.some((event) => {
      if (event.completed < latestInvocation || firstEnd < event.invoked) return false;
      const others = remaining.filter((other) => other !== event);
      const latest = Math.max(latestInvocation, event.invoked);
      return event.apply(state).some((next) => explain(others, next, latest));
    });
    if (!found) hopeless.add(key);
    return found;
  };
  return explain(events, initial, Number.NEGATIVE_INFINITY);
}

/** The maps and bigints that some states hold are no JSON. */
function textOfState(state: unknown): string {
  return JSON.stringify(state, (_, part) =>
    part instanceof Map ? [...part].sort() : typeof part === 'bigint' ? `${part}n` : part,
  );
}

/** The calls of a problem, by its own model. */
export function eventsOfProblem<State, Action>({ model, calls }: Problem<State, Action>): Event<State>[] {
  return calls.map((call) => ({ ...call, apply: (state: State) => model.step(state, call.action) }));
}

/** The objects once more, written down in another way than in the models: a state is a value or a record of values. */
type Meaning = (f: string, asked: unknown, found: unknown, state: unknown) => readonly unknown[];

const same = (a: unknown, b: unknown): boolean => JSON.stringify(a) === JSON.stringify(b);

const meanings: Readonly<Record<string, Meaning>> = {
  'cas-register': (f, asked, found, state) => {
    if (f === 'write') return [asked];
    if (f === 'read') return same(found, state) ? [state] : [];
    const [from, to] = asked as [unknown, unknown];
    if (f === 'failed cas') return same(from, state) ? [] : [state];
    return same(from, state) ? [to] : [];
  },
  'kv-append': (f, asked, found, state) => {
    if (f === 'cas' || f === 'failed cas') {
      const [from, to] = asked as [unknown, unknown];
      if (f === 'failed cas') return from === state ? [] : [state];
      return from === state ? [to] : [];
    }
    if (f === 'get') return found === state ? [state] : [];
    return [f === 'put' ? asked : `${state}${asked}`];
  },
  mutex: (f, _asked, _found, state) => {
    if (f === 'acquire') return state === 'held' ? [] : ['held'];
    return state === 'held' ? ['free'] : [];
  },
  'fifo-queue': (f, asked, found, state) => container(f === 'enqueue', asked, found, state, () => 0),
  stack: (f, asked, found, state) => container(f === 'push', asked, found, state, (values) => values.length - 1),
  'priority-queue': (f, asked, found, state) =>
    container(f === 'insert', asked, found, state, (values) => values.indexOf(Math.min(...(values as number[])))),
  log: (f, asked, found, state) => {
    if (f === 'read') return same(found, state) ? [state] : [];
    return [[...(state as unknown[]), asked]];
  },
  counter: (f, asked, found, state) => {
    if (f === 'read') return found === state ? [state] : [];
    return [(state as number) + (f === 'add' ? (asked as number) : f === 'increment' ? 1 : -1)];
  },
  set: (f, asked, found, state) => {
    const elements = state as number[];
    const isIn = elements.includes(asked as number);
    if (f === 'read') return same([...(found as number[])].sort(), elements) ? [state] : [];
    if (f === 'contains') return found === isIn ? [state] : [];
    const others = elements.filter((element) => element !== asked);
    const changed = isIn !== (f === 'add');
    if (typeof found === 'boolean' && found !== changed) return [];
    return [f === 'add' ? [...others, asked].sort() : others];
  },
  'multi-register': (_f, asked, found, state) => {
    const registers = { ...(state as Record<string, unknown>) };
    const parts = (found ?? asked) as [string, string, unknown][];
    for (const [part, register, value] of parts) {
      if (part === 'write') registers[register] = value;
      else if (found !== undefined && value !== undefined && !same(registers[register], value)) return [];
    }
    return [registers];
  },
};

/** What is found is a value, null for nothing, or undefined where it is not known. */
function container(
  inserts: boolean,
  asked: unknown,
  found: unknown,
  state: unknown,
  placeOfNext: (values: readonly unknown[]) => number,
): readonly unknown[] {
  const values = state as unknown[];
  if (inserts) return [[...values, asked]];
  if (values.length === 0) return found === null || found === undefined ? [state] : [];
  const place = placeOfNext(values);
  return found === undefined || found === values[place] ? [values.toSpliced(place, 1)] : [];
}

/** The verdict on a history of one object by brute force, from the meaning of its operations alone. */
export function historyByBruteForce(
  modelName: string,
  history: readonly Operation[],
  initial: unknown,
  semantics: Semantics,
  isLinearizable: typeof linearizableByBruteForce = linearizableByBruteForce,
): boolean {
  const meaning = meanings[modelName === 'register' ? 'cas-register' : modelName];
  if (meaning === undefined) throw new Error(`brute force does not know ${modelName}`);
  const keys = new Set(history.map(({ key }) => key));
  return [...keys].every((key) => {
    const events = eventsOf(history.filter((operation) => operation.key === key)).flatMap(({ invoke, end }) =>
      eventOf(invoke, end, meaning, semantics),
    );
    return isLinearizable(events, initial);
  });
}

function eventsOf(
  history: readonly Operation[],
): { readonly invoke: Operation; readonly end: Operation | undefined }[] {
  return history
    .filter(({ type }) => type === 'invoke')
    .map((invoke) => ({
      invoke,
      end: history.find(
        ({ index, type, process }) => index > invoke.index && process === invoke.process && type !== 'invoke',
      ),
    }));
}

const observing = ['read', 'get', 'contains'];
const removing = ['dequeue', 'pop', 'extract-min'];

function eventOf(
  invoke: Operation,
  end: Operation | undefined,
  meaning: Meaning,
  semantics: Semantics,
): Event<unknown>[] {
  const { f, index: invoked, value: asked } = invoke;
  const isUnknownNil = end?.type === 'ok' && end.value === null && semantics.nilRead === 'unknown';
  if (isUnknownNil && observing.includes(f)) return [];
  if (end?.type === 'fail') {
    if (end.error?.code === 'empty' && semantics.failedCas === 'value-differed' && removing.includes(f)) {
      return [{ invoked, completed: end.index, required: true, apply: (state) => meaning(f, asked, null, state) }];
    }
    if (f !== 'cas' || semantics.failedCas === 'never-happened') return [];
    if (end.error !== undefined && end.error.code !== 'cas-mismatch') return [];
    const apply = (state: unknown) => meaning('failed cas', asked, undefined, state);
    return [{ invoked, completed: end.index, required: true, apply }];
  }
  if (end?.type === 'ok' && !(end.value === undefined && removing.includes(f))) {
    const found = isUnknownNil ? undefined : end.value;
    const apply = (state: unknown) => meaning(f, asked, found, state);
    return [{ invoked, completed: end.index, required: true, apply }];
  }
  if (observing.includes(f)) return [];
  return [
    {
      invoked,
      completed: Number.POSITIVE_INFINITY,
      required: false,
      apply: (state) => meaning(f, asked, undefined, state),
    },
  ];
}
