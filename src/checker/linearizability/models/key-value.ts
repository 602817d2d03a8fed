import type { Pair } from '../../../history/pairs.ts';
import { BadOperation, type Model, type Semantics } from '../model.ts';
import { shortened } from '../values.ts';

export interface KeyValueAction {
  readonly f: 'get' | 'put' | 'append';
  readonly text: string;
}

/** `=` before the whole string, `~` before an end of it of which the beginning is not known. */
type KeyValueState = `=${string}` | `~${string}`;

/** A string under each key, which is read whole, replaced, or appended to; at first it is empty. */
export const keyValue: Model<KeyValueState, KeyValueAction> = {
  name: 'kv-append',
  summary: 'a string with get, put and append, by key; empty at first',
  functions: ['get', 'put', 'append'],
  initial: ({ initial = '' }: Semantics) => `=${stringOf(initial ?? '', 'the initial value')}`,
  action: keyValueAction,
  step,
  stateKey: (state) => state,
  actionKey: ({ f, text }) => `${f} ${text}`,
  effect: ({ f }) => (f === 'get' ? 'observe' : f === 'put' ? 'overwrite' : 'blind'),
  pending: (action) => (action.f === 'get' ? null : action),
  // What is appended stays.
  precedes: (state, { f, text }) => f !== 'get' || !state.startsWith('=') || text.startsWith(state.slice(1)),
  anything: '~',
  describeState: (state) =>
    state.startsWith('=') ? quoted(state.slice(1)) : `something that ends in ${quoted(state.slice(1))}`,
  describe: ({ f, text }) => ({
    name: f,
    outcome: `${outcomes[f]} ${quoted(text)}`,
    brief: `${f} of ${quoted(text)}`,
  }),
};

const outcomes = { get: 'returned', put: 'put', append: 'appended' } as const;

function keyValueAction({ invocation, completion }: Pair, semantics: Semantics): KeyValueAction | null {
  const outcome = completion?.type ?? 'info';
  if (outcome === 'fail') return null;
  if (invocation.f === 'put' || invocation.f === 'append') {
    return { f: invocation.f, text: stringOf(invocation.value, `the value of ${invocation.f}`) };
  }
  const found = completion?.value ?? null;
  if (outcome !== 'ok' || (found === null && semantics.nilRead === 'unknown')) return null;
  return { f: 'get', text: stringOf(found ?? '', 'the value that get returned') };
}

function step(state: KeyValueState, { f, text }: KeyValueAction): readonly KeyValueState[] {
  switch (f) {
    case 'put':
      return [`=${text}`];
    case 'append':
      return [`${state}${text}`];
    case 'get': {
      const found: KeyValueState = `=${text}`;
      if (state.startsWith('=')) return state === found ? [state] : [];
      return text.endsWith(state.slice(1)) ? [found] : [];
    }
  }
}

function stringOf(value: unknown, what: string): string {
  if (typeof value === 'string') return value;
  throw new BadOperation(`${what} must be a string`);
}

function quoted(text: string): string {
  return JSON.stringify(shortened(text));
}
