import { expect, it } from 'vitest';
import type { Link } from '../../src/cluster/cluster.ts';
import {
  type Cutting,
  cutLinks,
  cutting,
  describe as inWords,
  type Shape,
} from '../../src/nemesis/partition-shapes.ts';

const nodes = ['n1', 'n2', 'n3', 'n4', 'n5'];

/** Which nodes each node still hears, as `n1: n2 n3`. */
function hears(cut: readonly Link[]): string[] {
  return nodes.map((to) => {
    const from = nodes.filter((each) => each !== to && !cut.some((link) => link.from === each && link.to === to));
    return `${to}: ${from.join(' ')}`;
  });
}

it.each<[Shape, readonly (readonly string[])[], readonly string[], Cutting, string]>([
  [
    'halves',
    [
      ['n1', 'n2'],
      ['n3', 'n4', 'n5'],
    ],
    ['n1: n2', 'n2: n1', 'n3: n4 n5', 'n4: n3 n5', 'n5: n3 n4'],
    { off: ['n1', 'n2'], hub: null },
    'n1 n2 | n3 n4 n5',
  ],
  [
    'one-way',
    [['n1'], ['n2', 'n3', 'n4', 'n5']],
    ['n1: n2 n3 n4 n5', 'n2: n3 n4 n5', 'n3: n2 n4 n5', 'n4: n2 n3 n5', 'n5: n2 n3 n4'],
    { off: ['n1'], hub: null },
    'n1 ↛ n2 n3 n4 n5',
  ],
  [
    'bridge',
    [['n1', 'n2'], ['n3'], ['n4', 'n5']],
    ['n1: n2 n3', 'n2: n1 n3', 'n3: n1 n2 n4 n5', 'n4: n3 n5', 'n5: n3 n4'],
    { off: [], hub: 'n3' },
    'n1 n2 | n4 n5, bridged by n3',
  ],
  [
    'ring',
    [['n1', 'n3', 'n5', 'n2', 'n4']],
    ['n1: n3 n4', 'n2: n4 n5', 'n3: n1 n5', 'n4: n1 n2', 'n5: n2 n3'],
    { off: ['n2', 'n5'], hub: 'n1' },
    'ring n1 n3 n5 n2 n4',
  ],
])('%s', (shape, groups, heard, leaves, words) => {
  const cut = cutLinks(shape, groups);
  expect(hears(cut)).toEqual(heard);
  expect(cutting(nodes, cut)).toEqual(leaves);
  expect(inWords(shape, groups)).toBe(words);
});

it('leaves every node of a ring a majority, and no two the same', () => {
  for (const count of [4, 5, 6, 7, 9]) {
    const ring = Array.from({ length: count }, (_, place) => `n${place + 1}`);
    const cut = cutLinks('ring', [ring]);
    const seen = ring.map((to) => ring.filter((from) => !cut.some((link) => link.from === from && link.to === to)));
    for (const each of seen) expect(each.length).toBeGreaterThan(count / 2);
    expect(new Set(seen.map((each) => each.join(' '))).size).toBe(count);
  }
});
