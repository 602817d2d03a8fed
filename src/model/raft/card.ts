import type { NodeView } from '../actors/actor.ts';
import type { LogBox, NodeCard } from '../state-view.ts';
import type { PlainState, RaftLocal } from './local-state.ts';
import { entryWords, membersWords } from './message-words.ts';

/** A node as a page draws it; of one that is down, what is on its disk. */
export function raftCard({ id, up, local }: NodeView<RaftLocal>): Omit<NodeCard, 'name' | 'timers'> {
  const { term, votedFor, commitIndex, logStart } = local.state;
  return {
    ...statusOf(up, local),
    facts: [
      { name: 'term', value: String(term) },
      { name: 'vote', value: votedFor ?? 'none' },
      ...(logStart.index === 0 ? [] : [{ name: 'snapshot', value: `up to ${logStart.index}` }]),
      ...(up ? [{ name: 'commit', value: String(commitIndex) }, ...roleFacts(local)] : []),
    ],
    log: boxesOf(local),
    more: up ? detailsOf(id, local) : ['what its disk has kept'],
  };
}

function statusOf(up: boolean, { failed, state }: RaftLocal): Pick<NodeCard, 'status' | 'tone'> {
  if (!up) return { status: 'down', tone: 'down' };
  if (failed !== null) return { status: 'stopped', tone: 'down' };
  const tones = { follower: 'plain', 'pre-candidate': 'busy', candidate: 'busy', leader: 'active' } as const;
  return { status: state.role.name, tone: tones[state.role.name] };
}

function roleFacts({ state: { role } }: RaftLocal): NodeCard['facts'] {
  switch (role.name) {
    case 'follower':
      return role.leader === null ? [] : [{ name: 'leader', value: role.leader }];
    case 'pre-candidate':
    case 'candidate':
      return [{ name: 'votes', value: role.votes.length === 0 ? 'none yet' : role.votes.join(', ') }];
    case 'leader':
      return [];
  }
}

function boxesOf({ state }: RaftLocal): LogBox[] {
  return state.log.map((entry, at) => ({
    term: entry.term,
    label: entry.kind === 'noop' ? 'no-op' : entryWords(entry),
    committed: state.logStart.index + at < state.commitIndex,
    durable: state.logStart.index + at < state.durableIndex,
  }));
}

function detailsOf(id: number, local: RaftLocal): string[] {
  const { state, writes, snapshotWrites, held, failed, misdelivered } = local;
  const details: string[] = [];
  if (failed !== null) details.push(`stopped: ${failed}`);
  if (misdelivered !== null) details.push(misdelivered);
  const latest = state.configurations.at(-1);
  if (latest !== undefined && latest.index > 0) details.push(`members: ${membersWords(latest.configuration)}`);
  details.push(...officeOf(id, state));
  if (writes.length > 0) details.push(`${countOf(writes.length, 'write')} not on the disk yet`);
  if (snapshotWrites.length > 0) details.push(`${countOf(snapshotWrites.length, 'snapshot')} not on the disk yet`);
  if (held.length > 0) details.push(`${countOf(held.length, 'effect')} held until then`);
  return details;
}

/** What a leader is about. */
function officeOf(own: number, { role, configurations }: PlainState): string[] {
  if (role.name !== 'leader') return [];
  const details: string[] = [];
  const members = configurations.at(-1)?.configuration ?? [];
  const known = members
    .map(({ id }, place) => ({ id, match: role.progress[place]?.match ?? 0 }))
    .filter(({ id }) => id !== `n${own + 1}`)
    .map(({ id, match }) => `${id} ${match}`);
  if (known.length > 0) details.push(`match index: ${known.join(', ')}`);
  if (role.pending.length > 0) details.push(`clients wait for ${countOf(role.pending.length, 'request')}`);
  if (role.reads.length > 0) details.push(`clients wait for ${countOf(role.reads.length, 'read')}`);
  if (role.transfer !== null) details.push(`hands the leadership to ${role.transfer.to}`);
  if (role.change !== null) details.push(`changes the members to ${membersWords(role.change.target)}`);
  return details;
}

function countOf(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}
