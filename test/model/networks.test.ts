import { describe, expect, it } from 'vitest';
import type { ActorSystem, NetworkKind } from '../../src/model/actors/actor.ts';
import { ActorModel } from '../../src/model/actors/actor-model.ts';
import { searchBreadthFirst } from '../../src/model/breadth-first.ts';
import { withProperties } from './with-properties.ts';

type Letters = readonly string[];

/** Actor 0 sends `a` and `b` to actor 1, which notes what it receives, up to two letters. */
function letters(network: NetworkKind, change: Partial<ActorSystem<Letters, string, string, null>> = {}) {
  const receive = (_id: number, local: Letters, _from: number, message: string) =>
    local.length === 2 ? null : { local: [...local, message], commands: [] };
  return new ActorModel<Letters, string, string, null>({
    name: 'letters',
    names: ['sender', 'receiver'],
    actor: {
      start: (id) => ({
        local: [],
        commands: id === 0 ? ['a', 'b'].map((message) => ({ type: 'send', to: 1, message })) : [],
      }),
      receive,
      timeout: () => null,
      input: (_id, local, input) => receive(0, local, 0, input),
    },
    timers: [],
    network,
    lossy: false,
    inputs: [],
    maxCrashes: 0,
    recovers: false,
    history: { initial: null, observe: (past) => past },
    properties: [],
    symmetry: null,
    words: {
      local: (local) => [local.join('')],
      message: (message) => message,
      input: (input) => input,
      timer: (timer) => timer,
      past: () => [],
      notes: () => [],
    },
    ...change,
  });
}

/** What the receiver has noted, over all states: worked out by hand below. */
function notes(model: ReturnType<typeof letters>): string[] {
  const found = new Set<string>();
  const look = (state: readonly number[]): boolean => {
    found.add(model.view(state).nodes[1]?.local.join('') ?? '');
    return false;
  };
  searchBreadthFirst(withProperties(model, [{ name: 'look', expectation: 'sometimes', holds: look }]));
  return [...found].sort();
}

describe('networks', () => {
  it('unordered: any order, each message once', () => {
    const model = letters('unordered-nonduplicating');
    expect(notes(model)).toEqual(['', 'a', 'ab', 'b', 'ba']);
    expect(searchBreadthFirst(model).unique).toBe(5);
  });

  it('unordered and duplicating: any order, any number of times', () => {
    expect(notes(letters('unordered-duplicating'))).toEqual(['', 'a', 'aa', 'ab', 'b', 'ba', 'bb']);
  });

  it('ordered: as sent', () => {
    const model = letters('ordered');
    expect(notes(model)).toEqual(['', 'a', 'ab']);
    expect(searchBreadthFirst(model).unique).toBe(3);
  });

  it('ordered and lossy: as sent, with gaps', () => {
    expect(notes(letters('ordered', { lossy: true }))).toEqual(['', 'a', 'ab', 'b']);
  });

  it('lossy: with what is still on the way told apart, 2^2 of those not received and the orders of those received', () => {
    // Neither received: each on the way or lost, 4. One received: the other on the way or lost, 2 by 2. Both: 2 orders.
    expect(searchBreadthFirst(letters('unordered-nonduplicating', { lossy: true })).unique).toBe(10);
  });

  it('two equal messages are two', () => {
    const twice = letters('unordered-nonduplicating', {
      actor: {
        start: (id) => ({
          local: [],
          commands: id === 0 ? ['a', 'a'].map((message) => ({ type: 'send' as const, to: 1, message })) : [],
        }),
        receive: (_id, local, _from, message) => ({ local: [...local, message], commands: [] }),
        timeout: () => null,
      },
    });
    expect(notes(twice)).toEqual(['', 'a', 'aa']);
  });
});

describe('crashes and inputs', () => {
  it('who is down receives nothing, until it starts again from nothing', () => {
    // Up: '', a, b, ab, ba with no crash; down keeps its notes here, for the actor says nothing of its disk.
    const stopped = searchBreadthFirst(letters('unordered-nonduplicating', { maxCrashes: 1 }));
    const again = searchBreadthFirst(letters('unordered-nonduplicating', { maxCrashes: 1, recovers: true }));
    // Five states of the receiver before, and the sender's crash beside each, and the receiver's crash behind each.
    expect(stopped.unique).toBe(5 + 5 + 5);
    expect(again.unique).toBeGreaterThan(stopped.unique);
  });

  it('an input comes once, to whom it is for, and behind the one it is to follow', () => {
    const inputs = [
      { to: 1, after: null, input: 'x' },
      { to: 'any' as const, after: 0, input: 'y' },
    ];
    const silent = letters('ordered', {
      inputs,
      actor: {
        start: () => ({ local: [], commands: [] }),
        receive: () => null,
        timeout: () => null,
        input: (_id, local, input) => ({ local: [...local, input], commands: [] }),
      },
    });
    // Nothing, x, then y at either.
    expect(searchBreadthFirst(silent).unique).toBe(4);
    expect(notes(silent)).toEqual(['', 'x', 'xy']);
  });
});
