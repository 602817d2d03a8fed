import type { Link } from '../cluster/cluster.ts';

/**
 * How a network can fall apart; names as Jepsen's, where it has them. A partition is a shape and groups of nodes:
 * - `halves`, `isolate-one`, `isolate-leader`: nothing passes between the groups, in either direction;
 * - `one-way`: nothing passes from the first group to the second, but all from the second to the first;
 * - `bridge`: the first and the last group cannot talk, but both can with the node between them;
 * - `ring`: each node reaches the nearest of the one group only, as many as make a majority with it, and no two the same.
 */
export const shapes = ['halves', 'isolate-one', 'isolate-leader', 'one-way', 'bridge', 'ring'] as const;
export type Shape = (typeof shapes)[number];

/** How many nodes it takes for a shape to cut something, and to leave something. */
export const fewestNodes: Readonly<Record<Shape, number>> = {
  halves: 2,
  'isolate-one': 2,
  'isolate-leader': 2,
  'one-way': 2,
  bridge: 3,
  ring: 4,
};

type Groups = readonly (readonly string[])[];

/** The links that a partition cuts. */
export function cutLinks(shape: Shape, groups: Groups): Link[] {
  switch (shape) {
    case 'halves':
    case 'isolate-one':
    case 'isolate-leader':
      return groups.flatMap((group) => groups.filter((other) => other !== group).flatMap((to) => links(group, to)));
    case 'one-way':
      return links(groups[0] ?? [], groups[1] ?? []);
    case 'bridge':
      return [...links(groups[0] ?? [], groups[2] ?? []), ...links(groups[2] ?? [], groups[0] ?? [])];
    case 'ring':
      return ringLinks(groups[0] ?? []);
  }
}

export function describe(shape: Shape, groups: Groups): string {
  const words = groups.map((group) => group.join(' '));
  switch (shape) {
    case 'halves':
    case 'isolate-one':
    case 'isolate-leader':
      return words.join(' | ');
    case 'one-way':
      return `${words[0]} ↛ ${words[1]}`;
    case 'bridge':
      return `${words[0]} | ${words[2]}, bridged by ${words[1]}`;
    case 'ring':
      return `ring ${words[0]}`;
  }
}

/** What a partition leaves: the best connected node, and those that it cannot talk with, both ways. */
export interface Cutting {
  /** The fewest that are kept from a leader. */
  readonly off: readonly string[];
  /** The only one that all others can talk with; null where all the others can talk with each other. */
  readonly hub: string | null;
}

export function cutting(nodes: readonly string[], cut: readonly Link[]): Cutting {
  const parted = new Set(cut.flatMap(({ from, to }) => [`${from} ${to}`, `${to} ${from}`]));
  const beyond = (hub: string): string[] => nodes.filter((node) => parted.has(`${hub} ${node}`));
  const hub = nodes.reduce((best, other) => (beyond(other).length < beyond(best).length ? other : best));
  const off = beyond(hub);
  const left = nodes.filter((node) => !off.includes(node));
  const isWhole = left.every((node) => beyond(node).every((other) => off.includes(other)));
  return { off, hub: isWhole ? null : hub };
}

function links(group: readonly string[], others: readonly string[]): Link[] {
  return group.flatMap((from) => others.map((to) => ({ from, to })));
}

/** Cuts what lies further away than a majority around each node reaches. */
function ringLinks(ring: readonly string[]): Link[] {
  const reach = Math.ceil(Math.floor(ring.length / 2) / 2);
  return ring.flatMap((from, at) =>
    ring.flatMap((to, other) => {
      const steps = Math.abs(at - other);
      return Math.min(steps, ring.length - steps) > reach ? [{ from, to }] : [];
    }),
  );
}
