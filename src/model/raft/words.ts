import { unreachable } from '../../base/assert.ts';
import type { Entry, Message } from '../../raft/protocol/types.ts';
import type { ActorWords } from '../actors/actor.ts';
import { raftCard } from './card.ts';
import type { RaftLocal } from './local-state.ts';
import type { Past } from './past.ts';
import type { RaftInput } from './raft-actor.ts';

export const raftWords: ActorWords<RaftLocal, Message, RaftInput, Past> = {
  local: (local) => {
    const { term, votedFor, log, commitIndex } = local.state;
    return [
      `${roleWords(local)} of term ${term}`,
      votedFor === null ? 'no vote given' : `voted for ${votedFor}`,
      `log ${entriesWords(log)}, ${commitIndex} committed`,
      ...(local.writes.length === 0 ? [] : [`${plural(local.writes.length, 'write')} not synced`]),
      ...(local.misdelivered === null ? [] : [`broken: ${local.misdelivered}`]),
      ...(local.failed === null ? [] : [`stopped: ${local.failed}`]),
    ];
  },
  message: messageWords,
  input: (input) => (input.kind === 'read' ? 'read' : `broadcast ${payloadWords(input.payload)}`),
  timer: (timer) => `${timer} time-out`,
  past: ({ committed, faults }) => [
    `committed so far: ${entriesWords(committed.map(({ entry }) => entry))}`,
    ...faults.map((fault) => `broken: ${fault}`),
  ],
  card: raftCard,
  notes,
};

function messageWords(message: Message): string {
  const { term } = message;
  switch (message.kind) {
    case 'request-vote':
      return `request-vote (term ${term}, last entry ${message.lastLogIndex} of term ${message.lastLogTerm})`;
    case 'vote':
      return `vote (term ${term}, ${message.granted ? 'granted' : 'refused'})`;
    case 'append-entries': {
      const { prevLogIndex, prevLogTerm, entries, leaderCommit, round } = message;
      const what = `${entriesWords(entries)} behind entry ${prevLogIndex} of term ${prevLogTerm}`;
      return `append-entries (term ${term}, ${what}, commit ${leaderCommit}${roundWords(round)})`;
    }
    case 'append-accepted':
      return `append-accepted (term ${term}, up to ${message.matchIndex}${roundWords(message.round)})`;
    case 'append-rejected':
      return `append-rejected (term ${term}, not behind ${message.prevLogIndex}, try ${message.conflictIndex}${roundWords(message.round)})`;
    case 'forward':
      return `forward (term ${term}, ${payloadWords(message.payload)})`;
    case 'forward-answer': {
      const { answer } = message;
      return `forward-answer (term ${term}, ${answer.ok ? `delivered at ${answer.position}` : answer.code})`;
    }
    case 'forward-read':
      return `forward-read (term ${term})`;
    case 'read-index':
      return `read-index (term ${term}, ${message.index === null ? 'not the leader' : `index ${message.index}`})`;
    default:
      return unreachable(message);
  }
}

/** What a step has changed that a reader looks for. */
function notes(before: RaftLocal, after: RaftLocal): string[] {
  const was = before.state;
  const is = after.state;
  const notes: string[] = [];
  if (after.failed !== null) notes.push(`stops: ${after.failed}`);
  if (after.misdelivered !== null && before.misdelivered === null) notes.push(after.misdelivered);
  if (is.role.name !== was.role.name || (is.role.name !== 'follower' && is.term !== was.term)) {
    notes.push(`${roleWords(after)} of term ${is.term}`);
  } else if (is.term !== was.term) {
    notes.push(`term ${is.term}`);
  }
  if (after.truncated) notes.push(`drops entries, log ${entriesWords(is.log)}`);
  else if (is.log.length !== was.log.length) notes.push(`log ${entriesWords(is.log)}`);
  if (is.commitIndex > was.commitIndex) notes.push(`commits up to ${is.commitIndex}`);
  return notes;
}

function roleWords({ state: { role } }: RaftLocal): string {
  if (role.name === 'follower') return role.leader === null ? 'follower' : `follower of ${role.leader}`;
  if (role.name === 'candidate') return `candidate with ${plural(role.votes.length, 'vote')}`;
  return 'leader';
}

/** `[1:- 1:m2]`: each entry with its term, and its message or `-` for a no-op. */
function entriesWords(entries: readonly Entry[]): string {
  return `[${entries.map((entry) => `${entry.term}:${entry.kind === 'noop' ? '-' : payloadWords(entry.payload)}`).join(' ')}]`;
}

function payloadWords(payload: Uint8Array): string {
  return `m${payload[0] ?? 0}`;
}

function roundWords(round: number): string {
  return round === 0 ? '' : `, round ${round}`;
}

function plural(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}
