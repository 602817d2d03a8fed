import { describe, expect, it } from 'vitest';
import { searchBreadthFirst } from '../../src/model/breadth-first.ts';
import { equalPlain } from '../../src/model/plain-hash.ts';
import { membersOf } from '../../src/model/raft/mutant.ts';
import { mutantNamed } from '../../src/model/raft/mutants.ts';
import { raftModel } from '../../src/model/raft/raft-model.ts';
import { defaultScope, type Protocol, type RaftScope, raftLite } from '../../src/model/raft/scope.ts';
import { outcomeOf } from '../../src/model/search.ts';
import type { Delivery, Step } from '../../src/raft/protocol/events.ts';
import { recover, step } from '../../src/raft/protocol/step.ts';
import { withProperties } from './with-properties.ts';

const oneTerm: RaftScope = { ...defaultScope, crashes: 0, lostWrites: false, maxTerm: 1, symmetry: true };

function violated(scope: RaftScope, protocol: Protocol): { names: string[]; sentences: string[] } {
  const model = raftModel(scope, protocol);
  const result = searchBreadthFirst(model);
  const found = result.findings.filter((finding) => outcomeOf(result, finding) === 'violated');
  return {
    names: found.map(({ property }) => property.name),
    sentences: found.flatMap(({ path }) => {
      const end = path?.steps.at(-1)?.state;
      return end === undefined ? [] : model.view(end).nodes.flatMap(({ local }) => local.misdelivered ?? []);
    }),
  };
}

function propertiesOf(scope: RaftScope): string[] {
  return raftModel(scope).properties.map(({ name }) => name);
}

describe('what a node delivers', () => {
  const delivering = (change: (delivery: Delivery) => Delivery[]): Protocol => ({
    step: (state, event) => {
      const next = step(state, event);
      const effects = next.effects.map((effect) =>
        effect.type === 'deliver' ? { ...effect, deliveries: effect.deliveries.flatMap(change) } : effect,
      );
      return { ...next, effects };
    },
    recover,
  });

  it.each<[string, (delivery: Delivery) => Delivery[], string]>([
    ['nothing', () => [], 'has committed 1 messages and delivered 0'],
    ['twice', (delivery) => [delivery, delivery], 'delivers position 1 where 2 is next'],
    [
      'another payload',
      (delivery) => [{ ...delivery, payload: Uint8Array.of(9) }],
      'delivers something else than entry 2',
    ],
    ['a position too high', (delivery) => [{ ...delivery, position: 2 }], 'delivers position 2 where 1 is next'],
    ['the index of a no-op', (delivery) => [{ ...delivery, index: 1 }], 'delivers something else than entry 1'],
    ['an index beyond', (delivery) => [{ ...delivery, index: 3 }], 'delivers entry 3, which is not committed'],
  ])('%s', (_, change, sentence) => {
    for (const scope of [oneTerm, raftLite(3, 'unordered-nonduplicating', true)]) {
      const { names, sentences } = violated(scope, delivering(change));
      expect(names).toEqual(['Delivered In Order']);
      expect([sentence, 'answers with position 1 before it is delivered']).toEqual(expect.arrayContaining(sentences));
      expect(sentences.length).toBeGreaterThan(0);
    }
  });

  it('comes before the answer', () => {
    const late: Step = (state, event) => {
      const { effects, ...next } = step(state, event);
      const deliveries = effects.filter(({ type }) => type === 'deliver');
      return { ...next, effects: [...effects.filter(({ type }) => type !== 'deliver'), ...deliveries] };
    };
    const { names, sentences } = violated(oneTerm, { step: late, recover });
    expect(names).toEqual(['Delivered In Order']);
    expect(sentences).toContain('answers with position 1 before it is delivered');
  });

  it('is what Log Liveness asks for', () => {
    const model = raftModel(oneTerm, mutantNamed('nothing-delivered').protocol);
    const liveness = model.properties.filter(({ name }) => name === 'Log Liveness');
    const result = searchBreadthFirst(withProperties(model, liveness));
    expect(result.findings.map((finding) => outcomeOf(result, finding))).toEqual(['never']);
  });
});

