import type { Pair } from '../../../history/pairs.ts';
import type { RegisterAction } from '../actions.ts';
import {
  BadOperation,
  type Call,
  type Description,
  type Model,
  type Problem,
  type Reduced,
  type Semantics,
} from '../model.ts';
import { decideRegister } from '../unique/register.ts';
import { shortened, textOf } from '../values.ts';

// Neither is the text of a value.
const anything = '';
const unobserved = 'unobserved';

const operations = {
  initial: ({ initial = null }: Semantics) => textOf(initial),
  action: registerAction,
  step,
  stateKey: (state: string) => state,
  actionKey,
  effect,
  pending: (action: RegisterAction) => (action.f === 'write' || action.f === 'cas' ? action : null),
  ends,
  reduce,
  decide: (problem: Problem<string, RegisterAction>) => (problem.initial === anything ? null : decideRegister(problem)),
  anything,
  describeState: (state: string) => (state === anything ? 'any value' : shortened(state)),
  describe,
};

/** One value that is read and written. */
export const register: Model<string, RegisterAction> = {
  name: 'register',
  summary: 'a value with read and write, by key',
  functions: ['read', 'write'],
  ...operations,
};

/** One value that is read, written, and compared and set; a cas has the value `[from, to]`. */
export const casRegister: Model<string, RegisterAction> = {
  name: 'cas-register',
  summary: 'a value with read, write and cas (its value is [from, to]), by key',
  functions: ['read', 'write', 'cas'],
  ...operations,
};

function registerAction({ invocation, completion }: Pair, semantics: Semantics): RegisterAction | null {
  const outcome = completion?.type ?? 'info';
  switch (invocation.f) {
    case 'read': {
      if (outcome !== 'ok') return null;
      const value = completion?.value ?? null;
      return value === null && semantics.nilRead === 'unknown' ? null : { f: 'read', value: textOf(value) };
    }
    case 'write':
      if (outcome === 'fail') return null;
      if (invocation.value === undefined) throw new BadOperation('a write needs a value');
      return { f: 'write', value: textOf(invocation.value) };
    default: {
      const { value } = invocation;
      if (!Array.isArray(value) || value.length !== 2) throw new BadOperation('the value of a cas must be [from, to]');
      const [from, to] = [textOf(value[0]), textOf(value[1])];
      if (outcome !== 'fail') return { f: 'cas', from, to };
      const differed = (completion?.error?.code ?? 'cas-mismatch') === 'cas-mismatch';
      return differed && semantics.failedCas === 'value-differed' ? { f: 'differs', from, to } : null;
    }
  }
}

function step(state: string, action: RegisterAction): readonly string[] {
  switch (action.f) {
    case 'read':
      return state === action.value || state === anything ? [action.value] : [];
    case 'write':
      return [action.value];
    case 'cas':
      return state === action.from || state === anything ? [action.to] : [];
    case 'differs':
      return state === action.from ? [] : [state];
  }
}

function actionKey(action: RegisterAction): string {
  switch (action.f) {
    case 'read':
    case 'write':
      return `${action.f} ${action.value}`;
    case 'cas':
      return `cas ${action.from},${action.to}`;
    case 'differs':
      return `differs ${action.from}`;
  }
}

function effect(action: RegisterAction): 'observe' | 'overwrite' | 'update' {
  switch (action.f) {
    case 'read':
    case 'differs':
      return 'observe';
    case 'write':
      return 'overwrite';
    case 'cas':
      return action.from === action.to ? 'observe' : 'update';
  }
}

function ends(action: RegisterAction): { readonly from: string | null; readonly to: string | null } {
  switch (action.f) {
    case 'read':
      return { from: action.value, to: null };
    case 'write':
      return { from: null, to: action.value };
    case 'cas':
      return { from: action.from, to: action.from === action.to ? null : action.to };
    case 'differs':
      return { from: null, to: null };
  }
}

/**
 * Values that no action looks for are one value to all of them, and where no cas says that it found another value,
 * nothing can need such a value: whatever may or may not have brought it about is dropped.
 */
function reduce(calls: readonly Call<RegisterAction>[], initial: string): Reduced<string, RegisterAction> | null {
  const actions: (RegisterAction | null)[] = [];
  let anyDiffers = false;
  let anyMayHave = false;
  for (const { action, required } of calls) {
    if (action.f === 'differs') anyDiffers = true;
    if (!required) anyMayHave = true;
    actions.push(!required && effect(action) === 'observe' ? null : action);
  }
  let observed = observedIn(actions);
  for (let settled = anyDiffers || !anyMayHave; !settled; ) {
    settled = true;
    for (let place = 0; place < actions.length; place++) {
      const action = actions[place];
      if (action === null || action === undefined || calls[place]?.required !== false) continue;
      if (result(action) === anything || observed.has(result(action))) continue;
      actions[place] = null;
      settled = false;
    }
    if (!settled) observed = observedIn(actions);
  }
  const merged = (value: string): string => (value === anything || observed.has(value) ? value : unobserved);
  let changed = merged(initial) !== initial;
  for (let place = 0; place < actions.length; place++) {
    const action = actions[place];
    if (action) actions[place] = mergeValues(action, merged);
    if (actions[place] !== calls[place]?.action) changed = true;
  }
  return changed ? { initial: merged(initial), actions } : null;
}

function observedIn(actions: readonly (RegisterAction | null)[]): ReadonlySet<string> {
  const observed = new Set<string>();
  for (const action of actions) if (action !== null && action.f !== 'write') observed.add(lookedFor(action));
  return observed;
}

function lookedFor(action: Exclude<RegisterAction, { f: 'write' }>): string {
  return action.f === 'read' ? action.value : action.from;
}

function result(action: RegisterAction): string {
  return action.f === 'cas' || action.f === 'differs' ? action.to : action.value;
}

function mergeValues(action: RegisterAction, merged: (value: string) => string): RegisterAction {
  switch (action.f) {
    case 'write':
      return merged(action.value) === action.value ? action : { f: 'write', value: unobserved };
    case 'cas':
      return merged(action.to) === action.to ? action : { f: 'cas', from: action.from, to: unobserved };
    case 'read':
    case 'differs':
      return action;
  }
}

function describe(action: RegisterAction): Description {
  switch (action.f) {
    case 'read':
    case 'write': {
      const value = shortened(action.value);
      const outcome = action.f === 'read' ? `returned ${value}` : `wrote ${value}`;
      return { name: action.f, outcome, brief: `${action.f} of ${value}` };
    }
    case 'cas':
    case 'differs': {
      const [from, to] = [shortened(action.from), shortened(action.to)];
      if (action.f === 'differs') {
        return { name: 'cas', outcome: `found another value than ${from}`, brief: `failed cas from ${from} to ${to}` };
      }
      return { name: 'cas', outcome: `changed ${from} to ${to}`, brief: `cas from ${from} to ${to}` };
    }
  }
}
