import type { Operation } from '../../../history/operation.ts';
import type { Pair } from '../../../history/pairs.ts';
import { BadOperation, type Model, type Semantics } from '../model.ts';
import { textOf } from '../values.ts';

interface CounterAction {
  readonly f: 'add' | 'read';
  readonly amount: bigint;
}

/** A whole number that is added to and read; null: it is not known. */
export const counter: Model<bigint | null, CounterAction> = {
  name: 'counter',
  summary: 'a whole number with add (increment, decrement: by 1 unless a value is given) and read, by key; 0 at first',
  functions: ['add', 'increment', 'decrement', 'read'],
  initial: ({ initial = 0 }: Semantics) => wholeNumber(initial ?? 0, 'the initial value'),
  action: counterAction,
  suits: ({ f, type, value }: Operation) => f !== 'read' || type !== 'ok' || !Array.isArray(value),
  step: (state, { f, amount }) => {
    if (f === 'add') return [state === null ? null : state + amount];
    return state === null || state === amount ? [amount] : [];
  },
  stateKey: (state) => `${state}`,
  actionKey: ({ f, amount }) => `${f} ${amount}`,
  effect: ({ f, amount }) => (f === 'read' || amount === 0n ? 'observe' : 'blind'),
  pending: (action) => (action.f === 'read' ? null : action),
  anything: null,
  describeState: (state) => (state === null ? 'any number' : `${state}`),
  describe: ({ f, amount }) => ({
    name: f,
    outcome: f === 'read' ? `returned ${amount}` : `added ${amount}`,
    brief: `${f} of ${amount}`,
  }),
};

function counterAction({ invocation, completion }: Pair, semantics: Semantics): CounterAction | null {
  const outcome = completion?.type ?? 'info';
  if (outcome === 'fail') return null;
  if (invocation.f !== 'read') {
    const amount = wholeNumber(invocation.value ?? 1, `the value of ${invocation.f}`);
    return { f: 'add', amount: invocation.f === 'decrement' ? -amount : amount };
  }
  const found = completion?.value ?? null;
  if (outcome !== 'ok' || (found === null && semantics.nilRead === 'unknown')) return null;
  return { f: 'read', amount: wholeNumber(found ?? 0, 'the value that read returned') };
}

function wholeNumber(value: unknown, what: string): bigint {
  if (typeof value === 'bigint' || (typeof value === 'number' && Number.isInteger(value))) return BigInt(value);
  throw new BadOperation(`${what} must be a whole number, not ${textOf(value)}`);
}