describe('what clients are told', () => {
  it('holds of a broadcast that is committed twice', () => {
    const twice: Step = (state, event) => {
      const next = step(state, event);
      if (event.type !== 'receive' || event.message.kind !== 'forward') return next;
      const again = step(next.state, event);
      return { state: again.state, effects: [...next.effects, ...again.effects] };
    };
    expect(violated(oneTerm, { step: twice, recover }).names).toEqual(['No Duplicates']);
  });

  it('is not asked of a network that repeats requests, which the transport of the library does not', () => {
    const names = ['Definite Errors Hold', 'No Duplicates'];
    expect(propertiesOf(defaultScope)).toEqual(expect.arrayContaining(names));
    const repeated = propertiesOf({ ...defaultScope, network: 'unordered-duplicating' });
    expect(repeated.filter((name) => names.includes(name))).toEqual([]);
  });
});

it('a node that stops is seen, also in the scope of another model', () => {
  const scope = { ...raftLite(3, 'unordered-nonduplicating', true), broadcasts: 0 };
  expect(violated(scope, mutantNamed('old-leader-followed').protocol).names).toContain('No Broken Invariant');
});

describe('what a scope is there to show', () => {
  it.each<[string, Partial<RaftScope>, number]>([
    ['Committed Outlives Leader', { maxTerm: 2, broadcasts: 0 }, 8],
    ['Lost Write Recovered', { crashes: 1, lostWrites: true, broadcasts: 0 }, 7],
    ['Read Served', { reads: 1, broadcasts: 0 }, 8],
    ['Deposed Leader Overwritten', { maxTerm: 2, broadcasts: 0 }, 7],
  ])('%s', (name, more, steps) => {
    const model = raftModel({ ...oneTerm, ...more });
    const wanted = model.properties.filter((property) => property.name === name);
    const { findings } = searchBreadthFirst(withProperties(model, wanted));
    expect(findings.map(({ path }) => path?.steps.length)).toEqual([steps]);
  });

  it('is asked of no scope that cannot', () => {
    const impossible = [
      'Deposed Leader Overwritten',
      'Committed Outlives Leader',
      'Lost Write Recovered',
      'Read Served',
    ];
    const names = propertiesOf({ ...defaultScope, nodes: 1, members: 1, crashes: 0 });
    expect(names.filter((name) => impossible.includes(name))).toEqual([]);
  });
});

/** What it takes to come to where a mutant's scope begins, and in how many steps. */
const runs: Readonly<Record<string, [steps: number, more: Partial<RaftScope>]>> = {
  'old-term-committed': [10, { maxTerm: 2 }],
  'not-truncated': [10, { maxTerm: 2 }],
  'conflicting-suffix-kept': [11, { maxTerm: 2, broadcasts: 1, snapshots: 1 }],
  'installed-before-stored': [4, { changes: [membersOf('n1', 'n2~')], snapshots: 1 }],
  'piece-taken-twice': [4, { changes: [membersOf('n1', 'n2~')], snapshots: 1, broadcasts: 1 }],
  'members-not-restored': [12, { changes: [membersOf('n2')], snapshots: 1 }],
  'removed-leader-counted': [12, { changes: [membersOf('n2')] }],
  'learner-counted': [10, { changes: [membersOf('n1', 'n2~', 'n3~')] }],
};

describe('disks that a scope begins with are left by a run from empty ones', () => {
  it.each(Object.entries(runs))('%s', (name, [steps, more]) => {
    const { scope } = mutantNamed(name);
    const { nodes, members } = scope;
    const model = raftModel({ ...oneTerm, nodes, members, broadcasts: 0, symmetry: false, ...more });
    const disks = scope.beginning?.disks ?? [];
    const left = {
      name: 'left',
      expectation: 'sometimes',
      holds: (state: ReturnType<typeof model.initialStates>[number]) =>
        model.view(state).nodes.every(({ local }, id) => equalPlain(local.disk, disks[id])),
    } as const;
    const result = searchBreadthFirst(withProperties(model, [left]), { depth: steps + 1 });
    expect(result.findings.map((finding) => outcomeOf(result, finding))).toEqual(['holds']);
  });
});
