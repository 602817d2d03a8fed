import type { Configuration } from './protocol/entries.ts';

/**
 * What an operator is to know whose configuration names other members than count here; null where it is as it was at the
 * first start, or as the cluster is by now. `told` and `founders` are empty where the node was to join.
 */
export function differenceOfMembers(
  told: Configuration,
  founders: Configuration,
  inForce: Configuration,
): string | null {
  if (isSame(told, founders) || isSame(told, inForce)) return null;
  const given = told.length === 0 ? '`join` is set' : `\`peers\` names ${shownMembers(told)}`;
  const members =
    inForce.length === 0
      ? 'this node was first started to join a cluster, and waits until `changeMembership` adds it'
      : `by what this node has stored the members are ${shownMembers(inForce)}, and \`changeMembership\` changes them`;
  return `${given}, which counts at the first start only: ${members}`;
}

export function shownMembers(members: Configuration): string {
  if (members.length === 0) return 'nobody: this node was to join a cluster';
  return members.map(({ id, address }) => (id === address ? id : `${id} at ${address}`)).join(', ');
}

function isSame(some: Configuration, others: Configuration): boolean {
  const addresses = new Map(others.map(({ id, address }) => [id, address]));
  return some.length === others.length && some.every(({ id, address }) => addresses.get(id) === address);
}
