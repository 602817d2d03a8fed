import type { Operation } from '../../../history/operation.ts';
import type { Pair } from '../../../history/pairs.ts';
import { type LogAction, logReadOf } from '../actions.ts';
import { BadOperation, type Model, type Semantics } from '../model.ts';
import { decideLog } from '../unique/log.ts';
import { shortened, textOf } from '../values.ts';

/** `=` before the whole log, `~` before an end of it of which the beginning is not known; each value follows a comma. */
type LogState = `=${string}` | `~${string}`;

/** Values in the order in which they were appended; all of them are read at once. */
export const log: Model<LogState, LogAction> = {
  name: 'log',
  aliases: ['append-only-log'],
  summary: 'an append-only log with append and read of the whole list, by key; empty at first',
  functions: ['append', 'read'],
  initial: ({ initial = [] }: Semantics) =>
    `=${logReadOf(listOf(initial ?? [], 'the initial value').map(textOf), 0).text}`,
  action: logAction,
  suits: ({ f, type, value }: Operation) => f !== 'read' || type !== 'ok' || value === null || Array.isArray(value),
  step,
  stateKey: (state) => state,
  actionKey: (action) => (action.f === 'append' ? `append ${action.value}` : `read ${action.text}`),
  effect: ({ f }) => (f === 'read' ? 'observe' : 'blind'),
  pending: (action) => (action.f === 'read' ? null : action),
  // What is appended stays.
  precedes: (state, action) => action.f !== 'read' || !state.startsWith('=') || action.text.startsWith(state.slice(1)),
  anything: '~',
  decide: decideLog,
  describeState: (state) =>
    state.startsWith('=')
      ? shortened(`[${state.slice(2)}]`)
      : `something that ends in ${shortened(`[${state.slice(2)}]`)}`,
  describe: (action) => {
    if (action.f === 'append') {
      const value = shortened(action.value);
      return { name: 'append', outcome: `appended ${value}`, brief: `append of ${value}` };
    }
    const { values, total } = action;
    const part = shortened(`[${values.join(', ')}]`);
    const found = values.length < total ? `${part} among ${total} values` : part;
    return { name: 'read', outcome: `returned ${found}`, brief: `read of ${found}` };
  },
};

function logAction({ invocation, completion }: Pair, semantics: Semantics): LogAction | null {
  const outcome = completion?.type ?? 'info';
  if (outcome === 'fail') return null;
  if (invocation.f === 'append') {
    if (invocation.value === undefined) throw new BadOperation('it needs a value');
    return { f: 'append', value: textOf(invocation.value) };
  }
  const found = completion?.value ?? null;
  if (outcome !== 'ok' || (found === null && semantics.nilRead === 'unknown')) return null;
  const values = listOf(found ?? [], 'the value that read returned').map(textOf);
  return logReadOf(values, values.length);
}

function step(state: LogState, action: LogAction): readonly LogState[] {
  if (action.f === 'append') return [`${state},${action.value}`];
  const found: LogState = `=${action.text}`;
  if (state.startsWith('=')) return state === found ? [state] : [];
  return action.text.endsWith(state.slice(1)) ? [found] : [];
}

function listOf(value: unknown, what: string): readonly unknown[] {
  if (Array.isArray(value)) return value;
  throw new BadOperation(`${what} must be a list`);
}
