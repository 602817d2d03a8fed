import type { Message } from '../../raft/protocol/messages.ts';
import type { ActorWords } from '../actors/actor.ts';
import { raftCard } from './card.ts';
import type { RaftInput } from './inputs.ts';
import { lastIndexOf, type PlainState, type RaftLocal } from './local-state.ts';
import { entriesWords, membersWords, messageWords, requestWords } from './message-words.ts';
import type { Past } from './past.ts';

export const raftWords: ActorWords<RaftLocal, Message, RaftInput, Past> = {
  local: (local) => {
    const { term, votedFor, commitIndex, configurations } = local.state;
    const latest = configurations.at(-1);
    return [
      `${roleWords(local)} of term ${term}`,
      votedFor === null ? 'no vote given' : `voted for ${votedFor}`,
      `${logWords(local.state)}, ${commitIndex} committed`,
      ...(latest === undefined || latest.index === 0 ? [] : [`members ${membersWords(latest.configuration)}`]),
      ...(local.writes.length === 0 ? [] : [`${plural(local.writes.length, 'write')} not synced`]),
      ...local.snapshotWrites.map(({ snapshot }) => `snapshot up to ${snapshot.index} not stored`),
      ...(local.misdelivered === null ? [] : [`broken: ${local.misdelivered}`]),
      ...(local.failed === null ? [] : [`stopped: ${local.failed}`]),
    ];
  },
  message: messageWords,
  input: inputWords,
  timer: (timer) => `${timer} time-out`,
  past: ({ committed, faults }) => [
    `committed so far: ${entriesWords(committed.map(({ entry }) => entry))}`,
    ...faults.map((fault) => `broken: ${fault}`),
  ],
  card: raftCard,
  notes,
};

function inputWords(input: RaftInput): string {
  switch (input.kind) {
    case 'read':
      return 'read';
    case 'request':
      return requestWords(input.request);
    case 'snapshot':
      return 'take a snapshot';
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
  if (after.installed) notes.push(`installs the snapshot, ${logWords(is)}`);
  else if (after.truncated) notes.push(`drops entries, ${logWords(is)}`);
  else if (lastIndexOf(is) !== lastIndexOf(was) || is.logStart.index !== was.logStart.index) notes.push(logWords(is));
  if (is.commitIndex > was.commitIndex) notes.push(`commits up to ${is.commitIndex}`);
  return notes;
}

function roleWords({ state: { role } }: RaftLocal): string {
  switch (role.name) {
    case 'follower':
      return role.leader === null ? 'follower' : `follower of ${role.leader}`;
    case 'pre-candidate':
    case 'candidate':
      return `${role.name} with ${plural(role.votes.length, 'vote')}`;
    case 'leader':
      return 'leader';
  }
}

function logWords({ log, logStart }: PlainState): string {
  return `log ${entriesWords(log)}${logStart.index === 0 ? '' : ` behind ${logStart.index}`}`;
}

function plural(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}
