import { unreachable } from '../../../src/base/assert.ts';
import { latestConfiguration } from '../../../src/raft/protocol/configuration.ts';
import type { Configuration, Entry, NodeId, Standing } from '../../../src/raft/protocol/entries.ts';
import type { Answer, Message } from '../../../src/raft/protocol/messages.ts';
import type { Role, State } from '../../../src/raft/protocol/state.ts';
import type { Envelope } from '../protocol/cluster.ts';
import type { ClusterMember } from '../protocol/member.ts';
import { entriesOf } from '../protocol/setup.ts';

/** How a transcript puts what a node is and what it says. */

/** Those that were in a log from the beginning say nothing but where they stand: `messageOf` in setup.ts. */
const placeholder = /^\d+\.\d+$/;

/** An entry is its term, and what it says where it says something: `1` is a no-op of term 1, `2:x` the message x of term 2. */
function wordsOfEntry(entry: Entry): string {
  switch (entry.kind) {
    case 'noop':
      return `${entry.term}`;
    case 'session':
      return `${entry.term}:session`;
    case 'configuration':
      return `${entry.term}:{${wordsOfConfiguration(entry.configuration)}}`;
    case 'message': {
      const text = new TextDecoder().decode(entry.payload);
      if (placeholder.test(text)) return `${entry.term}`;
      return entry.stamp === null ? `${entry.term}:${text}` : `${entry.term}:${text}#${entry.stamp.sequence}`;
    }
    default:
      return unreachable(entry);
  }
}

/** Voters by their names; `(d)` is a learner, `+d` comes, `-d` goes, and `~d` is to be a learner. */
function wordsOfConfiguration(configuration: Configuration): string {
  const marks: Record<Standing, readonly [string, string]> = {
    voter: ['', ''],
    learner: ['(', ')'],
    incoming: ['+', ''],
    outgoing: ['-', ''],
    demoted: ['~', ''],
  };
  return configuration.map(({ id, standing }) => marks[standing].join(id)).join(' ');
}

/** The log, with a bar after what the node knows to be committed; what a snapshot covers is a number in brackets. */
function wordsOfLog(state: State): string {
  const { logStart, commitIndex } = state;
  const words = entriesOf(state).map(wordsOfEntry);
  const committed = commitIndex - logStart.index;
  const covered = logStart.index === 0 ? [] : [`[1 to ${logStart.index}]`];
  return [...covered, ...words.slice(0, committed), '|', ...words.slice(committed)].join(' ');
}

function wordsOfRole(role: Role, term: number, votedFor: NodeId | null): string {
  switch (role.name) {
    case 'follower':
      if (role.leader !== null) return `follower of ${role.leader}, term ${term}`;
      return votedFor === null ? `follower, term ${term}` : `follower, term ${term}, voted for ${votedFor}`;
    case 'pre-candidate':
      return `pre-candidate, term ${term}, prevotes ${role.votes.join(' ')}`;
    case 'candidate':
      return `candidate, term ${term}, votes ${role.votes.join(' ')}`.trim();
    case 'leader':
      return `leader, term ${term}`;
    default:
      return unreachable(role);
  }
}

export function wordsOfMember(name: NodeId, { state, up, disk, delivered }: ClusterMember): string {
  if (!up) return `${name}  down`;
  const role = wordsOfRole(state.role, state.term, state.votedFor);
  const writing = disk.unsynced.length > 0 ? ' (writing)' : '';
  const said = delivered.length > 0 ? `   delivered ${wordsOfDelivered(delivered.map(({ text }) => text))}` : '';
  return `${name}  ${role.padEnd(30)}  log ${wordsOfLog(state)}${writing}${said}`;
}

function wordsOfDelivered(texts: readonly string[]): string {
  return texts.length > 4 ? `${texts.length} messages, ... ${texts.slice(-2).join(' ')}` : texts.join(' ');
}

/** Who counts, as this node has it. */
export function wordsOfMembership(name: NodeId, { state }: ClusterMember): string {
  return `${name}  ${wordsOfConfiguration(latestConfiguration(state)) || 'knows no members'}`;
}

export function wordsOfEnvelope({ from, to, message }: Envelope): string {
  const about = wordsOfMessage(message);
  return `${from}->${to}  ${message.kind}, term ${message.term}${about === '' ? '' : `: ${about}`}`;
}

function wordsOfMessage(message: Message): string {
  switch (message.kind) {
    case 'request-prevote':
      return `last entry ${message.lastLogIndex} of term ${message.lastLogTerm}`;
    case 'request-vote': {
      const wish = message.transfer ? ", at its leader's wish" : '';
      return `last entry ${message.lastLogIndex} of term ${message.lastLogTerm}${wish}`;
    }
    case 'prevote':
    case 'vote':
      return message.granted ? 'granted' : 'refused';
    case 'append-entries': {
      const { prevLogIndex, prevLogTerm, entries, leaderCommit } = message;
      const what = entries.length === 0 ? 'nothing' : entries.map(wordsOfEntry).join(' ');
      return `${what}, after entry ${prevLogIndex} of term ${prevLogTerm}; committed up to ${leaderCommit}`;
    }
    case 'commit':
      return `up to ${message.commitIndex}`;
    case 'append-accepted':
      return `up to ${message.matchIndex}`;
    case 'append-rejected': {
      const { prevLogIndex, hintIndex, hintTerm } = message;
      return `not after ${prevLogIndex}, at most after ${hintIndex} of term ${hintTerm}`;
    }
    case 'install-snapshot': {
      const { snapshot, offset, data, last } = message;
      return `entries 1 to ${snapshot.index}, bytes ${offset} to ${offset + data.length}${last ? ', the last' : ''}`;
    }
    case 'snapshot-taken':
      return message.complete ? `all ${message.received} bytes` : `${message.received} bytes so far`;
    case 'forward':
      return message.asked.map(({ request }) => request.type).join(' ');
    case 'forward-answers':
      return message.answers.map(({ answer }) => wordsOfAnswer(answer)).join(', ');
    case 'read-index':
      return message.index === null ? 'does not lead' : `once entry ${message.index} is delivered`;
    case 'forward-read':
    case 'timeout-now':
      return '';
    default:
      return unreachable(message);
  }
}

export function wordsOfAnswer(answer: Answer): string {
  if (answer.ok) return `done, at entry ${answer.index}, message ${answer.position}`;
  return `${answer.code}, ${answer.definite ? 'certainly not done' : 'perhaps done'}`;
}
