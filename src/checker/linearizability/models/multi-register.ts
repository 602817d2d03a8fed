import type { Pair } from '../../../history/pairs.ts';
import { BadOperation, type Model, type Semantics } from '../model.ts';
import { shortened, textOf } from '../values.ts';

/** What a transaction does, in its order; names and values are texts, see `textOf`. */
export type MultiRegisterAction = readonly {
  readonly f: 'read' | 'write';
  readonly register: string;
  readonly value: string;
}[];

/** The registers that are known to hold another value than `others`, by name; null: nothing is known of the others. */
interface MultiRegisterState {
  readonly others: string | null;
  readonly known: ReadonlyMap<string, string>;
}

/** Registers that transactions read and write together: `[["read","x",1],["write","y",2]]`, all at one moment. */
export const multiRegister: Model<MultiRegisterState, MultiRegisterAction> = {
  name: 'multi-register',
  summary: 'registers with txn, which reads and writes several at once; each is 0 at first',
  functions: ['txn'],
  initial: ({ initial = 0 }: Semantics) => ({ others: textOf(initial), known: new Map() }),
  action: multiRegisterAction,
  step,
  stateKey: ({ others, known }) => `${others} ${[...known].sort().flat().join(' ')}`,
  actionKey: (action) => action.map(({ f, register, value }) => `${f} ${register} ${value}`).join(' '),
  effect: (action) => {
    if (action.every(({ f }) => f === 'read')) return 'observe';
    return action.every(({ f }) => f === 'write') ? 'blind' : 'update';
  },
  pending: (action) => {
    const writes = action.filter(({ f }) => f === 'write');
    return writes.length === 0 ? null : writes;
  },
  anything: { others: null, known: new Map() },
  describeState: ({ others, known }) => {
    const held = [...known].sort().map(([register, value]) => `${plain(register)}=${value}`);
    return held.length === 0 ? `every register ${others ?? 'unknown'}` : shortened(held.join(' '), 120);
  },
  describe: (action) => {
    const brief = shortened(action.map(({ f, register, value }) => `${f} ${plain(register)}=${value}`).join(', '), 120);
    return { name: 'txn', outcome: `did ${brief}`, brief: `txn (${brief})` };
  },
};

function multiRegisterAction({ invocation, completion }: Pair, semantics: Semantics): MultiRegisterAction | null {
  const outcome = completion?.type ?? 'info';
  if (outcome === 'fail') return null;
  const action = partsOf(outcome === 'ok' ? completion?.value : invocation.value).flatMap(([name, register, value]) => {
    const f = functionNamed(name);
    const nothing = value === undefined || value === null;
    if (f === 'read' && (outcome !== 'ok' || (nothing && semantics.nilRead === 'unknown'))) return [];
    return [{ f, register: textOf(register), value: textOf(value) }];
  });
  return action.length === 0 ? null : action;
}

function partsOf(value: unknown): readonly (readonly unknown[])[] {
  const ofThree = (part: unknown): boolean => Array.isArray(part) && part.length === 3;
  if (Array.isArray(value) && value.every(ofThree)) return value;
  throw new BadOperation('the value of a txn must be a list such as [["read","x",1],["write","y",2]]');
}

function functionNamed(name: unknown): 'read' | 'write' {
  if (name === 'read' || name === 'r') return 'read';
  if (name === 'write' || name === 'w') return 'write';
  throw new BadOperation(`a part of a txn is a read or a write, not ${textOf(name)}`);
}

function step(state: MultiRegisterState, action: MultiRegisterAction): readonly MultiRegisterState[] {
  const { others } = state;
  let known: Map<string, string> | null = null;
  for (const { f, register, value } of action) {
    const held = (known ?? state.known).get(register) ?? others;
    if (held === value) continue;
    if (f === 'read' && held !== null) return [];
    known ??= new Map(state.known);
    if (value === others) known.delete(register);
    else known.set(register, value);
  }
  return [known === null ? state : { others, known }];
}

/** A name as people write it: without quotes. */
function plain(register: string): string {
  return register.replace(/^"(.*)"$/, '$1');
}
