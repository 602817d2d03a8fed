import { unreachable } from '../../base/assert.ts';
import type { Configuration, Entry } from '../../raft/protocol/entries.ts';
import type { Answer, Message, Request } from '../../raft/protocol/messages.ts';
import { numberOf } from './deliveries.ts';

/** Messages, and what they carry, in words. */
export function messageWords(message: Message): string {
  return `${message.kind} (term ${message.term}${detailsOf(message)
    .map((detail) => `, ${detail}`)
    .join('')})`;
}

function detailsOf(message: Message): string[] {
  switch (message.kind) {
    case 'request-prevote':
      return [`last entry ${message.lastLogIndex} of term ${message.lastLogTerm}`];
    case 'request-vote': {
      const last = `last entry ${message.lastLogIndex} of term ${message.lastLogTerm}`;
      return message.transfer ? [last, 'the leader wants it'] : [last];
    }
    case 'prevote':
    case 'vote':
      return [message.granted ? 'granted' : 'refused'];
    case 'append-entries': {
      const { prevLogIndex, prevLogTerm, entries, leaderCommit, round } = message;
      const what = `${entriesWords(entries)} behind entry ${prevLogIndex} of term ${prevLogTerm}`;
      return [what, `commit ${leaderCommit}`, ...roundWords(round)];
    }
    case 'commit':
      return [`up to ${message.commitIndex}`];
    case 'append-accepted':
      return [`up to ${message.matchIndex}`, ...roundWords(message.round)];
    case 'append-rejected':
      return [`not behind ${message.prevLogIndex}`, `try ${message.hintIndex}`, ...roundWords(message.round)];
    case 'install-snapshot': {
      const { snapshot, offset, data, last, round } = message;
      const piece = `bytes ${offset} to ${offset + data.length}${last ? ', the last' : ''}`;
      return [`up to ${snapshot.index} of term ${snapshot.term}`, piece, ...roundWords(round)];
    }
    case 'snapshot-taken': {
      const { index, received, complete, round } = message;
      return [`${received} bytes of that up to ${index}${complete ? ', all' : ''}`, ...roundWords(round)];
    }
    case 'forward':
      return message.asked.map(({ request }) => requestWords(request));
    case 'forward-answers':
      return message.answers.map(({ answer }) => answerWords(answer));
    case 'forward-read':
    case 'timeout-now':
      return [];
    case 'read-index':
      return [message.index === null ? 'not the leader' : `index ${message.index}`];
    default:
      return unreachable(message);
  }
}

export function requestWords(request: Request): string {
  switch (request.type) {
    case 'broadcast':
      return `broadcast ${payloadWords(request.payload)}${request.stamp === null ? '' : ' of a session'}`;
    case 'open-session':
      return 'open a session';
    case 'transfer-leadership':
      return `hand the leadership to ${request.to}`;
    case 'change-membership':
      return `change the members to ${membersWords(request.members)}`;
    default:
      return unreachable(request);
  }
}

function answerWords(answer: Answer): string {
  if (answer.ok) return `done at index ${answer.index}, position ${answer.position}`;
  return `${answer.code}${answer.definite ? '' : ', perhaps done'}`;
}

/** `[1:- 1:m2]`: each entry with its term, and its message, `-` for a no-op, `S` for a session, or members. */
export function entriesWords(entries: readonly Entry[]): string {
  return `[${entries.map((entry) => `${entry.term}:${entryWords(entry)}`).join(' ')}]`;
}

export function entryWords(entry: Entry): string {
  switch (entry.kind) {
    case 'noop':
      return '-';
    case 'session':
      return 'S';
    case 'message':
      return payloadWords(entry.payload);
    case 'configuration':
      return `{${membersWords(entry.configuration)}}`;
    default:
      return unreachable(entry);
  }
}

/** `n1 n2+ n3- n4~`: voters bare, who comes with `+`, who goes with `-`, who becomes a learner with `-~`, learners with `~`. */
export function membersWords(members: Configuration): string {
  const marks = { voter: '', incoming: '+', outgoing: '-', demoted: '-~', learner: '~' } as const;
  return members.map(({ id, standing }) => `${id}${marks[standing]}`).join(' ');
}

function payloadWords(payload: Uint8Array): string {
  return `m${numberOf(payload)}`;
}

function roundWords(round: number): string[] {
  return round === 0 ? [] : [`round ${round}`];
}
