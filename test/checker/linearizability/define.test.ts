import { describe, expect, it } from 'vitest';
import { checkLinearizability } from '../../../src/checker/linearizability/check.ts';
import { defineModel } from '../../../src/checker/linearizability/define.ts';
import { modelNamed } from '../../../src/checker/linearizability/models.ts';
import { ok, pending, recorded } from './histories.ts';

let calls = 0;

/** A register that keeps the greatest of what was offered to it. */
const maximum = defineModel<number>({
  name: 'maximum',
  functions: ['offer', 'read'],
  reads: ['read'],
  initial: 0,
  step: (state, { f, asked, found }) => {
    if (f === 'offer') return Math.max(state, asked as number);
    return found === undefined || found === state ? state : undefined;
  },
});

const accounts = defineModel<number>({
  name: 'accounts',
  functions: ['deposit', 'balance'],
  reads: ['balance'],
  initial: 0,
  step: (state, { f, asked, found }) => {
    const [, amount] = asked as [string, number];
    if (f === 'deposit') return state + amount;
    return found === state ? state : undefined;
  },
  partition: (_, asked) => (asked as [string, number])[0],
});

describe('a model of one’s own', () => {
  it('judges', () => {
    expect(checkLinearizability(recorded(ok('offer', 3), ok('offer', 2), ok('read', 3)), maximum).valid).toBe(true);
    const result = checkLinearizability(recorded(ok('offer', 3), ok('offer', 2), ok('read', 2)), maximum);
    expect(result).toMatchObject({ valid: false, anomalies: [{ kind: 'nonlinearizable', operations: [0, 1, 4, 5] }] });
    expect(result.anomalies[0]?.sentence).toBe(
      'Read by process 2 returned 2 (operation 5), but offer of 3 (operation 1) had completed before it began.',
    );
  });

  it('takes what never returned for what may have happened', () => {
    expect(checkLinearizability(recorded(pending('offer', 3), ok('read', 3), ok('read', 3)), maximum).valid).toBe(true);
    expect(checkLinearizability(recorded(pending('offer', 3), ok('read', 3), ok('read', 0)), maximum).valid).toBe(
      false,
    );
  });

  it('judges each part by itself', () => {
    const balance = (who: string, value: number) => ({ ...ok('balance', value), asked: [who, 0] });
    const history = recorded(ok('deposit', ['a', 1]), ok('deposit', ['b', 2]), balance('a', 1), balance('b', 0));
    const result = checkLinearizability(history, accounts);
    expect(result).toMatchObject({ valid: false, anomalies: [{ operations: [2, 3, 6, 7] }] });
  });

  it('tells states that are Maps or Sets apart by what they hold', () => {
    const names = defineModel<ReadonlyMap<string, ReadonlySet<number>>>({
      name: 'names',
      functions: ['name', 'named'],
      reads: ['named'],
      initial: new Map(),
      step: (state, { f, asked, found }) => {
        if (f === 'named')
          return found === [...state.values()].filter((held) => held.size > 0).length ? state : undefined;
        const [name, number] = asked as [string, number];
        return new Map([...state, [name, new Set([...(state.get(name) ?? []), number])]]);
      },
    });
    const valid = recorded(ok('name', ['a', 1]), ok('name', ['b', 2]), ok('named', 2));
    expect(checkLinearizability(valid, names).valid).toBe(true);
    expect(checkLinearizability(recorded(ok('name', ['a', 1]), ok('named', 2)), names).valid).toBe(false);
    const wrote = recorded({ ...ok('write', new Map([[1, 2]])) }, ok('read', new Map([[1, 3]])));
    expect(checkLinearizability(wrote, modelNamed('register')).valid).toBe(false);
  });

  it.each([
    ['throws', (): number => JSON.parse('{'), /step threw SyntaxError: .* in the state 0 \(offer of 3\)/],
    ['depends on more than its arguments', () => calls++, /step returned two different states for the same/],
    ['returns a promise', async () => 0, /step returned what must be awaited/],
    ['lets a read change the state', (state: unknown) => Number(state) + 1, /returned another state for one of reads/],
  ])('says where its step %s', (_, step, message) => {
    const model = defineModel<unknown>({ name: 'x', functions: ['offer', 'read'], reads: ['read'], initial: 0, step });
    const history = recorded(ok('offer', 3), ok('read', 1));
    expect(() => checkLinearizability(history, model)).toThrow(message);
  });

  it('is refused without its functions or its step', () => {
    const parts = { name: 'x', functions: ['offer'], initial: 0, step: () => 0 };
    for (const missing of ['functions', 'step']) {
      const definition = Object.fromEntries(Object.entries(parts).filter(([part]) => part !== missing));
      // As a program in JavaScript may call it.
      const make: (definition: never) => unknown = defineModel;
      expect(() => make(definition as never)).toThrow('functions or step is missing');
    }
  });

  it('says where its step changes the state that it was given', () => {
    const list = defineModel<unknown[]>({
      name: 'list',
      functions: ['push'],
      initial: [],
      step: (state, { asked }) => {
        state.push(asked);
        return state;
      },
    });
    expect(() => checkLinearizability(recorded(ok('push', 3)), list)).toThrow(/changed the state that it was given/);
  });
});
