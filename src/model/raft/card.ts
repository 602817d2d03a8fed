import type { NodeView } from '../actors/actor.ts';
import type { LogBox, NodeCard } from '../state-view.ts';
import type { RaftLocal } from './local-state.ts';

/** A node as a page draws it; of one that is down, what is on its disk. */
export function raftCard({ id, up, local }: NodeView<RaftLocal>): Omit<NodeCard, 'name' | 'timers'> {
  const { term, votedFor, commitIndex } = local.state;
  return {
    ...statusOf(up, local),
    facts: [
      { name: 'term', value: String(term) },
      { name: 'vote', value: votedFor ?? 'none' },
      ...(up ? [{ name: 'commit', value: String(commitIndex) }, ...roleFacts(local)] : []),
    ],
    log: boxesOf(local),
    more: up ? detailsOf(id, local) : ['what its disk has kept'],
  };
}

function statusOf(up: boolean, { failed, state }: RaftLocal): Pick<NodeCard, 'status' | 'tone'> {
  if (!up) return { status: 'down', tone: 'down' };
  if (failed !== null) return { status: 'stopped', tone: 'down' };
  const tones = { follower: 'plain', candidate: 'busy', leader: 'active' } as const;
  return { status: state.role.name, tone: tones[state.role.name] };
}

function roleFacts({ state: { role } }: RaftLocal): NodeCard['facts'] {
  switch (role.name) {
    case 'follower':
      return role.leader === null ? [] : [{ name: 'leader', value: role.leader }];
    case 'candidate':
      return [{ name: 'votes', value: role.votes.length === 0 ? 'none yet' : role.votes.join(', ') }];
    case 'leader':
      return [];
  }
}

function boxesOf({ state }: RaftLocal): LogBox[] {
  return state.log.map((entry, at) => ({
    term: entry.term,
    label: entry.kind === 'noop' ? 'no-op' : `m${entry.payload[0] ?? 0}`,
    committed: at < state.commitIndex,
    durable: at < state.durableIndex,
  }));
}

function detailsOf(id: number, { state, writes, held, failed, misdelivered }: RaftLocal): string[] {
  const { role } = state;
  const details: string[] = [];
  if (failed !== null) details.push(`stopped: ${failed}`);
  if (misdelivered !== null) details.push(misdelivered);
  if (role.name === 'leader') {
    const known = role.progress.map(({ match }, place) => `n${place + 1} ${match}`).toSpliced(id, 1);
    if (known.length > 0) details.push(`match index: ${known.join(', ')}`);
    if (role.pending.length > 0) details.push(`clients wait for ${countOf(role.pending.length, 'broadcast')}`);
    if (role.reads.length > 0) details.push(`clients wait for ${countOf(role.reads.length, 'read')}`);
  }
  if (writes.length > 0) details.push(`${countOf(writes.length, 'write')} not on the disk yet`);
  if (held.length > 0) details.push(`${countOf(held.length, 'effect')} held until then`);
  return details;
}

function countOf(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}
