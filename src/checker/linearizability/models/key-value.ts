import type { Pair } from '../../../history/pairs.ts';
import { BadOperation, type Model, type Semantics } from '../model.ts';
import { shortened } from '../values.ts';

type KeyValueAction =
  | { readonly f: 'get' | 'put' | 'append'; readonly text: string }
  /** `differs`: it found another string than `from`. */
  | { readonly f: 'cas' | 'differs'; readonly from: string; readonly text: string };

/** `=` before the whole string, `~` before an end of it of which the beginning is not known. */
type KeyValueState = `=${string}` | `~${string}`;

/** A string under each key, which is read whole, replaced, appended to, or compared and set; at first it is empty. */
export const keyValue: Model<KeyValueState, KeyValueAction> = {
  name: 'kv-append',
  aliases: ['key-value'],
  summary: 'a string with get, put, append and cas (its value is [from, to]), by key; empty at first',
  functions: ['get', 'put', 'append', 'cas'],
  initial: ({ initial = '' }: Semantics) => `=${stringOf(initial ?? '', 'the initial value')}`,
  action: keyValueAction,
  step,
  stateKey: (state) => state,
  actionKey: (action) => (isCas(action) ? JSON.stringify(action) : `${action.f} ${action.text}`),
  effect: ({ f }) => effects[f],
  pending: (action) => (effects[action.f] === 'observe' ? null : action),
  // What is appended stays.
  precedes: (state, { f, text }) => f !== 'get' || !state.startsWith('=') || text.startsWith(state.slice(1)),
  anything: '~',
  describeState: (state) =>
    state.startsWith('=') ? quoted(state.slice(1)) : `something that ends in ${quoted(state.slice(1))}`,
  describe: (action) => {
    const text = quoted(action.text);
    if (!isCas(action)) {
      return { name: action.f, outcome: `${outcomes[action.f]} ${text}`, brief: `${action.f} of ${text}` };
    }
    const from = quoted(action.from);
    if (action.f === 'cas') {
      return { name: 'cas', outcome: `changed ${from} to ${text}`, brief: `cas from ${from} to ${text}` };
    }
    return {
      name: 'cas',
      outcome: `found another string than ${from}`,
      brief: `failed cas from ${from} to ${text}`,
    };
  },
};

const outcomes = { get: 'returned', put: 'put', append: 'appended' } as const;
const effects = { get: 'observe', differs: 'observe', put: 'overwrite', append: 'blind', cas: 'update' } as const;

function isCas(action: KeyValueAction): action is KeyValueAction & { readonly f: 'cas' | 'differs' } {
  return action.f === 'cas' || action.f === 'differs';
}

function keyValueAction({ invocation, completion }: Pair, semantics: Semantics): KeyValueAction | null {
  const outcome = completion?.type ?? 'info';
  if (invocation.f === 'cas') {
    const { value } = invocation;
    if (!Array.isArray(value) || value.length !== 2) throw new BadOperation('the value of a cas must be [from, to]');
    const [from, text] = [stringOf(value[0], 'what a cas looks for'), stringOf(value[1], 'what a cas puts')];
    if (outcome !== 'fail') return { f: 'cas', from, text };
    const differed = (completion?.error?.code ?? 'cas-mismatch') === 'cas-mismatch';
    return differed && semantics.failedCas === 'value-differed' ? { f: 'differs', from, text } : null;
  }
  if (outcome === 'fail') return null;
  if (invocation.f === 'put' || invocation.f === 'append') {
    return { f: invocation.f, text: stringOf(invocation.value, `the value of ${invocation.f}`) };
  }
  const found = completion?.value ?? null;
  if (outcome !== 'ok' || (found === null && semantics.nilRead === 'unknown')) return null;
  return { f: 'get', text: stringOf(found ?? '', 'the value that get returned') };
}

function step(state: KeyValueState, action: KeyValueAction): readonly KeyValueState[] {
  const { text } = action;
  switch (action.f) {
    case 'put':
      return [`=${text}`];
    case 'append':
      return [`${state}${text}`];
    case 'get': {
      const found: KeyValueState = `=${text}`;
      if (state.startsWith('=')) return state === found ? [state] : [];
      return text.endsWith(state.slice(1)) ? [found] : [];
    }
    case 'cas':
      if (state.startsWith('=')) return state === `=${action.from}` ? [`=${text}`] : [];
      return action.from.endsWith(state.slice(1)) ? [`=${text}`] : [];
    case 'differs':
      return state === `=${action.from}` ? [] : [state];
  }
}

function stringOf(value: unknown, what: string): string {
  if (typeof value === 'string') return value;
  throw new BadOperation(`${what} must be a string`);
}

function quoted(text: string): string {
  return JSON.stringify(shortened(text));
}
